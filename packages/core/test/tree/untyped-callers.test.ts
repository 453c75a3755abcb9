import {
  type BlobRef,
  type ChunkPointer,
  Infinitree,
  Key,
  MemoryBackend,
  VersionedList,
  VersionedSet,
} from '@infinitree/core';
import { code, codeOf, createGarden, errorOf, Garden, plant, type Tree } from './scene.js';

// What JavaScript callers pass by mistake. Each is refused with an error of ours, and no TypeError comes from inside.

const NO_OBJECT = [null, 5, 'text', true, Symbol('s'), [], () => undefined];
const NO_FUNCTION = [null, 5, 'text', {}];
const NO_BOOLEAN = [null, 1, 'false', {}];
const NO_STRING = [null, 5, {}, []];
const NO_SIGNAL = [null, 5, 'text', {}, { aborted: true }, () => undefined];
const NO_KEY = [null, undefined, {}, Symbol('s'), () => undefined, Number.NaN];
const NO_NAME = [
  null,
  undefined,
  5,
  {},
  [],
  [{ toString: 5 }],
  Symbol('s'),
  Object.create(null),
  'unknown',
  '__proto__',
];
const NO_REF = [null, undefined, 5, {}, [], Symbol('s'), 'zzz', new Date(Number.NaN), { id: 5 }];
const NO_BYTES = [null, undefined, 5, 'text', {}, [1], new ArrayBuffer(3)];
const NO_OFFSET = [null, 'text', -1, 0.5, Number.NaN, {}, Symbol('s')];

type Refused = readonly [what: string, wrong: readonly unknown[], call: (tree: Tree, wrong: never) => unknown];

/** Options that every call takes that reads or writes. */
const cancellable = (what: string, call: (tree: Tree, options: never) => unknown): Refused[] => [
  [`${what}: options`, NO_OBJECT, call],
  [`${what}: signal`, NO_SIGNAL, (tree, signal) => call(tree, { signal } as never)],
];

const READING: Refused[] = [
  ...cancellable('get', (tree, options) => tree.get('plants', 1, options)),
  ['get: name', NO_NAME, (tree, name) => tree.get(name, 1 as never)],
  ['get: key', NO_KEY, (tree, key) => tree.get('plants', key)],
  ...cancellable('getMany', (tree, options) => tree.getMany('plants', [1], options)),
  ['getMany: name', NO_NAME, (tree, name) => tree.getMany(name, [])],
  ['getMany: keys', [null, undefined, 5, {}, [Symbol('s')]], (tree, keys) => tree.getMany('plants', keys)],
  ...cancellable('has', (tree, options) => tree.has('plants', 1, options)),
  ['has: name', NO_NAME, (tree, name) => tree.has(name, 1 as never)],
  ['has: key', NO_KEY, (tree, key) => tree.has('plants', key)],
  ...cancellable('entries', (tree, options) => tree.entries('plants', options)),
  ['entries: name', NO_NAME, (tree, name) => tree.entries(name)],
  ['entries: where', NO_FUNCTION, (tree, where) => tree.entries('plants', { where })],
  ['entries: gte', [null, {}, Symbol('s')], (tree, gte) => tree.entries('plants', { gte })],
  ['entries: lt', [null, {}, Symbol('s')], (tree, lt) => tree.entries('plants', { lt })],
  ['entries: limit', NO_OFFSET, (tree, limit) => tree.entries('plants', { limit })],
  ['entries: reverse', NO_BOOLEAN, (tree, reverse) => tree.entries('plants', { reverse })],
  ['entries: keysOnly', NO_BOOLEAN, (tree, keysOnly) => tree.entries('plants', { keysOnly })],
  ['load: name', [null, 5, Symbol('s'), 'unknown', () => undefined], (tree, name) => tree.load(name)],
  ['load: options', [[]], (tree, options) => tree.load(options)],
  ['load: signal', NO_SIGNAL, (tree, signal) => tree.load({ signal })],
  ['load: where', NO_FUNCTION, (tree, where) => tree.load('plants', { where })],
  ['load: onProgress', NO_FUNCTION, (tree, onProgress) => tree.load({ onProgress })],
  ['load: commits', [...NO_OBJECT, {}, { range: 5 }, { range: [1] }], (tree, commits) => tree.load({ commits })],
  ['load: commits: single', NO_REF, (tree, single) => tree.load({ commits: { single } })],
  ['load: commits: upTo', NO_REF, (tree, upTo) => tree.load({ commits: { upTo } })],
  ['load: commits: range', NO_REF, (tree, to) => tree.load({ commits: { range: ['HEAD', to] } })],
  ...cancellable('commits', (tree, options) => tree.commits(options)),
  ...cancellable('log', (tree, options) => tree.log(options)),
];

