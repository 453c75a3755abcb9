import { type BlobRef, copyTree, Infinitree, MemoryBackend, type ObjectId } from '@infinitree/core';
import { TestClock } from '@infinitree/testing';
import {
  Archive,
  code,
  codeOf,
  contentIn,
  contentOf,
  errorOf,
  grow,
  interrupted,
  KINDS,
  noise,
  objectsIn,
  open,
  Scene,
} from './scene.js';

const DAY = 86_400_000;

describe.each(KINDS)('a tree that was moved: %s', (from) => {
  const moved = async () => {
    const at = new Scene({ from, to: 'cas' });
    const tree = await at.create();
    await grow(tree, 'first');
    return { at, tree };
  };

  test('cannot be changed through the handle that moved it, and can be read', async () => {
    const { at, tree } = await moved();
    tree.index.notes.set('late', 1);
    await at.copy(tree, { move: true });
    const READONLY = code('READONLY');
    const error = await errorOf(() => tree.commit('late'));
    expect([error?.code, error?.message]).toEqual([READONLY, expect.stringMatching(/moved.*readonly: true/s)]);
    expect(await codeOf(() => tree.commit({ message: 'empty', mode: 'always' } as object))).toBe(READONLY);
    expect(await codeOf(() => tree.gc())).toBe(READONLY);
    expect(await codeOf(() => tree.repair())).toBe(READONLY);
    expect(await codeOf(() => tree.blobs.put(noise(10)))).toBe(READONLY);
    expect(await tree.refresh()).toBeUndefined();
    expect((await tree.commits()).map(({ message }) => message)).toEqual(['first']);
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    await tree.close();
  });

  test('opens for reading only, and can be copied again', async () => {
    const { at, tree } = await moved();
    await at.copy(tree, { move: true });
    const content = await contentOf(tree);
    await tree.close();
    const error = await errorOf(() => at.open());
    expect([error?.code, error?.message]).toEqual([code('READONLY'), expect.stringContaining('moved')]);
    expect(await codeOf(() => Infinitree.openOrCreate(Archive, { backend: at.backend, key: at.key }))).toBe(
      code('READONLY'),
    );
    expect(await contentIn(at.backend, at.key)).toEqual(content);
    await using reader = await at.open({ readonly: true });
    const again = new MemoryBackend({ heads: 'epoch' });
    const { fork } = await copyTree(reader, again);
    expect(fork).toHaveLength(32);
    expect(await contentIn(again, at.key)).toEqual(content);
    await using copy = await open(again, at.key);
    await grow(copy, 'goes on');
  });

  test('objects that it has lost are brought back from a copy, and nothing of it is cut off', async () => {
    const { at, tree } = await moved();
    const ref = await tree.get('files', 'first');
    await at.copy(tree, { move: true });
    await tree.close();
    const lost = Buffer.from((ref as BlobRef).chunks[0]?.object ?? []).toString('hex') as ObjectId;
    const objects = at.ids.filter((id) => id !== lost) as ObjectId[];
    await at.backend.delete([lost]);
    const looking = await at.open({ readonly: true, acceptOlderHead: true });
    expect((await looking.repair({ from: at.target })).restored).toEqual([lost]);
    expect((await looking.verify({ readData: true })).faults).toEqual([]);
    let refused = 0;
    // An index object, without which there is something to be cut off.
    for (const id of objects) {
      const bytes = await at.backend.get(id);
      await at.backend.delete([id]);
      const outcome = await codeOf(() => looking.repair());
      // A key object is made anew.
      if (bytes !== undefined && !at.ids.includes(id)) await at.backend.put(id, bytes);
      expect(['ok', code('READONLY')]).toContain(outcome);
      refused += Number(outcome !== 'ok');
    }
    expect(refused).toBeGreaterThan(0);
    await looking.close();
    expect(await codeOf(() => at.open())).toBe(code('READONLY'));
  });

  test('leaves no note of a writer when it is not opened', async () => {
    const backend = new MemoryBackend({ heads: from, locks: true });
    const { key } = new Scene({ from, to: 'cas' });
    const tree = await Infinitree.create(Archive, { backend, key, objectSize: 65_536 });
    await copyTree(tree, new MemoryBackend(), { move: true });
    await tree.close();
    for (let i = 0; i < 2; i++) expect(await codeOf(() => open(backend, key))).toBe(code('READONLY'));
  });

  test('another writer that has it open gets CONFLICT, and READONLY after a refresh', async () => {
    const { at, tree } = await moved();
    const other = await at.open({ takeover: true });
    await at.copy(tree, { move: true });
    for (let i = 0; i < 2; i++) {
      other.index.notes.set('late', i);
      expect(await codeOf(() => other.commit('late'))).toBe(code('CONFLICT'));
    }
    await other.refresh();
    for (let i = 0; i < 2; i++) expect(await codeOf(() => other.commit('late'))).toBe(code('READONLY'));
    expect(await codeOf(() => other.gc())).toBe(code('READONLY'));
    await other.close();
    await tree.close();
    expect(await contentIn(at.target, at.key)).toEqual(await contentIn(at.backend, at.key));
  });

  test.each([
    ['its first commit', false],
    ['a later one', true],
  ])('of a writer that makes %s while it ends, the commit is in the target, or is refused', async (_, isLater) => {
    const seen = new Set<string>();
    for (let nth = 1; ; nth++) {
      const { at, tree } = await moved();
      let calls = Number.NEGATIVE_INFINITY;
      let interlude: Promise<string> | undefined;
      const step = async (): Promise<void> => {
        if (++calls === nth) await (interlude = codeOf(() => at.copy(tree, { move: true })));
      };
      const writer = await open(interrupted(at.backend, step), at.key, { takeover: true });
      if (isLater) {
        writer.index.notes.set('earlier', nth);
        await writer.commit('earlier');
        await tree.refresh();
      }
      writer.index.notes.set('racing', nth);
      calls = 0;
      let stored = await codeOf(() => writer.commit('racing'));
      const isOver = interlude === undefined;
      const moving = (await interlude) ?? 'none';
      if (stored === code('COMMIT_UNKNOWN')) stored = await codeOf(() => writer.commit('racing'));
      seen.add(`${stored} ${moving}`);
      if (moving === 'ok') {
        const { commits } = (await contentIn(at.target, at.key)) as { commits: { message: string }[] };
        expect(commits.some(({ message }) => message === 'racing')).toBe(stored === 'ok');
      } else {
        // The writer was first, and the source goes on.
        expect(stored).toBe('ok');
      }
      await Promise.all([writer.close(), tree.close()]);
      if (isOver) break;
    }
    // What there was must not be less than what can be.
    const refused = [code('CONFLICT'), code('READONLY')].filter((short) => seen.has(`${short} ok`));
    expect([refused.length, seen.has('ok none')]).toEqual([1, true]);
  });

  test("its last head and that one's claim stay, whatever is done, and however long after", async () => {
    const { at, tree } = await moved();
    const late = await at.open({ takeover: true });
    await at.copy(tree, { move: true });
    await tree.close();
    const before = await objectsIn(at.backend);
    for (let i = 0; i < 3; i++) {
      at.clock.advance(2 * DAY);
      late.index.notes.set('late', i);
      await codeOf(() => late.commit());
      await codeOf(() => late.gc({ olderThan: 0 }));
      await codeOf(() => late.refresh());
      await codeOf(() => at.open({ takeover: true }));
    }
    await late.close();
    for (const [id, bytes] of before) expect((await objectsIn(at.backend)).get(id)).toBe(bytes);
    await using reader = await at.open({ readonly: true });
    expect((await reader.verify({ readData: true })).faults).toEqual([]);
    expect(await codeOf(() => at.open())).toBe(code('READONLY'));
  });

  test('readers that have it open go on, and are told of nothing more', async () => {
    const { at, tree } = await moved();
    await using reader = await at.open({ readonly: true, environment: { clock: new TestClock() } });
    await at.copy(tree, { move: true });
    expect(await reader.refresh()).toBeUndefined();
    expect(await contentOf(reader)).toEqual(await contentOf(tree));
    await tree.close();
  });
});
