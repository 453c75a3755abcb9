import { Key } from '@infinitree/core';
import { step, type Terminal } from '@infinitree/example-terminal';
import { countedByCommit, countTogether } from './counting.js';
import { CountingBackend } from './counting-backend.js';
import { readPictures, storePictures } from './storing.js';

/** Uses a field type and a strategy that do not come with Infinitree. */
export async function demo(terminal: Terminal): Promise<void> {
  await using backend = new CountingBackend();
  const key = Key.random();
  await step(terminal, 'A strategy that puts large values apart', () => storePictures(backend, key));
  await step(terminal, 'Reading without loading', () => readPictures(backend, key));
  await step(terminal, 'A counter that two writers increment', () => countTogether(backend, key));
  await step(terminal, 'What each commit counted', () => countedByCommit(backend, key));
}
