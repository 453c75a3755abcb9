import { copyTree, Infinitree, Key, MemoryBackend, type ObjectId } from '@infinitree/core';
import { credentialsOf } from '../../../src/crypto/key.js';
import { headIdOfSlot } from '../../../src/crypto/own-ids.js';
import { TreeKeys } from '../../../src/crypto/tree-keys.js';
import {
  Archive,
  code,
  codeOf,
  contentIn,
  contentOf,
  errorOf,
  grow,
  noise,
  objectsIn,
  open,
  Scene,
  WAYS,
} from './scene.js';

const COPIES = WAYS.filter(({ move }) => !move);

describe.each(WAYS)('$name, move: $move', (way) => {
  test('all commits, fields and blobs are there, and the tree goes on', async () => {
    const at = new Scene(way);
    const tree = await at.create();
    for (const name of ['first', 'second', 'third']) await grow(tree, name);
    const content = await contentOf(tree);
    const commits = await tree.commits();
    const report = await at.copy(tree, { move: way.move });
    expect(report.commit).toEqual(commits.at(-1));
    expect([report.copied, report.objects]).toEqual([report.objects, report.objects]);
    await tree.close();

    expect(await contentIn(at.target, at.key)).toEqual(content);
    await using there = await at.openThere({ expectHead: report.head });
    expect([there.head, there.fork]).toEqual([report.head, report.fork]);
    await grow(there, 'fourth');
    await there.refresh();
    const after = await there.commits();
    expect(after.slice(0, 3)).toEqual(commits);
    expect(after.map(({ message }) => message)).toEqual(['first', 'second', 'third', 'fourth']);
    expect((await there.verify({ readData: true })).faults).toEqual([]);
    await using before = await there.at(commits[1]?.id ?? '');
    expect(await before.has('notes', 'third')).toBe(false);
    expect(await before.get('notes', 'second')).toEqual({ name: 'second' });
  });

  test('positions go on: what was seen before the copy is no later than what comes after it', async () => {
    const at = new Scene(way);
    const tree = await at.create();
    await grow(tree, 'first');
    const seen = tree.head;
    const { head, fork } = await at.copy(tree, { move: way.move });
    await tree.close();
    const [epoch, sequence] = seen.split('.').slice(1, 3).map(Number) as [number, number];
    const [later, next] = head.split('.').slice(1, 3).map(Number) as [number, number];
    expect(later).toBeGreaterThanOrEqual(epoch);
    expect(next).toBeGreaterThan(sequence);
    // A copy is another tree for whoever knows the first one.
    const outcome = await codeOf(() => at.openThere({ expectHead: seen, readonly: true }));
    expect(outcome).toBe(way.move ? 'ok' : code('ROLLBACK'));
    expect(fork === undefined).toBe(way.move);
  });

  test('all keys open it, but for those that were taken from the tree', async () => {
    const at = new Scene(way);
    const tree = await at.create();
    const [second, third] = [Key.random(), Key.random()];
    await grow(tree, 'first');
    await tree.keys.add(second, { label: 'second' });
    const { id } = await tree.keys.add(third);
    await tree.keys.remove(id);
    await at.copy(tree, { move: way.move });
    const keys = tree.keys.list().map(({ id, label }) => [id, label]);
    for (const key of [at.key, second]) {
      await using there = await open(at.target, key, { readonly: true });
      expect(there.keys.list().map(({ id, label }) => [id, label])).toEqual(keys);
      expect(await there.get('notes', 'first')).toEqual({ name: 'first' });
    }
    expect(await codeOf(() => open(at.target, third))).toBe(code('WRONG_KEY'));
    await using there = await open(at.target, second);
    expect((await there.verify({ readData: true })).faults).toEqual([]);
    // From now on each has keys of its own; one that has ended changes them no more.
    await there.reseal(third);
    expect(await codeOf(() => open(at.target, second))).toBe(code('WRONG_KEY'));
    const change = await codeOf(() => tree.keys.add(Key.random()));
    expect(change).toBe(way.move ? code('READONLY') : 'ok');
    await tree.close();
    await (await open(at.backend, second, { readonly: true })).close();
  });

  test('a key that is changed meanwhile is changed in the copy, too', async () => {
    const at = new Scene(way);
    const tree = await at.create();
    await grow(tree, 'first');
    const [second, third] = [Key.random(), Key.random()];
    const { id } = await tree.keys.add(second);
    let changed: Promise<unknown> | undefined;
    const onProgress = () => {
      changed ??= tree.keys.remove(id).then(() => tree.keys.add(third));
    };
    // A move may come too late, or between its key objects and its head; then there is no tree in the target.
    const ended = await codeOf(() => at.copy(tree, { move: way.move, onProgress }));
    await changed?.catch(() => undefined);
    await tree.close();
    expect(changed).toBeDefined();
    if (ended !== 'ok') return;
    const opens = async (backend: typeof at.target, key: Key) =>
      codeOf(async () => (await open(backend, key, { readonly: true })).close());
    await using there = await open(at.target, at.key, { readonly: true });
    const known = there.keys.list().length;
    expect((await there.verify()).faults).toEqual([]);
    const opening = [await opens(at.target, at.key), await opens(at.target, second), await opens(at.target, third)];
    expect(opening.filter((outcome) => outcome === 'ok')).toHaveLength(known);
  });

  test('a copy of a tree whose key object is damaged is refused, and goes on when that was repaired', async () => {
    const at = new Scene(way);
    const tree = await at.create();
    await grow(tree, 'first');
    const second = Key.random();
    await tree.keys.add(second);
    await at.backend.keyObjects.delete(credentialsOf(second)[0]!.keyObjectId(0));
    expect(await codeOf(() => at.copy(tree, { move: way.move }))).toBe(code('CORRUPT'));
    await tree.repair();
    await at.copy(tree, { move: way.move });
    await (await open(at.target, second, { readonly: true })).close();
    await tree.close();
  });

  test('many commits, folds and deletions later nothing is missing', async () => {
    const at = new Scene(way);
    const tree = await at.create();
    for (let i = 0; i < 12; i++) {
      at.clock.advance(11 * 60_000);
      tree.index.notes.set(`${i % 3}`, Buffer.from(noise(9000)).toString('base64'));
      await tree.commit(`source ${i}`);
    }
    await at.copy(tree, { move: way.move });
    await tree.close();
    const there = await at.openThere();
    for (let i = 0; i < 24; i++) {
      at.clock.advance(11 * 60_000);
      there.index.notes.set(`${i % 3}`, Buffer.from(noise(9000)).toString('base64'));
      await there.commit(`target ${i}`);
    }
    const content = await contentOf(there);
    await there.close();
    expect(await contentIn(at.target, at.key)).toEqual(content);
    await using reader = await at.openThere({ readonly: true });
    expect((await reader.verify({ readData: true })).faults).toEqual([]);
  });
});

