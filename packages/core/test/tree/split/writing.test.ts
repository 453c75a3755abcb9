// Who only writes to a split tree: everything goes in, index data come out, values apart and blobs do not.
import type { Key } from '@infinitree/core';
import { type BlobRef, Infinitree, registerIndex, type Strategy, VersionedMap } from '@infinitree/core';
import { decodeBlock, ENTRY_KIND } from '../../../src/codec/block.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { bytesOf, code, codeOf, collect, found, KINDS, noise, SplitWorld, work } from './scene.js';

describe.each(KINDS)('%s heads', (heads) => {
  test('what is written by who cannot read it is read by who can, through folds and reopening', async () => {
    const world = await SplitWorld.make(heads);
    const writer = await world.write();
    const expected = await work(writer);
    await writer.close();
    await world.asReader(async (tree) => expect(await found(tree)).toEqual(expected));
    const again = await world.write();
    again.index.apart.set(2, { i: 2, text: 'again 2' });
    again.index.apart.delete(77_777);
    for (let i = 0; i < 12; i++) await again.commit({ mode: 'always' });
    await again.close();
    await world.asReader(async (tree) => {
      expect(await found(tree)).toEqual(expected);
      expect((await tree.verify({ readData: true })).ok).toBe(true);
    });
  });

  test('every way to read values apart, blobs and chunks is refused at the call, and keys are there', async () => {
    const world = await SplitWorld.make(heads);
    const first = await world.write();
    await using raw = first.storageWriter();
    const chunk = await raw.write(noise(500));
    first.index.notes.set('chunk', chunk);
    await work(first);
    await first.close();

    const tree = await world.write();
    const unsupported = code('UNSUPPORTED');
    expect(await codeOf(() => tree.get('apart', 1))).toBe(unsupported);
    expect(await codeOf(() => tree.getMany('apart', [1, 2]))).toBe(unsupported);
    expect(await codeOf(() => tree.entries('apart'))).toBe(unsupported);
    expect(await codeOf(() => tree.load('apart'))).toBe(unsupported);
    expect(await codeOf(() => tree.load())).toBe(unsupported);
    await using past = await tree.at('HEAD~3');
    expect(await codeOf(() => past.get('apart', 1))).toBe(unsupported);
    expect(await codeOf(() => past.load('apart'))).toBe(unsupported);
    await tree.load('files', 'notes', 'counter');
    const ref = tree.index.files.get('one') as BlobRef;
    expect(() => tree.blobs.get(ref)).toThrow(expect.objectContaining({ code: unsupported }));
    expect(() => tree.blobs.get(ref, { start: 5, end: 6 })).toThrow(expect.objectContaining({ code: unsupported }));
    expect(await collect(tree.blobs.get(ref, { start: 5, end: 5 }))).toEqual([]);
    expect(await codeOf(() => tree.storageReader().read(chunk))).toBe(unsupported);

    expect([tree.index.notes.size, tree.index.counter.value]).toEqual([403, 11]);
    expect([await tree.has('apart', 1), await tree.has('apart', 4711)]).toEqual([true, false]);
    expect(await collect(tree.entries('apart', { keysOnly: true, gte: 299 }))).toEqual([
      [299, undefined],
      [1000, undefined],
    ]);
    expect(await tree.get('apart', 4711)).toBeUndefined();
    await tree.close();
  });

  test('what is staged can be read until it is committed', async () => {
    const world = await SplitWorld.make(heads);
    const tree = await world.write();
    tree.index.apart.set(5, { staged: true });
    expect(await tree.get('apart', 5)).toEqual({ staged: true });
    expect(tree.index.apart.get(5)).toEqual({ staged: true });
    expect(await collect(tree.entries('apart'))).toEqual([[5, { staged: true }]]);
    const bytes = noise(1500);
    const ref = await tree.blobs.put(bytes);
    expect(await bytesOf(tree, ref)).toBe(Buffer.from(bytes).toString('base64'));
    // Reading it does not write it out, or there would be no second time.
    expect(await bytesOf(tree, ref)).toBe(Buffer.from(bytes).toString('base64'));
    await using raw = tree.storageWriter();
    const chunk = await raw.write(bytes);
    expect(await tree.storageReader().read(chunk)).toEqual(bytes);
    tree.index.files.set('blob', ref);
    await tree.commit();
    expect(await codeOf(() => tree.get('apart', 5))).toBe(code('UNSUPPORTED'));
    expect(() => tree.blobs.get(ref)).toThrow(expect.objectContaining({ code: code('UNSUPPORTED') }));
    expect(await codeOf(() => tree.storageReader().read(chunk))).toBe(code('UNSUPPORTED'));
    await tree.close();
    await world.asReader(async (reader) => {
      expect(await reader.get('apart', 5)).toEqual({ staged: true });
      expect(await bytesOf(reader, ref)).toBe(Buffer.from(bytes).toString('base64'));
      expect(await reader.storageReader().read(chunk)).toEqual(bytes);
    });
  });

  test('a blob of several objects can be read no further than what waits in memory', async () => {
    const world = await SplitWorld.make(heads);
    const tree = await world.write();
    const ref = await tree.blobs.put(noise(200_000));
    expect(() => tree.blobs.get(ref)).toThrow(expect.objectContaining({ code: code('UNSUPPORTED') }));
    const last = ref.size - 1;
    expect(await collect(tree.blobs.get(ref, { start: last }))).toHaveLength(1);
    await tree.close();
  });

  test.each(['reader', 'writer'] as const)('no value of a sparse field rides in a frame, by the %s', async (role) => {
    const world = await SplitWorld.make(heads);
    const tree = await (role === 'reader' ? world.read() : world.write());
    for (let i = 0; i < 3; i++) {
      tree.index.apart.set(i, 'a short value');
      tree.index.apart.delete(i + 100);
      tree.index.notes.set(`note ${i}`, 'index data');
      await tree.commit();
    }
    const bodies = partsOf(tree).session.snapshot.tail.list();
    const blocks = bodies.flatMap(({ changes }) =>
      changes.flatMap(({ field, inline }) => (inline ? [{ field, inline }] : [])),
    );
    const kinds = blocks.map(({ field, inline }) => [field.name, decodeBlock(inline).kinds?.[0] ?? ENTRY_KIND.value]);
    expect(kinds.filter(([name]) => name === 'stored_apart')).toEqual(
      [0, 1, 2].map(() => ['stored_apart', ENTRY_KIND.pointer]),
    );
    expect(kinds.filter(([name]) => name === 'stored_notes')).toHaveLength(3);
    await tree.close();
  });

  test('two who only write take over from one another what they can read of it', async () => {
    const world = await SplitWorld.make(heads);
    const [one, two] = [await world.write(), await world.write({ takeover: true })];
    await two.load();
    two.index.apart.set(1, 'of two');
    two.index.apart.update(1, (value) => `${value as string}, again`);
    expect(two.index.apart.size).toBe(1);
    one.index.apart.set(2, 'of one');
    one.index.apart.set(3, 'of one');
    one.index.notes.set('note', 'of one');
    await one.commit();
    expect(await codeOf(() => two.commit())).toBe(code('CONFLICT'));
    await two.refresh();
    two.index.apart.delete(3);
    expect(two.index.notes.get('note')).toBe('of one');
    // What it does not know it does not make up.
    expect(two.index.apart.state).toBe('none');
    expect(two.index.apart.get(1)).toBe('of two, again');
    expect(() => two.index.apart.get(2)).toThrow(expect.objectContaining({ code: code('NOT_LOADED') }));
    await two.commit();
    one.index.apart.set(4, 'of one');
    await one.refresh();
    await one.commit();
    await two.close();
    await one.close();
    await world.asReader(async (tree) => {
      await tree.load('apart');
      expect([...tree.index.apart]).toEqual([
        [1, 'of two, again'],
        [2, 'of one'],
        [4, 'of one'],
      ]);
    });
  });

  test("a strategy of the user's own puts values apart, which its writer cannot get", async () => {
    const apart: Strategy<number, string> = {
      id: 'all-apart',
      store: async (_key, value, storage) => ({ length: value.length, place: await storage.put(value) }),
      load: async (_key, stored, storage) => (await storage.get((stored as { place: unknown }).place)) as string,
    };
    class Texts {
      texts = new VersionedMap<number, string>();
    }
    registerIndex(Texts, { fields: [{ property: 'texts', name: 'texts', strategy: apart }] });
    const world = await SplitWorld.make(heads);
    const open = (key: Key) => Infinitree.open(Texts, { backend: world.backend, key, takeover: true });
    await using writer = await open(world.writer);
    writer.index.texts.set(1, 'one');
    await writer.commit();
    expect(await codeOf(() => writer.get('texts', 1))).toBe(code('UNSUPPORTED'));
    expect(await writer.has('texts', 1)).toBe(true);
    await using reader = await open(world.reader);
    expect(await reader.get('texts', 1)).toBe('one');
  });

  test('deduplication finds what the tree has, whoever stored it', async () => {
    const world = await SplitWorld.make(heads);
    const bytes = noise(60_000);
    const first = await world.asReader(async (tree) => {
      const ref = await tree.blobs.put(bytes, { dedup: true });
      tree.index.files.set('first', ref);
      await tree.commit();
      return ref;
    });
    const writer = await world.write();
    const second = await writer.blobs.put(bytes, { dedup: true });
    expect(second).toEqual(first);
    writer.index.files.set('second', second);
    await writer.commit();
    await writer.close();
    await world.asReader(async (tree) => {
      expect(await bytesOf(tree, (await tree.get('files', 'second')) as BlobRef)).toBe(
        Buffer.from(bytes).toString('base64'),
      );
    });
  });
});
