import { inspect } from 'node:util';
import {
  Infinitree,
  Key,
  MemoryBackend,
  registerIndex,
  Serialized,
  SnapshotMap,
  VersionedList,
  VersionedMap,
  VersionedSet,
} from '@infinitree/core';

class Everything {
  map = new VersionedMap<number, { text: string }>();
  set = new VersionedSet<string>();
  list = new VersionedList<number>();
  snapshot = new SnapshotMap<string, Date>();
  cell = new Serialized<{ on: boolean }>({ on: false });
}
registerIndex(Everything, {
  fields: ['map', 'set', 'list', 'snapshot', 'cell'].map((name) => ({ property: name, name })),
});

const options = { backend: new MemoryBackend(), key: Key.random() };

async function filled() {
  const tree = await Infinitree.create(Everything, { backend: new MemoryBackend(), key: Key.random() });
  const { map, set, list, snapshot } = tree.index;
  for (let i = 0; i < 3; i++) {
    map.set(i, { text: `text ${i}` });
    set.add(`element ${i}`);
    list.push(i);
  }
  snapshot.set('now', new Date(0));
  return tree;
}

/** A tree of three entries a field, of which nothing is loaded. */
async function reopened() {
  const tree = await Infinitree.openOrCreate(Everything, options);
  tree.index.map.set(1, { text: 'one' });
  for (const element of ['a', 'b']) tree.index.set.add(element);
  await tree.commit();
  await tree.close();
  return Infinitree.open(Everything, options);
}

test('fields are printed as the collections that they are', async () => {
  const { map, set, list, snapshot, cell } = (await filled()).index;

  expect(inspect(map, { breakLength: 200 })).toBe(
    "VersionedMap(3) { 0 => { text: 'text 0' }, 1 => { text: 'text 1' }, 2 => { text: 'text 2' } }",
  );
  expect(inspect(set)).toBe("VersionedSet(3) { 'element 0', 'element 1', 'element 2' }");
  expect(inspect(list)).toBe('VersionedList(3) [ 0, 1, 2 ]');
  expect(inspect(snapshot)).toBe("SnapshotMap(1) { 'now' => 1970-01-01T00:00:00.000Z }");
  expect(inspect(cell)).toBe('Serialized { value: { on: false } }');
});

test('an index is printed with its fields, as deep as asked', async () => {
  const { index } = await filled();

  expect(inspect(index)).toBe(
    `Everything {
  map: VersionedMap(3) {
    0 => { text: 'text 0' },
    1 => { text: 'text 1' },
    2 => { text: 'text 2' }
  },
  set: VersionedSet(3) { 'element 0', 'element 1', 'element 2' },
  list: VersionedList(3) [ 0, 1, 2 ],
  snapshot: SnapshotMap(1) { 'now' => 1970-01-01T00:00:00.000Z },
  cell: Serialized { value: { on: false } }
}`,
  );
  expect(inspect(index, { depth: 0 })).toContain('map: [VersionedMap],');
  expect(inspect(index, { depth: 1 })).toContain('0 => [Object]');
  expect(inspect(index.map, { depth: 0 })).toContain('0 => [Object]');
});

test('of many entries the first are printed, and all are counted', async () => {
  const { list } = (await filled()).index;
  for (let i = 3; i < 1000; i++) list.push(i);

  expect(inspect(list, { breakLength: 200 })).toMatch(
    /^VersionedList\(1000, the first 10\) \[\s+0, 1, 2, 3, 4,\s+5, 6, 7, 8, 9\s+\]$/,
  );
});

test('a field of no tree is printed, too', () => {
  const list = new VersionedList<number>();
  list.push(1, 2);
  expect(inspect(list)).toBe('VersionedList (not loaded, 2 staged)');
});

test('what is not in memory is said so, with the number of staged changes', async () => {
  const tree = await reopened();
  const { map, set, cell } = tree.index;

  expect(inspect(map)).toBe('VersionedMap (not loaded)');
  map.set(5, { text: 'five' });
  map.delete(1);
  expect(inspect(map)).toBe('VersionedMap (not loaded, 2 staged)');
  await tree.load('set', { where: (element) => element < 'b' });
  expect(inspect(set)).toBe('VersionedSet (partly loaded)');
  expect(inspect(cell)).toBe('Serialized (not loaded)');
  await tree.load();
  expect(inspect(map)).toBe("VersionedMap(1) { 5 => { text: 'five' } }");
  await tree.close();
  expect(inspect(map)).toBe('VersionedMap (INFINITREE_CLOSED)');
});

test('a value that is staged is printed although nothing is loaded', async () => {
  const { cell } = (await reopened()).index;
  cell.value = { on: true };
  expect(inspect(cell)).toBe('Serialized { value: { on: true } }');
});

test('trees, views, blobs and keys show nothing of what is behind them, printed or as JSON', async () => {
  const tree = await filled();
  tree.index.map.set(0, { text: 'never to be logged' });
  await tree.commit();
  const view = await tree.at('HEAD');
  const key = Key.fromCredentials('anna', 'hunter2');

  expect(Object.keys(tree)).toEqual(['index', 'blobs', 'keys', 'dropboxes']);
  expect(Object.keys(view)).toEqual(['index']);
  expect(inspect(view, { depth: 5 })).toMatch(/^View \{\s+index: Everything \{\s+map: VersionedMap \(not loaded\),/);
  expect(inspect(tree, { depth: 5 })).toMatch(
    /^Infinitree \{\s+index: Everything \{[^]*\n {2}\},\n {2}blobs: Blobs \{\},\n {2}keys: Keyring \{\},\n {2}dropboxes: Dropboxes \{\}\n\}$/,
  );
  expect(inspect(key, { showHidden: true, depth: 5 })).toBe('Key { [redacted] }');
  expect(JSON.stringify([tree, view, tree.blobs, tree.keys, tree.dropboxes, key])).not.toMatch(
    /never to be logged|hunter2|\d{2}/,
  );
});

test('a commit is printed as what it says', async () => {
  const tree = await filled();
  const commit = await tree.commit('three of each', { data: { source: 'test' } });

  expect(inspect(commit)).toMatch(
    /^\{\n {2}id: '[0-9a-f]{64}',\n {2}sequence: 1,\n {2}time: .*Z,\n {2}message: 'three of each',\n {2}parent: undefined,\n {2}data: \{ source: 'test' \}\n\}$/,
  );
});