describe.each(COPIES)('$name', (way) => {
  test('the source stays as it is, and the two go separate ways', async () => {
    const at = new Scene(way);
    const tree = await at.create();
    await grow(tree, 'first');
    const before = await objectsIn(at.backend);
    await at.copy(tree);
    expect(await objectsIn(at.backend)).toEqual(before);
    await using there = await at.openThere();
    await grow(there, 'there');
    await grow(tree, 'here');
    expect([tree.fork, there.fork?.length]).toEqual([undefined, 32]);
    expect((await tree.commits()).map(({ message }) => message)).toEqual(['first', 'here']);
    expect((await there.commits()).map(({ message }) => message)).toEqual(['first', 'there']);
    await tree.close();
  });

  test('objects are the very same, and none of others or of no use come along', async () => {
    const at = new Scene(way);
    const strangers = await at.create(Key.random());
    await grow(strangers, 'strange');
    await strangers.close();
    const tree = await at.create();
    await grow(tree, 'first');
    await tree.blobs.put(noise(200_000));
    const writer = tree.storageWriter();
    await writer.write(noise(10));
    await writer.flush();
    const source = await objectsIn(at.backend);
    const { objects } = await at.copy(tree);
    const target = await objectsIn(at.target);
    const same = [...target].filter(([id, bytes]) => source.get(id) === bytes);
    // Beside them there is the head, which is a new one, and the key object, which is not.
    expect([target.size, same.length]).toEqual([objects + 2, objects + 1]);
    expect(source.size).toBeGreaterThan(target.size + 5);
    await tree.close();
  });

  test('a tree without commits is copied, and so is what was never folded', async () => {
    const at = new Scene(way);
    const tree = await at.create();
    const { commit, objects } = await at.copy(tree);
    expect([commit, objects]).toEqual([undefined, 0]);
    await using there = await at.openThere();
    there.index.notes.set('a', 1);
    await there.commit('a');
    const again = new MemoryBackend({ heads: way.from });
    await copyTree(there, again);
    await using third = await open(again, at.key);
    expect(await third.get('notes', 'a')).toBe(1);
    expect(third.fork).not.toBe(there.fork);
    await tree.close();
  });

  test('what is staged stays behind, and what is committed meanwhile does', async () => {
    const at = new Scene(way);
    const tree = await at.create();
    await grow(tree, 'first');
    tree.index.notes.set('staged', 1);
    let began = false;
    const onProgress = (): void => {
      if (began) return;
      began = true;
      void tree.commit('meanwhile');
    };
    const { commit } = await at.copy(tree, { onProgress });
    expect(commit?.message).toBe('first');
    await tree.close();
    await using there = await at.openThere();
    expect(await there.has('notes', 'staged')).toBe(false);
  });

  test('it reads through a handle that may only read', async () => {
    const at = new Scene(way);
    const writer = await at.create();
    await grow(writer, 'first');
    await writer.close();
    const tree = await at.open({ readonly: true });
    await at.copy(tree);
    expect(await contentIn(at.target, at.key)).toEqual(await contentOf(tree));
    await tree.close();
  });
});

