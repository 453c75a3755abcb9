import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { Infinitree, isInfinitreeError, Key } from '@infinitree/core';
import { Progress, stylesFor, type Terminal } from '@infinitree/example-terminal';
import { climate } from './climate.js';
import { readSeattleWeather } from './csv.js';
import { onDisk } from './disk.js';
import { history } from './history.js';
import { ingest } from './ingest.js';
import { queries } from './queries.js';
import { Weather } from './weather.js';

/** Stores four years of weather, closes the tree, opens it again and shows what can be done with it. */
export async function demo(terminal: Terminal, directory?: string): Promise<void> {
  const { bold, dim, blue } = stylesFor(terminal.stdout, terminal);
  const print = (lines: readonly string[]) => terminal.stdout.write(`${lines.join('\n')}\n`);
  const title = (text: string) => print(['', bold(text)]);

  const path = directory ?? (await mkdtemp(join(tmpdir(), 'infinitree-weather-')));
  const backend = await DirectoryBackend.open(path);
  const key = Key.fromCredentials('demo', 'correct horse battery staple');

  const days = await readSeattleWeather();
  {
    await using tree = await Infinitree.openOrCreate(Weather, { backend, key });
    await ingest(tree, days, new Progress(terminal, days.length));
  }
  {
    await using tree = await Infinitree.open(Weather, { backend, key, readonly: true });
    title('Reading without loading');
    print(await queries(tree));
    title('History');
    print(await history(tree));
    title('Climate');
    print(await climate(tree, blue));
  }

  title('Without the key');
  print([await tryWrongPassword(backend), ...(await onDisk(path))]);
  await backend.close();

  print(['', dim(`The tree is in ${path}. Show it again with: npm run demo -- ${path}`)]);
}

async function tryWrongPassword(backend: DirectoryBackend): Promise<string> {
  try {
    await Infinitree.open(Weather, { backend, key: Key.fromCredentials('demo', 'guessed'), readonly: true });
  } catch (error) {
    if (isInfinitreeError(error, 'WRONG_KEY')) return `Another password: ${error.code}`;
    throw error;
  }
  throw new Error('A wrong password opened the tree.');
}
