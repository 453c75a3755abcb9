// Merging in the life of a tree: when it happens, beside what, and what becomes of it when something comes between.
import { toHex } from '../../../src/bytes/hex.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { blob } from '../commit/scene.js';
import { code, codeOf, collect, KINDS } from '../scene.js';
import { abandon, Place, put, type Tree, trouble } from './scene.js';

const MINUTE = 60_000;

const packsOf = (tree: Tree) => partsOf(tree).session.snapshot.base.packs;

/** What is too large to ride in a head, and has a pack of its own once it is folded. */
const large = (tree: Tree, i: number) => put(tree, `large ${i}`, blob(70_000, i));

/** Commits until there are so many packs, of about one size, with nothing merged. */
async function withPacks(place: Place, count: number): Promise<Tree> {
  const tree = await place.create();
  const { committer } = partsOf(tree);
  const { onWritten } = committer;
  committer.onWritten = undefined;
  for (let i = 0; i < count; i++) await large(tree, i);
  // Far more than fits into a journal, or rides in a head.
  for (let i = 0; packsOf(tree).length < count; i++) await put(tree, 'filler', toHex(blob(1000, i)));
  committer.onWritten = onWritten;
  return tree;
}

/** Waits until nothing goes on in the background. */
async function settled(isSo: () => boolean): Promise<void> {
  for (let i = 0; !isSo(); i++) {
    if (i === 5000) throw new Error('It does not come to that.');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function contentOf(tree: Tree): Promise<unknown> {
  const books = await collect(tree.entries('books'));
  const [, second] = await tree.commits();
  await using past = await tree.at(second!);
  return [books.map(([title, value]) => [title, JSON.stringify(value)]), await collect(past.entries('books'))];
}

describe.each(KINDS)('heads of the kind %s', (heads) => {
  test('a commit sets about what is due, and goes on meanwhile', async () => {
    const place = new Place(heads);
    const tree = await withPacks(place, 4);
    const before = packsOf(tree).flatMap(({ objects }) => objects);
    const content = await contentOf(tree);
    const merging = place.hold('put');
    await put(tree, 'the one that begins it', 1);
    await merging.reached;
    // Nobody waits for it.
    await put(tree, 'another', 2);
    await tree.load('books');
    merging.go();
    await settled(() => packsOf(tree).length < 4);
    const left = before.filter((id) => !packsOf(tree).some(({ objects }) => objects.includes(id)));
    expect(left.length).toBeGreaterThan(5);
    for (const title of ['the one that begins it', 'another']) tree.index.books.delete(title);
    await tree.commit();
    expect(await contentOf(tree)).toEqual(content);
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    // What was merged goes as what a fold replaces does.
    for (let i = 0; i < 200 && place.has(left).includes(true); i++) {
      place.clock.advance(10 * MINUTE);
      await put(tree, 'later', toHex(blob(1000, i)));
    }
    expect(place.has(left).includes(true)).toBe(false);
    await tree.close();
    await using again = await place.open();
    again.index.books.delete('later');
    await again.commit();
    expect(await contentOf(again)).toEqual(content);
  });

  test('compact() makes one of all, once, and tells what it was', async () => {
    const place = new Place(heads);
    const tree = await withPacks(place, 3);
    const content = await contentOf(tree);
    const told: unknown[] = [];
    const { packs, isYoung } = partsOf(tree).session.snapshot.base;
    const report = await tree.compact({ onProgress: (progress) => told.push(progress) });
    expect([report.packs, packsOf(tree).length]).toEqual([packs.length - Number(isYoung), 1 + Number(isYoung)]);
    expect(report.bytes).toBeGreaterThan(100_000);
    expect(told.at(-1)).toEqual({ done: expect.any(Number), total: (told.at(-1) as { done: number }).done });
    expect(Object.isFrozen(report)).toBe(true);
    const puts = place.count('put');
    expect(await tree.compact()).toEqual({ packs: 0, bytes: 0 });
    expect(place.count('put')).toBe(puts);
    expect(await contentOf(tree)).toEqual(content);
    await tree.close();
    expect(await codeOf(() => tree.compact())).toBe(code('CLOSED'));
    await using reader = await place.open({ readonly: true });
    expect(await codeOf(() => reader.compact())).toBe(code('READONLY'));
    expect(await contentOf(reader)).toEqual(content);
  });

  test('what was written for naught goes at once, whether aborted, closed or failed', async () => {
    for (const how of ['abort', 'close', 'fail'] as const) {
      const place = new Place(heads);
      const tree = await withPacks(place, 4);
      const content = await contentOf(tree);
      const there = new Set(place.store.entries.keys());
      const controller = new AbortController();
      const second = place.hold('put', 'after');
      if (how === 'fail') place.next('put', 'before', () => Promise.reject(trouble));
      const work =
        how === 'close' ? put(tree, 'the one that begins it', 1) : tree.compact({ signal: controller.signal });
      const outcome = codeOf(() => work);
      if (how !== 'fail') await second.reached;
      if (how === 'abort') controller.abort();
      const closing = how === 'close' ? tree.close() : undefined;
      second.go();
      expect(await outcome).toBe({ abort: code('ABORTED'), close: 'ok', fail: code('BACKEND') }[how]);
      await closing;
      const written = place.idsOf(heads === 'cas' ? 'heads.cas' : 'heads.create');
      const more = [...place.store.entries.keys()].filter((id) => !there.has(id) && !written.includes(id));
      expect([how, more]).toEqual([how, []]);
      if (how === 'close') continue;
      expect(await contentOf(tree)).toEqual(content);
      expect((await tree.compact()).packs).toBeGreaterThan(1);
      expect(await contentOf(tree)).toEqual(content);
      await tree.close();
    }
  });

  test('whoever was overtaken leaves all as it is, and is told at its next commit', async () => {
    const place = new Place(heads);
    const tree = await withPacks(place, 4);
    await using other = await place.open();
    await put(other, 'of another', 1);
    expect(await codeOf(() => tree.compact())).toBe(code('CONFLICT'));
    expect(await codeOf(() => put(tree, 'late'))).toBe(code('CONFLICT'));
    await tree.refresh();
    await tree.commit();
    expect((await tree.compact()).packs).toBeGreaterThan(1);
    await tree.close();
    expect((await place.shown()).books).toEqual(expect.arrayContaining(['of another', 'late', 'large 3']));
  });

  test('views and other readers go on with what they look at', async () => {
    const place = new Place(heads);
    const tree = await withPacks(place, 4);
    const content = await contentOf(tree);
    await using reader = await place.open({ readonly: true });
    const view = await tree.at('HEAD');
    const entries = reader.entries('books')[Symbol.asyncIterator]();
    await entries.next();
    await tree.compact();
    for (let i = 0; i < 80; i++) {
      place.clock.advance(10 * MINUTE);
      await put(tree, 'later', toHex(blob(1000, i)));
    }
    await tree.gc({ olderThan: 0 });
    expect([(await collect(view.entries('books'))).length, (await collect(entries)).length + 1]).toEqual([5, 5]);
    expect(JSON.stringify(await contentOf(reader))).toBe(JSON.stringify(content));
    await view.close();
    await tree.close();
  });

  test('what is being merged is no garbage to whoever collects meanwhile', async () => {
    const place = new Place(heads);
    const tree = await withPacks(place, 4);
    const content = await contentOf(tree);
    const held = place.hold('put', 'after');
    const merging = tree.compact();
    await held.reached;
    await tree.gc({ olderThan: 0 });
    held.go();
    expect((await merging).packs).toBeGreaterThan(1);
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    expect(await contentOf(tree)).toEqual(content);
    await tree.close();
  });

  test('leaves alone what commits stand in that are not folded', async () => {
    const place = new Place(heads);
    const tree = await withPacks(place, 3);
    partsOf(tree).committer.onWritten = undefined;
    await large(tree, 99);
    // Under new keys it shares objects with packs.
    await tree.rotate();
    await tree.compact();
    for (let i = 0; i < 5; i++) {
      place.clock.advance(11 * MINUTE);
      await put(tree, 'later', toHex(blob(100, i)));
      await tree.compact();
      for (let j = 0; j < 90; j++) await put(tree, 'later', toHex(blob(1000, j)));
    }
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    await tree.close();
  });

  test('a commit that waits for its head is made, though the tree is closed meanwhile', async () => {
    const place = new Place(heads);
    const tree = await withPacks(place, 4);
    const telling = place.hold(heads === 'cas' ? 'heads.cas' : 'heads.create');
    const merging = codeOf(() => tree.compact());
    await telling.reached;
    const waiting = put(tree, 'waiting');
    const closing = tree.close();
    telling.go();
    expect([await merging, (await waiting)?.message]).toEqual(['ok', 'waiting']);
    await closing;
    expect((await place.shown()).books).toContain('waiting');
  });

  test('damage of what was alone brings nothing back that is gone', async () => {
    const place = new Place(heads);
    const tree = await withPacks(place, 2);
    for (const seed of [1, 2]) await put(tree, 'doomed', blob(100_000, seed));
    tree.index.books.delete('doomed');
    await tree.commit();
    for (let i = 0; i < 90; i++) await put(tree, 'filler', toHex(blob(1000, i)));
    await tree.compact();
    const { session } = partsOf(tree);
    const runs = packsOf(tree).flatMap((pack) => pack.runs);
    const history = runs.find(({ run }) => run.shadowedBy !== undefined)!.run;
    const blocks = await session.blocks.blocks(history);
    const { object, offset } = blocks.find(({ firstKey }) => firstKey === 'doomed')!.extent.segments[0]!;
    // So that no older head has it.
    for (let i = 0; i < 200; i++) {
      place.clock.advance(MINUTE);
      await put(tree, 'filler', toHex(blob(1000, i)));
    }
    const entry = place.store.entries.get(object)!;
    place.store.entries.set(object, {
      ...entry,
      bytes: entry.bytes.map((byte, i) => (i === offset ? byte ^ 1 : byte)),
    });
    expect((await tree.repair()).lost.length).toBeGreaterThan(0);
    expect(await tree.get('books', 'doomed')).toBeUndefined();
    await tree.close();
  });

  test('a state that was taken over meanwhile stays', async () => {
    const place = new Place(heads);
    const tree = await withPacks(place, 4);
    await using other = await place.open();
    const readings =
      heads === 'cas' ? [place.hold('heads.read'), place.hold('heads.read')] : [place.hold('heads.claims')];
    const refreshing = tree.refresh();
    for (const { reached } of readings) await reached;
    const told = place.hold(heads === 'cas' ? 'heads.cas' : 'heads.create', 'after');
    const merging = codeOf(() => tree.compact());
    await told.reached;
    await other.refresh();
    await put(other, 'of another');
    for (const { go } of readings) go();
    await refreshing;
    expect(partsOf(tree).session.snapshot.last?.message).toBe('of another');
    told.go();
    await merging;
    expect(partsOf(tree).session.snapshot.last?.message).toBe('of another');
    await tree.refresh();
    expect((await put(tree, 'next'))?.message).toBe('next');
    await tree.close();
  });

  test('what one writes behind its own collection is no garbage, and whoever was overtaken leaves none', async () => {
    const place = new Place(heads);
    const tree = await withPacks(place, 12);
    await abandon(place);
    // As many as are sent at once: what is behind them is begun later.
    const held = [1, 2, 3].map(() => place.hold('put', 'after'));
    const merging = tree.compact();
    for (const { reached } of held) await reached;
    await tree.gc({ olderThan: 0 });
    for (const { go } of held) go();
    expect((await merging).packs).toBeGreaterThan(10);
    for (let i = 20; i < 24; i++) await large(tree, i);
    for (let i = 0; i < 90; i++) await put(tree, 'filler', toHex(blob(1000, i)));
    await tree.compact();
    partsOf(tree).committer.onWritten = undefined;
    for (let i = 30; i < 34; i++) await large(tree, i);
    for (let i = 0; i < 90; i++) await put(tree, 'filler', toHex(blob(1000, i)));
    await using other = await place.open();
    await put(other, 'of another');
    place.calls.length = 0;
    expect(await codeOf(() => tree.compact())).toBe(code('CONFLICT'));
    const written = place.idsOf('put');
    expect([written.length > 3, place.has(written).includes(true)]).toEqual([true, false]);
    await tree.close();
  });

  test('what is damaged is not read again with each commit', async () => {
    const place = new Place(heads);
    const tree = await withPacks(place, 4);
    const [first] = packsOf(tree).flatMap((pack) => pack.runs);
    const { object } = first!.run.index.segments[0]!;
    place.store.entries.delete(object);
    const reads = () => place.idsOf('get').filter((id) => id === object).length;
    for (let i = 0; i < 4; i++) {
      await put(tree, 'one', i);
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(reads()).toBe(1);
    await tree.close();
  });
});