test('a target may be an address, which is opened and closed', async () => {
  const at = new Scene({ from: 'epoch', to: 'cas' });
  const tree = await at.create();
  await grow(tree, 'first');
  const { head } = await copyTree(tree, 'memory:copied-to-an-address');
  await tree.close();
  await using there = await Infinitree.open(Archive, { backend: 'memory:copied-to-an-address', key: at.key });
  expect(there.head).toBe(head);
});

test('a tail that is too large for a head is folded in the target', async () => {
  const at = new Scene({ from: 'epoch', to: 'cas' });
  const tree = await at.create();
  let folded = 0;
  for (let i = 0; i < 30; i++) {
    tree.index.notes.set(`note ${i}`, Buffer.from(noise(2500)).toString('base64'));
    await tree.commit(`note ${i}`);
    const before = await objectsIn(at.backend);
    const target = new MemoryBackend({ heads: 'cas' });
    const { objects } = await copyTree(tree, target);
    const there = [...(await objectsIn(target)).keys()];
    // Key object and head are the other two.
    if (there.length === objects + 2) continue;
    folded += 1;
    expect(there.filter((id) => before.has(id)).length).toBe(objects + 1);
    expect(await contentIn(target, at.key)).toEqual(await contentOf(tree));
  }
  expect(folded).toBeGreaterThan(0);
  await tree.close();
});

test('a value may name what is no object, or a head: neither is copied', async () => {
  const at = new Scene({ from: 'cas', to: 'cas' });
  const tree = await at.create();
  const { keys } = (tree as unknown as { session: { context: { keys: TreeKeys } } }).session.context;
  expect(keys).toBeInstanceOf(TreeKeys);
  const heads = [headIdOfSlot(keys, 0), headIdOfSlot(keys, 1)];
  tree.index.notes.set(
    'heads',
    heads.map((id) => Uint8Array.from(Buffer.from(id, 'hex'))),
  );
  const ref = await tree.blobs.put(noise(10));
  await tree.commit('first');
  tree.index.notes.set('gone', ref.chunks[0]?.object);
  await tree.commit('second');
  await at.backend.delete([Buffer.from(ref.chunks[0]?.object ?? []).toString('hex') as ObjectId]);
  expect((await at.copy(tree)).objects).toBe(1);
  await using there = await at.openThere();
  await grow(there, 'third');
  await tree.close();
});