const WRITING: Refused[] = [
  ['commit: message', [5, true, Symbol('s'), () => undefined, []], (tree, message) => tree.commit(message)],
  ...cancellable('commit with a message', (tree, options) => tree.commit('message', options)),
  ['commit: message among options', NO_STRING, (tree, message) => tree.commit({ message })],
  ['commit: mode', [null, 5, 'sometimes'], (tree, mode) => tree.commit({ mode })],
  ['commit: data', [Symbol('s'), () => undefined], (tree, data) => tree.commit({ data })],
  ['commit: onProgress', NO_FUNCTION, (tree, onProgress) => tree.commit({ onProgress })],
  ['commit: signal', NO_SIGNAL, (tree, signal) => tree.commit({ signal })],
  ...cancellable('at', (tree, options) => tree.at('HEAD', options)),
  ['at: ref', NO_REF, (tree, ref) => tree.at(ref)],
  ...cancellable('refresh', (tree, options) => tree.refresh(options)),
  ['refresh: onConflict', [null, 5, 'fail'], (tree, onConflict) => tree.refresh({ onConflict })],
];

const NO_BACKEND = [null, 5, 'memory:', {}, [], { heads: null }, { heads: {} }];

const CARE: Refused[] = [
  ...cancellable('verify', (tree, options) => tree.verify(options)),
  ['verify: readData', NO_BOOLEAN, (tree, readData) => tree.verify({ readData })],
  ['verify: onProgress', NO_FUNCTION, (tree, onProgress) => tree.verify({ onProgress })],
  ...cancellable('gc', (tree, options) => tree.gc(options)),
  // What is taken for no dry run deletes.
  ['gc: dryRun', NO_BOOLEAN, (tree, dryRun) => tree.gc({ dryRun })],
  ['gc: olderThan', NO_OFFSET.filter((wrong) => wrong !== 0.5), (tree, olderThan) => tree.gc({ olderThan })],
  ...cancellable('repair', (tree, options) => tree.repair(options)),
  ['repair: dryRun', NO_BOOLEAN, (tree, dryRun) => tree.repair({ dryRun })],
  ['repair: from', NO_BACKEND, (tree, from) => tree.repair({ from })],
  ...cancellable('watch', (tree, options) => tree.watch(options).next()),
  ['watch: intervalMs', NO_OFFSET.filter((wrong) => wrong !== 0.5), (tree, intervalMs) => tree.watch({ intervalMs })],
];

const ref = (change: object): BlobRef => ({ size: 3, chunkSize: 3, chunks: [pointer({})], ...change });
const pointer = (change: object): ChunkPointer => ({
  object: new Uint8Array(32),
  offset: 0,
  size: 3,
  tag: new Uint8Array(16),
  codec: 0,
  ...change,
});
const NO_POINTER = [
  null,
  undefined,
  5,
  {},
  ...NO_BYTES.map((object) => pointer({ object })),
  ...NO_BYTES.map((tag) => pointer({ tag })),
  ...NO_OFFSET.map((offset) => pointer({ offset })),
  ...NO_OFFSET.map((size) => pointer({ size })),
  ...NO_OFFSET.map((codec) => pointer({ codec })),
];

