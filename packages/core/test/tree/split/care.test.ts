// Who only writes to a split tree collects garbage, checks, mends and copies it, as far as it can, and says how far.
import { copyTree, Infinitree, MemoryBackend, type ObjectId } from '@infinitree/core';
import { credentialsOf } from '../../../src/crypto/key.js';
import { readChunk } from '../../../src/tree/records/sparse-pointer.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { Archive, code, codeOf, DAY, found, KINDS, noise, SplitWorld, type Tree, work } from './scene.js';

describe.each(KINDS)('%s heads', (heads) => {
  async function scene() {
    const world = await SplitWorld.make(heads);
    const tree = await world.write();
    const expected = await work(tree);
    return { world, tree, expected };
  }

  test('gc by a writer frees what was abandoned, and keeps what only values refer to that it cannot read', async () => {
    const { world, tree, expected } = await scene();
    const before = world.ids;
    const { id } = partsOf(tree).session.snapshot.position;
    for (let i = 0; i < 3; i++) await tree.blobs.put(noise(90_000));
    await tree.close();
    const abandoned = world.ids.filter((one) => !before.includes(one) && one !== id);
    expect(abandoned.length).toBeGreaterThanOrEqual(3);
    world.clock.advance(2 * DAY);
    const again = await world.write();
    const { orphans } = await again.gc();
    expect(orphans.count).toBeGreaterThanOrEqual(abandoned.length);
    expect(world.ids.filter((one) => abandoned.includes(one))).toEqual([]);
    await again.close();
    await world.asReader(async (reader) => expect(await found(reader)).toEqual(expected));
  });

  test('gc by a reader frees the same', async () => {
    const { world, tree, expected } = await scene();
    for (let i = 0; i < 3; i++) await tree.blobs.put(noise(90_000));
    await tree.close();
    world.clock.advance(2 * DAY);
    const planned = await world.write().then(async (writer) => {
      const report = await writer.gc({ dryRun: true });
      await writer.close();
      return report;
    });
    await world.asReader(async (reader) => {
      expect((await reader.gc()).orphans).toEqual(planned.orphans);
      expect(await found(reader)).toEqual(expected);
    });
  });

  test('verify by a writer checks the index, and says how much it could not', async () => {
    const { world, tree } = await scene();
    const whole = await tree.verify();
    expect([whole.ok, whole.unchecked]).toEqual([true, { chunks: 0, bytes: 0 }]);
    const { ok, unchecked, checked } = await tree.verify({ readData: true });
    expect(ok).toBe(true);
    expect(unchecked.chunks).toBeGreaterThan(5);
    expect(unchecked.bytes).toBeGreaterThan(170_000);
    await tree.close();
    await world.asReader(async (reader) => {
      const report = await reader.verify({ readData: true });
      expect([report.ok, report.unchecked]).toEqual([true, { chunks: 0, bytes: 0 }]);
      expect(report.checked.bytes).toBeGreaterThan(checked.bytes + unchecked.bytes / 2);
    });
  });

  /** The object that holds the value of the last commit. */
  async function valueObject(tree: Tree): Promise<ObjectId> {
    const { inline } = partsOf(tree).session.snapshot.fields.get('stored_apart\0versioned-map')!;
    const [key] = [...inline.keys()].slice(-1);
    const { chunk } = inline.versions(key!)[0]!.value as { readonly chunk: string };
    return Buffer.from(readChunk(chunk)[0]!.object).toString('hex') as ObjectId;
  }

  test.each(['gone', 'cut off', 'padding'] as const)(
    'verify by a writer finds a storage object that is %s',
    async (what) => {
      const { world, tree } = await scene();
      tree.index.apart.set(5000, 'the last one');
      await tree.commit();
      const value = await valueObject(tree);
      damage(world, value, what);
      const { faults } = await tree.verify({ readData: true });
      expect(faults.length).toBeGreaterThan(0);
      expect(new Set(faults.map(({ object }) => object))).toEqual(new Set([value]));
      expect(faults[0]!.part).toBe(what === 'padding' ? 'padding' : 'values');
      // Nor does it give up what a reader might bring back.
      const report = await tree.repair();
      expect([report.lost, report.commit, report.remaining.length]).toEqual([[], undefined, faults.length]);
      await tree.close();
    },
  );

  test('verify by a writer finds that an object is gone which only a value refers to', async () => {
    const { world, tree } = await scene();
    await tree.close();
    const inside = await world.asReader(async (reader) => {
      const value = (await reader.get('apart', 1000)) as { inside: { chunks: { object: Uint8Array }[] } };
      return Buffer.from(value.inside.chunks[0]!.object).toString('hex') as ObjectId;
    });
    expect((await referrers(world)).get(inside)).toBe(1);
    damage(world, inside, 'gone');
    const writer = await world.write();
    for (const readData of [false, true]) {
      const { faults } = await writer.verify({ readData });
      expect(faults).toContainEqual(expect.objectContaining({ kind: 'missing', object: inside, part: 'chunk' }));
    }
    // Nor is a tree copied that lacks it.
    expect(await codeOf(() => copyTree(writer, new MemoryBackend()))).toBe(code('CORRUPT'));
    await writer.close();
  });

  test('repair by a writer mends the index from a copy, and leaves values and readers to a reader', async () => {
    const { world, tree, expected } = await scene();
    tree.index.apart.set(299, { i: 299, text: 'text 299' });
    await tree.commit();
    // So that nothing is written anew meanwhile.
    await tree.compact();
    const copy = new MemoryBackend({ heads });
    await copyTree(tree, copy);
    const reader = await world.read({ takeover: true });
    const { snapshot, context } = partsOf(tree).session;
    const index = [...snapshot.fields.values()].flatMap(({ runs }) => runs)[0]!.index.segments[0]!.object;
    const value = await valueObject(tree);
    const [credential] = credentialsOf(world.reader);
    await credential!.derive(context.keys.suite);
    const keyObject = ([0, 1] as const)
      .map((slot) => credential!.keyObjectId(slot))
      .find((id) => world.ids.includes(id))!;
    for (const id of [index, value, keyObject]) damage(world, id, 'gone');
    const report = await tree.repair({ from: copy });
    expect(report.restored).toEqual([index]);
    expect([report.lost, report.commit]).toEqual([[], undefined]);
    expect(new Set(report.remaining.map(({ part }) => part))).toEqual(new Set(['values', 'key object']));
    await tree.close();
    expect(await codeOf(() => world.read())).toBe(code('WRONG_KEY'));
    const rest = await reader.repair({ from: copy });
    expect(new Set(rest.restored)).toEqual(new Set([value, keyObject]));
    expect([rest.lost, rest.remaining]).toEqual([[], []]);
    await reader.close();
    await world.asReader(async (again) => expect(await found(again)).toEqual(expected));
  });

  test('repair by a writer cuts off what is lost of the index, and no value', async () => {
    const { world, tree } = await scene();
    tree.index.apart.set(299, { i: 299, text: 'text 299' });
    await tree.commit();
    const value = await valueObject(tree);
    const run = partsOf(tree).session.snapshot.fields.get('stored_notes\0versioned-map')!.runs[0]!;
    for (const id of [run.index.segments[0]!.object, value]) damage(world, id, 'gone');
    const report = await tree.repair();
    expect(new Set(report.lost.map(({ field }) => field?.name))).toContain('stored_notes');
    expect(report.lost.map(({ part }) => part)).not.toContain('values');
    expect(report.remaining.map(({ part }) => part)).toContain('values');
    expect(await tree.has('apart', 299)).toBe(true);
    await tree.close();
  });

  test('a copy by a writer is the tree, readers included, and tells what nobody has checked', async () => {
    const { world, tree, expected } = await scene();
    const target = new MemoryBackend({ heads: heads === 'cas' ? 'epoch' : 'cas' });
    const report = await copyTree(tree, target);
    expect(report.unchecked.chunks).toBeGreaterThan(5);
    await tree.close();
    for (const backend of [world.backend, target]) {
      const reader = await Infinitree.open(Archive, { backend, key: world.reader });
      expect(await found(reader)).toEqual(expected);
      expect((await reader.verify({ readData: true })).ok).toBe(true);
      await reader.close();
    }
    await (await Infinitree.open(Archive, { backend: target, key: world.writer })).close();
    const another = new MemoryBackend({ heads });
    await world.asReader(async (reader) => {
      expect((await copyTree(reader, another)).unchecked).toEqual({ chunks: 0, bytes: 0 });
    });
  });

  test('a moved tree goes on in the target', async () => {
    const { world, tree, expected } = await scene();
    const target = new MemoryBackend({ heads });
    await copyTree(tree, target, { move: true });
    await tree.close();
    expect(await codeOf(() => world.write())).toBe(code('READONLY'));
    const there = await Infinitree.open(Archive, { backend: target, key: world.writer });
    there.index.apart.set(3, { i: 3, text: 'again 3' });
    await there.commit();
    await there.close();
    const reader = await Infinitree.open(Archive, { backend: target, key: world.reader });
    expect(await found(reader)).toEqual(expected);
    await reader.close();
  });
});

function damage(world: SplitWorld, id: ObjectId, what: 'gone' | 'cut off' | 'padding'): void {
  const { bytes } = world.store.entries.get(id)!;
  world.store.entries.delete(id);
  if (what === 'gone') return;
  const damaged = bytes.slice(0, what === 'cut off' ? 5000 : bytes.length);
  if (what === 'padding') damaged[damaged.length - 1]! ^= 1;
  world.store.write(id, damaged);
}

/** How many values name an object, by object. */
async function referrers(world: SplitWorld): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  await world.asReader(async (tree) => {
    await tree.load('apart');
    for (const value of tree.index.apart.values()) {
      const { inside } = value as { readonly inside?: { readonly chunks: readonly { readonly object: Uint8Array }[] } };
      for (const { object } of inside?.chunks ?? []) {
        const id = Buffer.from(object).toString('hex');
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
  });
  return counts;
}
