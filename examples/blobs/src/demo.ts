import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { Infinitree, Key } from '@infinitree/core';
import { formatBytes, formatCount, Progress, step, stylesFor, type Terminal } from '@infinitree/example-terminal';
import { onDisk } from './disk.js';
import { edited } from './edit.js';
import { extract } from './extract.js';
import { Files } from './files.js';
import { listing } from './listing.js';
import { ownFiles } from './repository.js';
import { type StoredVersion, storeFiles } from './store-files.js';
import { streaming } from './streaming.js';
import { type SourceFile, walk } from './walk.js';

export interface DemoOptions {
  /** What is stored; by default files of this repository. It is only read. */
  readonly folder?: string | undefined;
  /** Where the tree is. */
  readonly store?: string | undefined;
  /** How many bytes are streamed at the end. */
  readonly streamed?: number;
}

/** Blobs are cut into chunks no larger than an object, and a chunk is what is stored once. */
const OBJECT_SIZE = 256 * 1024;

const LISTED = 8;

/** Stores a folder, stores it again with one file changed, and gets an old version of that file back. */
export async function demo(terminal: Terminal, options: DemoOptions = {}): Promise<void> {
  const { folder, streamed = 256_000_000 } = options;
  const store = options.store ?? (await mkdtemp(join(tmpdir(), 'infinitree-blobs-')));
  const scratch = await mkdtemp(join(tmpdir(), 'infinitree-blobs-scratch-'));
  try {
    await versions(terminal, folder === undefined ? await ownFiles() : await walk(folder), store, scratch);
    await step(terminal, `Streaming ${formatBytes(streamed)}`, () => streamThrough(terminal, scratch, streamed));
  } finally {
    await rm(scratch, { recursive: true });
  }
  const { dim } = stylesFor(terminal.stdout, terminal);
  const again = `npm run demo:blobs -- ${folder ?? "''"} ${store}`;
  terminal.stdout.write(`\n${dim(`The tree is in ${store}. Store further versions with: ${again}`)}\n`);
}

async function versions(
  terminal: Terminal,
  files: readonly SourceFile[],
  store: string,
  scratch: string,
): Promise<void> {
  const largest = files.toSorted((a, b) => b.size - a.size)[0];
  if (largest === undefined) throw new Error('There is no file to store.');
  const key = Key.fromCredentials('demo', 'correct horse battery staple');
  const backend = await DirectoryBackend.open(store);
  try {
    await using tree = await Infinitree.openOrCreate(Files, { backend, key, objectSize: OBJECT_SIZE });
    const save = async (version: readonly SourceFile[], message: string) => {
      const total = version.reduce((sum, { size }) => sum + size, 0);
      const progress = new Progress(terminal, total, formatBytes);
      const stored = await storeFiles(tree, version, message, progress);
      progress.clear();
      return [...describe(version.length, stored), await onDisk(store)];
    };
    await step(terminal, 'Storing all files', () => save(files, 'All files'));
    await step(terminal, `Storing all files again, with a line added to ${largest.path}`, async () =>
      save(await edited(files, largest, scratch), 'One line more'),
    );
    await step(terminal, 'The files before that', () => listing(tree, 'HEAD~1', LISTED));
    await step(terminal, `Both versions of ${largest.path}`, async () => {
      const before = await extract(tree, 'HEAD~1', largest.path, join(scratch, 'before'));
      const after = await extract(tree, 'HEAD', largest.path, join(scratch, 'after'));
      return [
        `HEAD~1  ${formatCount(before.size)} bytes, SHA-256 ${before.sha256}`,
        `HEAD    ${formatCount(after.size)} bytes, SHA-256 ${after.sha256}`,
      ];
    });
  } finally {
    await backend.close();
  }
}

function describe(count: number, { commit, bytesRead, changed, newChunks, newBytes }: StoredVersion): string[] {
  const [only, ...others] = changed;
  const what = only !== undefined && others.length === 0 ? only : `${formatCount(changed.length)} files`;
  return [
    `${formatCount(count)} files, ${formatBytes(bytesRead)} read`,
    commit === undefined ? 'nothing changed: no commit' : `commit ${commit.id.slice(0, 8)}: ${what} changed`,
    `chunks that the version before had not: ${formatCount(newChunks)}, ${formatBytes(newBytes)} once compressed`,
  ];
}

/** In a store of its own, which goes away with the folder. */
async function streamThrough(terminal: Terminal, folder: string, size: number): Promise<string[]> {
  const backend = await DirectoryBackend.open(join(folder, 'streamed'));
  try {
    await using tree = await Infinitree.create(Files, { backend, key: Key.random() });
    return await streaming(tree, size, new Progress(terminal, size, formatBytes));
  } finally {
    await backend.close();
  }
}