const STORAGE: Refused[] = [
  ...cancellable('blobs.put', (tree, options) => tree.blobs.put(new Uint8Array(3), options)),
  ['blobs.put: source', [null, undefined, 5, 'text', {}, [], Symbol('s')], (tree, source) => tree.blobs.put(source)],
  ['blobs.put: onProgress', NO_FUNCTION, (tree, onProgress) => tree.blobs.put(new Uint8Array(3), { onProgress })],
  ['blobs.put: dedup', NO_BOOLEAN, (tree, dedup) => tree.blobs.put(new Uint8Array(3), { dedup })],
  ...cancellable('blobs.get', (tree, options) => tree.blobs.get(ref({}), options)),
  ['blobs.get: ref', [null, undefined, 5, 'text', {}, []], (tree, wrong) => tree.blobs.get(wrong)],
  ['blobs.get: size', [undefined, ...NO_OFFSET], (tree, size) => tree.blobs.get(ref({ size }))],
  ['blobs.get: chunkSize', [undefined, 0, ...NO_OFFSET], (tree, chunkSize) => tree.blobs.get(ref({ chunkSize }))],
  ['blobs.get: chunks', [null, 5, {}, [], [5], [{}]], (tree, chunks) => tree.blobs.get(ref({ chunks }))],
  ['blobs.get: a chunk', NO_POINTER, (tree, chunk) => tree.blobs.get(ref({ chunks: [chunk] }))],
  ['blobs.get: start', NO_OFFSET, (tree, start) => tree.blobs.get(ref({}), { start })],
  ['blobs.get: end', NO_OFFSET, (tree, end) => tree.blobs.get(ref({}), { end })],
  ...cancellable('storageWriter().write', (tree, options) => tree.storageWriter().write(new Uint8Array(3), options)),
  ['storageWriter().write: bytes', NO_BYTES, (tree, bytes) => tree.storageWriter().write(bytes)],
  ...cancellable('storageWriter().flush', (tree, options) => tree.storageWriter().flush(options)),
  ['storageReader().read: pointer', NO_POINTER, (tree, wrong) => tree.storageReader().read(wrong)],
  ...cancellable('storageReader().read', (tree, options) => tree.storageReader().read(pointer({}), options)),
];

const FIELDS: Refused[] = [
  ['map.get', NO_KEY, (tree, key) => tree.index.plants.get(key)],
  ['map.has', NO_KEY, (tree, key) => tree.index.plants.has(key)],
  ['map.set: key', NO_KEY, (tree, key) => tree.index.plants.set(key, plant(1))],
  ['map.set: value', [Symbol('s'), () => undefined], (tree, value) => tree.index.plants.set(1, value)],
  ['map.insert: key', NO_KEY, (tree, key) => tree.index.plants.insert(key, plant(1))],
  ['map.insert: value', [Symbol('s'), () => undefined], (tree, value) => tree.index.plants.insert(2, value)],
  ['map.update: key', NO_KEY, (tree, key) => tree.index.plants.update(key, () => plant(1))],
  ['map.update: fn', NO_FUNCTION, (tree, fn) => tree.index.plants.update(1, fn)],
  ['map.update: fn of no value', NO_FUNCTION, (tree, fn) => tree.index.plants.update(99, fn)],
  ['map.delete', NO_KEY, (tree, key) => tree.index.plants.delete(key)],
  ['map.retain', NO_FUNCTION, (tree, keep) => tree.index.plants.retain(keep)],
  ['map.forEach', NO_FUNCTION, (tree, fn) => tree.index.plants.forEach(fn)],
  ['set.add', NO_KEY, (_, key) => new VersionedSet().add(key)],
  ['set.has', NO_KEY, (_, key) => new VersionedSet().has(key)],
  ['set.delete', NO_KEY, (_, key) => new VersionedSet().delete(key)],
  ['set.retain', NO_FUNCTION, (_, keep) => new VersionedSet().retain(keep)],
  ['set.forEach', NO_FUNCTION, (_, fn) => new VersionedSet().forEach(fn)],
  ['list.push', [Symbol('s'), () => undefined], (_, value) => new VersionedList().push(value)],
  ['list.forEach', NO_FUNCTION, (_, fn) => new VersionedList().forEach(fn)],
  ['a single value', [Symbol('s'), () => undefined], (tree, value) => (tree.index.lastTime.value = value)],
];

/** The codes of the errors that a call gives for each of the values. */
async function codesOf(wrong: readonly unknown[], call: (wrong: never) => unknown): Promise<unknown[]> {
  const codes: unknown[] = [];
  for (const value of wrong) codes.push([value, await codeOf(() => call(value as never))]);
  return codes;
}

const refused = (wrong: readonly unknown[]) => wrong.map((value) => [value, code('INVALID_ARGUMENT')]);

