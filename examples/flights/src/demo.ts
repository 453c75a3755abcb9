import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { Infinitree, Key } from '@infinitree/core';
import { formatBytes, formatCount, Progress, step, stylesFor, type Terminal } from '@infinitree/example-terminal';
import { delays } from './delays.js';
import { departures } from './departures.js';
import { onDisk } from './disk.js';
import { Flights } from './flights.js';
import { afterCommit } from './history.js';
import { ingest } from './ingest.js';
import { between, meansOf } from './look-ups.js';
import { readFlights } from './read-flights.js';

/** Commits of this size fill objects of their own. In small ones, less room is left over. */
const OBJECT_SIZE = 256 * 1024;

/** Flights that are looked up by key: each 200th, so that they lie everywhere. */
const EVERY = 200;

/** Stores 200,000 flights, closes the tree, opens it again and reads it without loading it. */
export async function demo(terminal: Terminal, directory?: string): Promise<void> {
  const { blue, dim } = stylesFor(terminal.stdout, terminal);
  const path = directory ?? (await mkdtemp(join(tmpdir(), 'infinitree-flights-')));
  const backend = await DirectoryBackend.open(path);
  const key = Key.fromCredentials('demo', 'correct horse battery staple');

  const { flights, size } = await readFlights();
  await step(terminal, 'Storing, a commit for each 20,000 flights', async () => {
    await using tree = await Infinitree.openOrCreate(Flights, { backend, key, objectSize: OBJECT_SIZE });
    await ingest(tree, flights, new Progress(terminal, flights.length));
    return [`${formatCount(flights.length)} flights, ${formatBytes(size)} of JSON`];
  });

  await step(terminal, 'Opening and closing', async () => {
    await using tree = await Infinitree.open(Flights, { backend, key, readonly: true });
    return [`${(await tree.commits()).length} commits; loaded: ${tree.index.flights.state}`];
  });

  {
    await using tree = await Infinitree.open(Flights, { backend, key, readonly: true });
    const keys = flights.filter((_, row) => row % EVERY === 0).map(([departure]) => departure);
    await step(terminal, 'Departures of each hour, from the keys alone', () => departures(tree, blue));
    await step(terminal, 'A range of keys: departures from 17:00 to 17:09', () => between(tree, 17 * 60, 17 * 60 + 10));
    await step(terminal, 'Single flights, one in 200', () => meansOf(tree, keys));
    await step(terminal, 'The state as of the third commit', () => afterCommit(tree, 3));
    await step(terminal, 'Minutes of delay, from all values', () => delays(tree, blue));
  }

  await step(terminal, 'On the disk', () => onDisk(path, size));
  await backend.close();
  terminal.stdout.write(`\n${dim(`The tree is in ${path}. Show it again with: npm run demo:flights -- ${path}`)}\n`);
}
