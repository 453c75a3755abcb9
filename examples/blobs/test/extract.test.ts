import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { MemoryTerminal, Progress } from '@infinitree/example-terminal';
import { extract } from '../src/extract.js';
import { Files } from '../src/files.js';
import { storeFiles } from '../src/store-files.js';
import { walk } from '../src/walk.js';

let scratch: string;
let tree: Infinitree<Files>;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'infinitree-extract-test-'));
  await writeFile(join(scratch, 'a.txt'), 'hello\n');
  tree = await Infinitree.create(Files, { backend: new MemoryBackend(), key: Key.random(), objectSize: 65_536 });
  await storeFiles(tree, await walk(scratch), 'One file', new Progress(new MemoryTerminal(), 6));
});

afterAll(async () => {
  await tree.close();
  await rm(scratch, { recursive: true });
});

test('files stored again without a change are no commit', async () => {
  const again = await storeFiles(tree, await walk(scratch), 'Again', new Progress(new MemoryTerminal(), 6));
  expect(again).toEqual({ commit: undefined, bytesRead: 6, changed: [], newChunks: 0, newBytes: 0 });
});

test('a file that was never there cannot be extracted', async () => {
  await expect(extract(tree, 'HEAD', 'b.txt', join(scratch, 'out'))).rejects.toThrow('There was no b.txt');
});

test('bytes that are not those of the entry are found out', async () => {
  const file = await tree.get('files', 'a.txt');
  tree.index.files.set('a.txt', { ...file!, sha256: '00'.repeat(32) });
  await tree.commit();
  await expect(extract(tree, 'HEAD', 'a.txt', join(scratch, 'out'))).rejects.toThrow('instead of 0000');
});