describe('arguments of wrong types are refused', () => {
  let tree: Tree;

  beforeAll(async () => {
    ({ tree } = await createGarden());
    tree.index.plants.set(1, plant(1));
    await tree.commit();
  });

  test.each([...READING, ...WRITING, ...CARE, ...STORAGE, ...FIELDS])('%s', async (_, wrong, call) => {
    expect(await codesOf(wrong, (value) => call(tree, value))).toEqual(refused(wrong));
  });

  test.each(READING)('by a view: %s', async (_, wrong, call) => {
    const view = await tree.at('HEAD');
    expect(await codesOf(wrong, (value) => call(view as never, value))).toEqual(refused(wrong));
  });
});

describe('a tree is opened with nothing of a wrong type', () => {
  const key = Key.random();
  const good = () => ({ backend: new MemoryBackend(), key });
  const verbs = ['create', 'open', 'openOrCreate'] as const;

  const common: readonly (readonly [what: string, wrong: readonly unknown[]])[] = [
    ['key', [undefined, null, 5, {}, [], 'password', Symbol('s')]],
    ['backend', [undefined, null, 5, {}, [], Symbol('s'), './path', 'file:path', { heads: null }, { heads: {} }]],
    ['signal', NO_SIGNAL],
    ['environment', [null, 5, { clock: 5 }, { clock: {} }, { random: null }, { random: {} }]],
  ];

  test.each(verbs)('%s: options', async (verb) => {
    const wrong = [undefined, ...NO_OBJECT];
    expect(await codesOf(wrong, (options) => Infinitree[verb](Garden, options))).toEqual(refused(wrong));
  });

  test.each(verbs.flatMap((verb) => common.map(([what, wrong]) => [verb, what, wrong] as const)))(
    '%s: %s',
    async (verb, what, wrong) => {
      const call = (value: never) => Infinitree[verb](Garden, { ...good(), [what]: value });
      expect(await codesOf(wrong, call)).toEqual(refused(wrong));
    },
  );

  test('create: objectSize', async () => {
    const wrong = [null, '65536', 65_537, {}, Symbol('s'), 2 ** 30];
    const call = (objectSize: never) => Infinitree.create(Garden, { ...good(), objectSize });
    expect(await codesOf(wrong, call)).toEqual(refused(wrong));
  });

  test.each([
    ['readonly', NO_BOOLEAN],
    ['takeover', NO_BOOLEAN],
    ['acceptOlderHead', NO_BOOLEAN],
    ['expectHead', NO_STRING],
    ['onWarning', NO_FUNCTION],
  ])('open: %s', async (option, wrong: readonly unknown[]) => {
    const backend = new MemoryBackend();
    await (await Infinitree.create(Garden, { backend, key })).close();
    const call = (value: never) => Infinitree.open(Garden, { backend, key, [option]: value });
    expect(await codesOf(wrong, call)).toEqual(refused(wrong));
  });

  test.each(verbs)('%s: what is no class is SCHEMA', async (verb) => {
    for (const target of [undefined, null, 5, 'Garden', {}, () => ({}), Symbol('s')]) {
      const error = await errorOf(() => Infinitree[verb](target as never, good()));
      expect(error).toMatchObject({ code: code('SCHEMA') });
    }
  });
});

test.each([
  ['fromCredentials: user name', [undefined, null, 5, {}, ''], (w: never) => Key.fromCredentials(w, 'password')],
  ['fromCredentials: password', [undefined, null, 5, {}, ''], (w: never) => Key.fromCredentials('anna', w)],
  [
    'fromCredentials: options',
    [null, 5, 'text', true, Symbol('s'), () => undefined],
    (w: never) => Key.fromCredentials('anna', 'password', w),
  ],
  ['fromCredentials: profile', [...NO_STRING, 'cheap'], (profile: never) => Key.fromCredentials('a', 'b', { profile })],
  ['fromCredentials: locator', [...NO_STRING, ''], (locator: never) => Key.fromCredentials('a', 'b', { locator })],
  ['fromBytes', NO_BYTES, (w: never) => Key.fromBytes(w)],
])('a Key takes nothing of a wrong type: %s', async (_, wrong, call) => {
  expect(await codesOf(wrong, call)).toEqual(refused(wrong));
});
