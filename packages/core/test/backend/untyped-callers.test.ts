import { isInfinitreeError, MemoryBackend, openBackend, registerBackend } from '@infinitree/core';

// What JavaScript callers pass by mistake is refused, and nothing is stored of it.

const ID = 'a'.repeat(64);
const BYTES = new Uint8Array(3);
const NO_ID = [undefined, null, 5, {}, [], Symbol('s'), 'text', '../../etc/passwd', 'A'.repeat(64)];
const NO_IDS = [undefined, null, 5, {}, [5], ['text']];
const NO_BYTES = [undefined, null, 5, 'text', {}, [1], new ArrayBuffer(3)];
const NO_RANGE = [null, 5, 'text', {}, [], [0], [0, 'text'], [-1, 2], [2, 1], [0, 1.5], [Symbol('s'), 1]];
const NO_OFFSET = [undefined, null, 'text', -1, 0.5, Symbol('s'), 10];

type Refused = readonly [what: string, wrong: readonly unknown[], call: (wrong: never) => unknown];

async function codesOf(wrong: readonly unknown[], call: (wrong: never) => unknown): Promise<unknown[]> {
  const codes: unknown[] = [];
  for (const value of wrong) {
    try {
      await call(value as never);
      codes.push([value, 'ok']);
    } catch (error) {
      codes.push([value, isInfinitreeError(error) ? error.code : error]);
    }
  }
  return codes;
}

async function ids(backend: MemoryBackend): Promise<string[]> {
  const found: string[] = [];
  for await (const id of backend.list()) found.push(id);
  return found;
}

const cas = new MemoryBackend({ locks: true });
const epoch = new MemoryBackend({ heads: 'epoch' });

const CALLS: Refused[] = [
  ['put: id', NO_ID, (id) => cas.put(id, BYTES)],
  ['put: bytes', NO_BYTES, (bytes) => cas.put(ID as never, bytes)],
  ['get: id', NO_ID, (id) => cas.get(id)],
  ['get: range', NO_RANGE, (range) => cas.get(ID as never, { range })],
  ['delete: ids', NO_IDS, (wrong) => cas.delete(wrong)],
  ['ages: ids', NO_IDS, (wrong) => cas.ages(wrong)],
  ['keyObjects.put: id', NO_ID, (id) => cas.keyObjects.put(id, BYTES)],
  ['keyObjects.put: bytes', NO_BYTES, (bytes) => cas.keyObjects.put(ID as never, bytes)],
  ['keyObjects.get: id', NO_ID, (id) => cas.keyObjects.get(id)],
  ['keyObjects.delete: id', NO_ID, (id) => cas.keyObjects.delete(id)],
  ['cas heads.read: id', NO_ID, (id) => cas.heads.read(id)],
  ['cas heads.cas: id', NO_ID, (id) => cas.heads.cas(id, BYTES, null)],
  ['cas heads.cas: bytes', NO_BYTES, (bytes) => cas.heads.cas(ID as never, bytes, null)],
  ['cas heads.remove: id', NO_ID, (id) => cas.heads.remove(id)],
  ['locks.create: name', NO_ID, (name) => cas.locks?.create(name, BYTES)],
  ['locks.create: bytes', NO_BYTES, (bytes) => cas.locks?.create(ID as never, bytes)],
  ['locks.read: name', NO_ID, (name) => cas.locks?.read(name)],
  ['locks.remove: name', NO_ID, (name) => cas.locks?.remove(name)],
  ['epoch heads.claim: name', NO_ID, (name) => epoch.heads.claim(name)],
  ['epoch heads.release: names', NO_IDS, (names) => epoch.heads.release(names)],
  ['epoch heads.create: id', NO_ID, (id) => epoch.heads.create(id, BYTES)],
  ['epoch heads.create: bytes', NO_BYTES, (bytes) => epoch.heads.create('c'.repeat(64) as never, bytes)],
  ['epoch heads.read: id', NO_ID, (id) => epoch.heads.read(id)],
  ['epoch heads.append: id', NO_ID, (id) => epoch.heads.append(id, 0, BYTES)],
  ['epoch heads.append: offset', NO_OFFSET, (offset) => epoch.heads.append(ID as never, offset, BYTES)],
  ['epoch heads.append: bytes', NO_BYTES, (bytes) => epoch.heads.append(ID as never, 0, bytes)],
  ['epoch heads.sync: id', NO_ID, (id) => epoch.heads.sync(id)],
  ['epoch heads.remove: id', NO_ID, (id) => epoch.heads.remove(id)],
  ['openBackend: url', [undefined, null, 5, {}, Symbol('s'), './path'], (url) => openBackend(url)],
  [
    'registerBackend: scheme',
    [undefined, null, 5, 'no:', Symbol('s')],
    (s) => {
      registerBackend(s, () => Promise.resolve(cas));
    },
  ],
  [
    'registerBackend: open',
    [undefined, null, 5, {}],
    (open) => {
      registerBackend('test', open);
    },
  ],
  ['new MemoryBackend: options', [null, 5, 'epoch'], (options) => new MemoryBackend(options)],
  ['new MemoryBackend: heads', [null, 5, 'other'], (heads) => new MemoryBackend({ heads })],
];

beforeAll(() => epoch.heads.create(ID as never, BYTES));

test.each(CALLS)('%s', async (_, wrong, call) => {
  expect(await codesOf(wrong, call)).toEqual(wrong.map((value) => [value, 'INFINITREE_INVALID_ARGUMENT']));
  expect(await ids(cas)).toEqual([]);
});
