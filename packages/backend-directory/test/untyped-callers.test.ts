import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { isInfinitreeError } from '@infinitree/core';

// What JavaScript callers pass by mistake is refused, and nothing is made on the disk.

const ID = 'a'.repeat(64) as never;

let directory: string;
let backend: DirectoryBackend;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'infinitree-untyped-'));
  backend = await DirectoryBackend.open(join(directory, 'storage'));
});

afterAll(async () => {
  await backend.close();
  await rm(directory, { recursive: true });
});

const NO_ID = [undefined, null, 5, {}, [], Symbol('s'), 'text', '../../etc/passwd', 'A'.repeat(64)];
const NO_IDS = [undefined, null, 5, {}, [5], ['text']];
const NO_BYTES = [undefined, null, 5, {}, [1], new ArrayBuffer(3), 'text'];
const NO_OPTIONS = [null, 5, 'text', true];
const NO_PATH = [
  undefined,
  null,
  5,
  {},
  [],
  '',
  'file:relative',
  'file:./data',
  new URL('https://example.org/'),
  Symbol('s'),
];
const NO_RANGE = [null, 5, 'text', {}, [], [0], [0, 'text'], [-1, 2], [2, 1], [0, 1.5]];
const BYTES = new Uint8Array(3);

const CALLS: readonly (readonly [what: string, wrong: readonly unknown[], call: (wrong: never) => unknown])[] = [
  ['open: path', NO_PATH, (path) => DirectoryBackend.open(path)],
  ['open: options', NO_OPTIONS, (options) => DirectoryBackend.open(join(directory, 'other'), options)],
  [
    'open: durability',
    [null, 5, 'none'],
    (durability) => DirectoryBackend.open(join(directory, 'other'), { durability }),
  ],
  ['put: id', NO_ID, (id) => backend.put(id, BYTES)],
  ['put: bytes', NO_BYTES, (bytes) => backend.put(ID, bytes)],
  ['get: id', NO_ID, (id) => backend.get(id)],
  ['get: range', NO_RANGE, (range) => backend.get(ID, { range })],
  ['delete: ids', NO_IDS, (ids) => backend.delete(ids)],
  ['ages: ids', NO_IDS, (ids) => backend.ages(ids)],
  ['heads.release: names', NO_IDS, (names) => backend.heads.release(names)],
  ['heads.append: bytes', NO_BYTES, (bytes) => backend.heads.append(ID, 0, bytes)],
  ['heads.create: bytes', NO_BYTES, (bytes) => backend.heads.create(ID, bytes)],
  ['keyObjects.put: bytes', NO_BYTES, (bytes) => backend.keyObjects.put(ID, bytes)],
  ['locks.create: bytes', NO_BYTES, (bytes) => backend.locks.create(ID, bytes)],
];

test.each(CALLS)('%s', async (_, wrong, call) => {
  const codes: unknown[] = [];
  for (const value of wrong) {
    try {
      await call(value as never);
      codes.push([value, 'ok']);
    } catch (error) {
      codes.push([value, isInfinitreeError(error) ? error.code : error]);
    }
  }
  expect(codes).toEqual(wrong.map((value) => [value, 'INFINITREE_INVALID_ARGUMENT']));
  expect(await readdir(directory)).toEqual(['storage']);
});

test('nothing of it is stored', async () => {
  const ids: string[] = [];
  for await (const id of backend.list()) ids.push(id);
  expect(ids).toEqual([]);
});