describe('what cannot be copied is refused', () => {
  test('damage ends it, wherever it is, and leaves no tree', async () => {
    const at = new Scene({ from: 'epoch', to: 'epoch' });
    const tree = await at.create();
    await grow(tree, 'first');
    await tree.close();
    const reader = await at.open({ readonly: true });
    const keyObject = [...(await objectsIn(at.backend)).keys()];
    let refused = 0;
    for (const id of keyObject) {
      const entry = at.store.entries.get(id as ObjectId);
      if (entry === undefined) continue;
      const { bytes } = entry;
      const change = (at_: number) => {
        bytes[at_] = (bytes[at_] ?? 0) ^ 1;
      };
      change(100);
      const target = new MemoryBackend({ heads: 'cas' });
      const outcome = await codeOf(() => copyTree(reader, target));
      change(100);
      // The head was read when the tree was opened, and is not copied.
      if (outcome === 'ok') continue;
      expect(outcome).toBe(code('CORRUPT'));
      expect(['NOT_FOUND', 'WRONG_KEY', 'CORRUPT'].map((short) => `INFINITREE_${short}`)).toContain(
        await codeOf(() => open(target, at.key)),
      );
      refused += 1;
    }
    expect(refused).toBe(keyObject.length - 1);
    await reader.close();
  });

  test('a view, a target that is none, and other nonsense', async () => {
    const at = new Scene({ from: 'epoch', to: 'epoch' });
    const tree = await at.create();
    await grow(tree, 'first');
    await using view = await tree.at('HEAD');
    const copy = copyTree as (...args: unknown[]) => Promise<unknown>;
    for (const args of [
      [view, at.target],
      [{}, at.target],
      [tree, undefined],
      [tree, {}],
      [tree, at.target, { move: 'yes' }],
      [tree, at.target, { signal: 1 }],
      [tree, at.target, null],
    ]) {
      expect(await codeOf(() => copy(...args))).toBe(code('INVALID_ARGUMENT'));
    }
    expect(await codeOf(() => copyTree(tree, 'nowhere:'))).toBe(code('UNSUPPORTED'));
    await tree.close();
    expect(await codeOf(() => at.copy(tree))).toBe(code('CLOSED'));
    expect(await objectsIn(at.target)).toEqual(new Map());
  });
});

describe.each(COPIES)('a target that is taken: $name', (way) => {
  test('by the same tree, by another of this key, or by what does not open: EXISTS, and nothing is changed', async () => {
    const at = new Scene(way);
    const tree = await at.create();
    await grow(tree, 'first');
    const taken = async () => {
      const before = await objectsIn(at.target);
      expect(await codeOf(() => at.copy(tree))).toBe(code('EXISTS'));
      expect(await codeOf(() => at.copy(tree, { move: true }))).toBe(code('EXISTS'));
      expect(await objectsIn(at.target)).toEqual(before);
    };
    await at.copy(tree);
    await taken();
    for await (const id of at.target.list()) {
      const bytes = await at.target.get(id);
      // Of the two ways to be damaged, a head and a key object cannot be told apart here.
      await at.target.delete([id]);
      await at.target.put(
        id,
        (bytes ?? new Uint8Array(0)).map((byte) => byte ^ 1),
      );
    }
    await taken();
    const other = new Scene(way);
    await (await Infinitree.create(Archive, { backend: other.target, key: at.key })).close();
    const error = await errorOf(() => copyTree(tree, other.target));
    expect(error?.code).toBe(code('EXISTS'));
    // And the tree is as writable as it was.
    await grow(tree, 'second');
    await tree.close();
  });

  test('onto itself', async () => {
    const at = new Scene(way);
    const tree = await at.create();
    await grow(tree, 'first');
    expect(await codeOf(() => copyTree(tree, at.backend))).toBe(code('EXISTS'));
    await tree.close();
  });
});
