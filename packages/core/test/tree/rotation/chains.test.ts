// Two key objects of one key: which of the two chains counts, whatever the storage shows.
import type { Key } from '@infinitree/core';
import { type ObjectId } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import type { MemoryEntry } from '../../../src/backend/memory-store.js';
import { credentialsOf } from '../../../src/crypto/key.js';
import { loadSuite } from '../../../src/crypto/suite.js';
import { code, codeOf, contentIn, contentOf, grow, KINDS, open, opening, Scene } from './scene.js';

/** The heads that a rotation writes, in order. */
const HEADS = { secret: 1, first: 2, last: 3, second: 4 } as const;

async function slotsOf(key: Key): Promise<ObjectId[]> {
  const [credential] = credentialsOf(key);
  await credential!.derive(await loadSuite());
  return ([0, 1] as const).map((slot) => credential!.keyObjectId(slot));
}

describe.each(KINDS)('%s heads', (heads) => {
  const verb = heads === 'cas' ? 'heads.cas' : 'heads.create';

  /** A rotation that ended before this head was written; gives what its process had in the storage before. */
  async function ended(before: keyof typeof HEADS) {
    const at = await Scene.made(heads, 1);
    const backend = new FailingBackend(at.backend);
    const tree = await open(backend, at.key);
    const stored = new Map(at.store.entries);
    backend.fail({ verb, nth: HEADS[before], forever: true });
    expect(await codeOf(() => tree.rotate())).toBe(code('BACKEND'));
    await codeOf(() => tree.close());
    return { at, stored };
  }

  const slots = async (at: Scene, key = at.key) => (await slotsOf(key)).map((id) => at.store.entries.has(id));
  const put = (at: Scene, stored: ReadonlyMap<ObjectId, MemoryEntry>, id: ObjectId) =>
    at.store.write(id, stored.get(id)!.bytes);

  test('up to the last head of the chain before, that one counts, and commits go on there', async () => {
    for (const before of ['first', 'last'] as const) {
      const { at } = await ended(before);
      expect(await slots(at)).toEqual([true, before === 'last']);
      const tree = await at.open();
      expect(tree.keyEpoch).toBe(0);
      await grow(tree, 'goes on');
      const content = await contentOf(tree);
      await tree.close();
      expect(await contentIn(at.backend, at.second)).toEqual(content);
      const other = await at.open({ key: at.second });
      expect(await other.rotate()).toMatchObject({ keyEpoch: 2 });
      expect(await contentOf(other)).toEqual(content);
      await other.close();
      expect([await slots(at), await slots(at, at.second)]).toEqual([
        [true, false],
        [true, false],
      ]);
    }
  });

  test('from then on the next one does, and whoever opens for writing finishes it', async () => {
    const { at } = await ended('second');
    expect(await slots(at)).toEqual([true, true]);
    const reader = await at.open({ readonly: true });
    expect(reader.keyEpoch).toBe(1);
    expect(await contentOf(reader)).toEqual(at.content);
    expect(await slots(at)).toEqual([true, true]);
    const tree = await at.open({ key: at.second });
    expect(await slots(at)).toEqual([false, true]);
    await grow(tree, 'goes on');
    await reader.refresh();
    expect(await contentOf(reader)).toEqual(await contentOf(tree));
    for (const one of [reader, tree]) await one.close();
  });

  test('a key object of before that is put back leads to the same', async () => {
    const at = await Scene.made(heads, 1);
    const stored = new Map(at.store.entries);
    const tree = await at.open();
    await tree.rotate();
    await grow(tree, 'after');
    const content = await contentOf(tree);
    await tree.rotate();
    await tree.close();
    const [first] = (await slotsOf(at.key)) as [ObjectId];
    expect(await slots(at)).toEqual([true, false]);
    const current = at.store.entries.get(first)!.bytes;
    at.store.entries.delete(first);
    put(at, stored, first);
    // Alone it leads to the end of its chain.
    expect(await opening(at.backend, [at.key, at.second])).toEqual([code('WRONG_KEY'), 'opens']);
    expect(await codeOf(() => at.open())).toBe(code('WRONG_KEY'));
    at.store.entries.delete(first);
    at.store.write(first, current);
    expect(await contentIn(at.backend, at.key)).toEqual(content);
  });

  test('beside the one of now, with the chain as it was before, it is an earlier state', async () => {
    const at = await Scene.made(heads, 1);
    const stored = new Map(at.store.entries);
    const claims = new Set(at.store.claims);
    const tree = await at.open();
    await tree.rotate();
    await tree.close();
    const [first] = (await slotsOf(at.key)) as [ObjectId];
    const [theirs] = (await slotsOf(at.second)) as [ObjectId];
    put(at, stored, first);
    // The chain has its end still.
    expect(await contentIn(at.backend, at.key)).toEqual(at.content);
    const writer = await at.open();
    expect(writer.keyEpoch).toBe(1);
    await writer.close();
    // Nobody has listed it for deletion, but it opens nothing.
    put(at, stored, first);
    at.store.claims.clear();
    for (const claim of claims) at.store.claims.add(claim);
    for (const id of stored.keys()) if (id !== theirs) put(at, stored, id);
    expect(await opening(at.backend, [at.key, at.second])).toEqual([code('ROLLBACK'), 'opens']);
    expect(await codeOf(() => at.open())).toBe(code('ROLLBACK'));
    await using looking = await at.open({ readonly: true, acceptOlderHead: true });
    expect(looking.keyEpoch).toBe(1);
  });

  test('a first head opens nothing alone: who has another key makes the missing key object anew', async () => {
    const { at } = await ended('last');
    const [first] = (await slotsOf(at.key)) as [ObjectId];
    at.store.entries.delete(first);
    expect(await opening(at.backend, [at.key, at.second])).toEqual([code('CORRUPT'), 'opens']);
    const tree = await at.open({ key: at.second });
    expect((await tree.verify()).faults).toMatchObject([{ part: 'key object', object: first }]);
    expect((await tree.repair()).restored).toEqual([first]);
    expect(await opening(at.backend, [at.key, at.second])).toEqual(['opens', 'opens']);
    await tree.rotate();
    await tree.close();
    expect(await opening(at.backend, [at.key, at.second])).toEqual(['opens', 'opens']);
  });

  test('a damaged key object beside a whole one does no harm', async () => {
    for (const slot of [0, 1]) {
      const { at } = await ended('last');
      const id = (await slotsOf(at.key))[slot]!;
      const { bytes } = at.store.entries.get(id)!;
      bytes[100]! ^= 1;
      const expected = slot === 1 ? 'opens' : code('CORRUPT');
      expect(await opening(at.backend, [at.key, at.second])).toEqual([expected, 'opens']);
      const tree = await at.open({ key: at.second });
      await tree.repair();
      await tree.rotate();
      expect((await tree.verify({ readData: true })).faults).toEqual([]);
      await tree.close();
      expect(await opening(at.backend, [at.key, at.second])).toEqual(['opens', 'opens']);
    }
  });

  test('the head that the last one names is missed, or damaged', async () => {
    for (const what of ['missing', 'damaged'] as const) {
      const { at, stored } = await ended('second');
      // The newest object that is no key object: that of an index is older.
      const slots = new Set([...(await slotsOf(at.key)), ...(await slotsOf(at.second))]);
      const added = [...at.store.entries.keys()].filter((id) => !stored.has(id) && !slots.has(id));
      const tree = await at.open({ readonly: true });
      const { id } = (tree as unknown as { session: { snapshot: { position: { id: ObjectId } } } }).session.snapshot
        .position;
      await tree.close();
      expect(added).toContain(id);
      if (what === 'missing') at.store.entries.delete(id);
      else at.store.entries.get(id)!.bytes[100]! ^= 1;
      expect(await opening(at.backend, [at.key, at.second])).toEqual([code('CORRUPT'), code('CORRUPT')]);
    }
  });
});
