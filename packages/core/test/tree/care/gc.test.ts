import { type BlobRef, Infinitree, Key } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { code, codeOf, collect, errorOf, KINDS, OBJECT_SIZE } from '../scene.js';
import { Archive, bytesOf, contentsOf, DAY, fill, HOUR, noise, type Tree, World } from './scene.js';

describe.each(KINDS)('gc, %s heads', (heads) => {
  test('frees abandoned uploads once they are a day old, and nothing else', async () => {
    const world = new World(heads);
    const tree = await world.create();
    const expected = await fill(tree);
    await tree.close();
    const before = world.ids;
    await abandonInto(world, 5);
    const orphans = world.ids.filter((id) => !before.includes(id));
    expect(orphans.length).toBeGreaterThanOrEqual(5);
    world.clock.advance(DAY - HOUR);
    const again = await world.open();
    const young = await again.gc();
    expect(young.freed).toEqual({ count: 0, bytes: 0 });
    expect(young.waiting.count).toBeGreaterThanOrEqual(orphans.length);
    world.clock.advance(HOUR);
    const report = await again.gc();
    expect(report.orphans).toEqual({ count: orphans.length, bytes: orphans.length * OBJECT_SIZE });
    expect(world.ids.filter((id) => orphans.includes(id))).toEqual([]);
    expect(await contentsOf(again)).toEqual(expected);
    again.index.counter.value = 99;
    await again.commit('goes on');
    await again.close();
    const fresh = await world.open({ readonly: true });
    expect((await fresh.commits()).at(-1)?.message).toBe('goes on');
    await fresh.close();
  }, 60_000);

  test('a dry run deletes nothing and tells exactly what the run frees', async () => {
    const world = new World(heads);
    const tree = await world.create();
    await fill(tree);
    await abandonIn(tree, 3);
    await tree.close();
    world.clock.advance(2 * DAY);
    const again = await world.open();
    const before = world.ids;
    const planned = await again.gc({ dryRun: true });
    expect(world.ids).toEqual(before);
    expect(planned.dryRun).toBe(true);
    expect(planned.orphans.count).toBeGreaterThanOrEqual(3);
    const report = await again.gc();
    expect({ ...report, dryRun: true }).toEqual(planned);
    expect(Object.isFrozen(report) && Object.isFrozen(report.freed)).toBe(true);
    const after = world.ids;
    const gone = before.filter((id) => !after.includes(id));
    expect(gone.length).toBe(report.freed.count - report.claims.count);
    // Nothing is left to be freed, but for what only one more head makes superfluous.
    expect((await again.gc({ dryRun: true })).orphans.count).toBe(0);
    await again.close();
  }, 60_000);

  test('leaves the objects of other trees in the same storage alone', async () => {
    const world = new World(heads);
    const [mine, other] = [await world.create(), await world.create(Key.random())];
    await fill(mine);
    const theirs = await fill(other);
    await abandonIn(other, 4);
    const before = world.ids;
    world.clock.advance(9 * DAY);
    const report = await mine.gc({ olderThan: 0 });
    const after = world.ids;
    expect(before.filter((id) => !after.includes(id)).length).toBe(report.freed.count - report.claims.count);
    expect(await contentsOf(other)).toEqual(theirs);
    // What the other tree abandoned is still there for its own collection.
    await other.close();
    expect(report.orphans.count).toBe(0);
  }, 60_000);

  test('spares what this handle has stored and not committed yet', async () => {
    const world = new World(heads);
    const tree = await world.create();
    await fill(tree);
    const ref = await tree.blobs.put(noise(150_000));
    const text = await bytesOf(tree, ref);
    world.clock.advance(9 * DAY);
    await tree.gc();
    tree.index.files.set('late', ref);
    await tree.commit('late');
    await tree.gc({ olderThan: 0 });
    expect(await bytesOf(tree, (await tree.get('files', 'late')) as BlobRef)).toBe(text);
    await tree.close();
  }, 60_000);

  test('goes on beside commits, readers and views', async () => {
    const world = new World(heads);
    const tree = await world.create();
    await fill(tree);
    await abandonIn(tree, 3);
    await tree.close();
    world.clock.advance(2 * DAY);
    const again = await world.open();
    const reader = await world.open({ readonly: true });
    const entries = reader.entries('apart');
    const first = (await entries.next()).value as [number, unknown];
    const view = await again.at('HEAD~5');
    const collecting = again.gc({ olderThan: 0 });
    for (let i = 0; i < 30; i++) {
      again.index.notes.set('beside', noise(1000));
      await again.commit(`beside ${i}`);
    }
    const report = await collecting;
    expect(report.orphans.count).toBeGreaterThanOrEqual(3);
    expect([first, ...(await collect(entries))].length).toBe(301);
    await view.load();
    expect(view.index.counter.value).toBe(9);
    await view.close();
    expect((await again.commits()).at(-1)?.message).toBe('beside 29');
    await reader.close();
    await again.close();
    const fresh = await world.open({ readonly: true });
    await fresh.load();
    expect(fresh.index.apart.size).toBe(301);
    await fresh.close();
  }, 60_000);

  test('what another writer has stored before a sweep and not committed has to be stored again', async () => {
    const world = new World(heads);
    const tree = await world.create();
    await tree.commit({ mode: 'always', message: 'first' });
    await tree.close();
    // The first of two writers is overtaken while its blobs wait for their commit.
    const slow = await world.open();
    const bytes = noise(OBJECT_SIZE);
    const [plain, once] = [await slow.blobs.put(bytes), await slow.blobs.put(bytes, { dedup: true })];
    await slow.storageWriter().flush();
    for await (const _ of slow.blobs.get(plain));
    for await (const _ of slow.blobs.get(once));
    slow.index.files.set('plain', plain).set('once', [once]);
    slow.index.notes.set('note', 1);
    world.clock.advance(2 * DAY);
    const quick = await world.open({ takeover: true });
    expect((await quick.gc()).orphans.count).toBe(2);
    await quick.close();

    const lost = await errorOf(() => slow.commit('slow'));
    expect([code('CONFLICT'), code('COMMIT_UNKNOWN')]).toContain(lost?.code);
    await slow.refresh();
    const error = await errorOf(() => slow.commit('slow'));
    expect(error?.code).toBe(code('CONFLICT'));
    expect(error?.conflicts).toEqual([
      { field: 'files', key: 'plain' },
      { field: 'files', key: 'once' },
    ]);
    slow.index.files.set('plain', await slow.blobs.put(bytes));
    slow.index.files.set('once', [await slow.blobs.put(bytes, { dedup: true })]);
    expect((await slow.commit('slow'))?.message).toBe('slow');
    const third = await slow.blobs.put(bytes, { dedup: true });
    slow.index.files.set('third', third);
    await slow.commit('third');
    await slow.close();
    const fresh = await world.open({ readonly: true });
    await fresh.load();
    expect(fresh.index.notes.get('note')).toBe(1);
    for (const ref of [...fresh.index.files.values()].flat() as BlobRef[]) {
      expect(await bytesOf(fresh, ref)).toBe(Buffer.from(bytes).toString('base64'));
    }
    await fresh.close();
  }, 60_000);

  test('nobody finds a chunk by its content that a sweep has taken', async () => {
    const world = new World(heads);
    await (await world.create()).close();
    const slow = await world.open();
    const bytes = noise(OBJECT_SIZE);
    const ref = await slow.blobs.put(bytes, { dedup: true });
    for await (const _ of slow.blobs.get(ref));
    world.clock.advance(2 * DAY);
    const quick = await world.open({ takeover: true });
    expect((await quick.gc()).orphans.count).toBe(1);
    await quick.close();
    // The reference is not kept; what the library itself has noted of the chunk must not be committed either.
    slow.index.notes.set('note', 1);
    if ((await errorOf(() => slow.commit('slow'))) !== undefined) {
      await slow.refresh();
      await slow.commit('slow');
    }
    await slow.close();
    const next = await world.open();
    const again = await next.blobs.put(bytes, { dedup: true });
    expect(await bytesOf(next, again)).toBe(Buffer.from(bytes).toString('base64'));
    await next.close();
  }, 60_000);

  test('is refused to whoever only reads, was overtaken, or finds damage', async () => {
    const world = new World(heads);
    const tree = await world.create();
    await fill(tree);
    await abandonIn(tree, 2);
    await tree.close();
    const reader = await world.open({ readonly: true });
    expect(await codeOf(() => reader.gc())).toBe(code('READONLY'));
    await reader.close();

    const first = await world.open();
    const second = await world.open({ takeover: true });
    second.index.counter.value = 7;
    await second.commit('second');
    // What it tidies up behind the commit is done then.
    await second.refresh();
    world.clock.advance(2 * DAY);
    const before = world.ids.length;
    expect(await codeOf(() => first.gc())).toBe(code('CONFLICT'));
    expect(world.ids.length).toBe(before);
    await first.close();

    const kept = new Map(world.store.entries);
    let refused = 0;
    for (const [id, entry] of kept) {
      const bytes = entry.bytes.map((byte) => byte ^ 0x55);
      world.store.entries.set(id, { ...entry, bytes });
      const error = await errorOf(() => second.gc({ dryRun: true }));
      if (error !== undefined) {
        expect(error.code).toBe(code('CORRUPT'));
        refused += 1;
      }
      world.store.entries.set(id, entry);
    }
    expect(refused).toBeGreaterThan(1);
    expect((await second.gc()).orphans.count).toBe(2);
    expect(await codeOf(() => second.gc({ olderThan: -1 }))).toBe(code('INVALID_ARGUMENT'));
    expect(await codeOf(() => second.gc({ signal: AbortSignal.abort() }))).toBe(code('ABORTED'));
    await second.close();
  }, 60_000);

  test('needs a storage that tells ages', async () => {
    const world = new World(heads);
    const { backend } = world;
    const ageless = new FailingBackend(backend);
    delete (ageless as { ages?: unknown }).ages;
    const tree = await world.create(Key.random(), ageless);
    expect(await codeOf(() => tree.gc())).toBe(code('UNSUPPORTED'));
    await tree.close();
  }, 60_000);

  test('stopped at any call, before or after its effect, it loses nothing, and the next one finishes', async () => {
    let calls = Number.POSITIVE_INFINITY;
    for (let nth = 1; nth <= calls; nth++) {
      for (const when of ['before', 'after'] as const) {
        const world = new World(heads);
        const backend = new FailingBackend(world.backend);
        const tree = await world.create(world.key, backend);
        tree.index.files.set('kept', await tree.blobs.put(noise(10_000)));
        for (let i = 0; i < 30; i++) {
          tree.index.counter.value = i;
          await tree.commit(`${i}`);
        }
        await tree.close();
        await abandonInto(world, 3);
        world.clock.advance(2 * DAY);
        const writer = await Infinitree.open(Archive, { backend, key: world.key, environment: { clock: world.clock } });
        backend.clearLog();
        backend.fail({ nth, when, forever: true });
        const failed = await errorOf(() => writer.gc());
        if (failed === undefined) {
          calls = Math.min(calls, nth);
        } else {
          expect([code('BACKEND'), code('CONFLICT')]).toContain(failed.code);
        }
        backend.heal();
        // The same handle goes on, and so does one that is opened after a crash.
        const [next, other] = nth % 2 === 0 ? [writer, undefined] : [await world.open({ takeover: true }), writer];
        const report = await next.gc();
        if (failed !== undefined) expect(report.orphans.count + report.waiting.count).toBeLessThanOrEqual(4);
        next.index.counter.value = 77;
        await next.commit('after');
        expect((await next.gc({ dryRun: true })).orphans.count).toBe(0);
        await next.load();
        expect((await bytesOf(next, next.index.files.get('kept') as BlobRef)).length).toBeGreaterThan(10_000);
        expect((await next.commits()).length).toBe(31);
        await next.close();
        await other?.close();
      }
    }
    expect(calls).toBeGreaterThan(5);
  }, 120_000);
});

/** Stores what nothing will ever refer to: as many objects. */
async function abandonIn(tree: Tree, count: number): Promise<void> {
  const writer = tree.storageWriter();
  for (let i = 0; i < count; i++) {
    await writer.write(noise(OBJECT_SIZE));
    await writer.flush();
  }
}

async function abandonInto(world: World, count: number): Promise<void> {
  const tree = await world.open();
  await abandonIn(tree, count);
  await tree.close();
}
