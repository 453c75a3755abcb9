import { type BlobRef, Infinitree, MemoryBackend, type ObjectId } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { MemoryStore } from '../../../src/backend/memory-store.js';
import { ENTRY_KIND, encodeBlock } from '../../../src/codec/block.js';
import { toCanonical } from '../../../src/codec/canonical-key.js';
import { buildHead, parseHead } from '../../../src/object/head-image.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../../src/tree/records/checkpoint.js';
import { encodeCommitBody } from '../../../src/tree/records/commit.js';
import type { Session } from '../../../src/tree/session.js';
import { code, codeOf, errorOf, type Heads, KINDS } from '../scene.js';
import { Archive, bytesOf, contentsOf, fill, noise, type Tree, World } from './scene.js';

const spoil = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x55);

/** Damages an object, or takes it away. */
function damage({ store }: World, id: string, change: (bytes: Uint8Array) => Uint8Array | undefined): void {
  const entry = store.entries.get(id as ObjectId)!;
  const bytes = change(entry.bytes.slice());
  if (bytes === undefined) store.entries.delete(id as ObjectId);
  else store.entries.set(id as ObjectId, { ...entry, bytes });
}

/** Another storage with the same in it. */
function copyOf(world: World, heads: Heads): MemoryBackend<Heads> {
  const store = new MemoryStore();
  for (const [id, entry] of world.store.entries) store.entries.set(id, { ...entry, bytes: entry.bytes.slice() });
  for (const claim of world.store.claims) store.claims.add(claim);
  return new MemoryBackend<Heads>({ heads }, store);
}

async function scene(heads: Heads) {
  const world = new World(heads);
  const tree = await world.create();
  await fill(tree);
  for (let i = 0; i < 9; i++) {
    tree.index.notes.set(`tail ${i}`, noise(6000));
    await tree.commit(`tail ${i}`);
  }
  await tree.close();
  return world;
}

/** What is damaged if each object is, by the part that it is. */
async function objectsBy(world: World): Promise<Map<string, string[]>> {
  const parts = new Map<string, string[]>();
  const reader = await world.open({ readonly: true });
  for (const id of world.ids) {
    const entry = world.store.entries.get(id as ObjectId)!;
    damage(world, id, () => undefined);
    const { faults } = await reader.verify({ readData: true });
    world.store.entries.set(id as ObjectId, entry);
    for (const part of new Set(faults.map((fault) => fault.part))) parts.set(part, [...(parts.get(part) ?? []), id]);
  }
  await reader.close();
  return parts;
}

/** What whoever has the key can do: the last commit in the newest head, which holds the tail, with other blocks. */
function sealMalformed({ store }: World, tree: Tree, block: Uint8Array): void {
  const { context, snapshot } = (tree as unknown as { readonly session: Session }).session;
  const { id } = snapshot.position;
  const entry = store.entries.get(id)!;
  const { header, checkpoint } = parseHead(context, id, entry.bytes)!;
  const state = decodeCheckpoint(checkpoint);
  const { commit, changes } = state.tail.at(-1)!;
  const body = encodeCommitBody(
    commit,
    changes.map((change) => ({ ...change, inline: change.inline && block })),
  );
  const changed = encodeCheckpoint({ ...state, tail: [...state.tail.slice(0, -1), body] });
  const built = buildHead(context, { ...header, id, checkpoint: changed })!;
  store.entries.set(id, { ...entry, bytes: built.bytes });
}

describe.each(KINDS)('repair, %s heads', (heads) => {
  test.each([
    ['that is none', Uint8Array.of(0), 13],
    [
      'of a pointer that is none',
      encodeBlock({ keys: [toCanonical([])], values: ['x'], kinds: Uint8Array.of(ENTRY_KIND.pointer) }),
      0,
    ],
  ])('cuts off a block %s, as whoever has the key may have sealed it', async (_, block, counter) => {
    const world = await scene(heads);
    const writer = await world.open();
    writer.index.notes.set('good', 1);
    await writer.commit('good');
    writer.index.notes.set('bad', 2);
    await writer.commit('bad');
    await writer.close();
    const again = await world.open();
    again.index.counter.value = 99;
    await again.commit('malformed');
    sealMalformed(world, again, block);
    await again.close();

    const tree = await world.open();
    expect(await codeOf(() => tree.load('counter'))).toBe(code('CORRUPT'));
    const { lost, remaining } = await tree.repair();
    expect(lost.map(({ kind, part, field }) => [kind, part, field?.name])).toEqual([
      ['malformed', 'inline', 'counter'],
    ]);
    expect(remaining).toEqual([]);
    await tree.load();
    expect(tree.index.counter.value).toBe(counter);
    expect([tree.index.notes.get('good'), tree.index.notes.get('bad')]).toEqual([1, 2]);
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    await tree.close();
  });

  test('does nothing to a tree that is whole', async () => {
    const world = await scene(heads);
    const tree = await world.open();
    const before = [...world.store.entries].map(([id, { etag }]) => `${id} ${etag}`);
    const report = await tree.repair();
    expect(report).toEqual({ dryRun: false, commit: undefined, restored: [], recovered: 0, lost: [], remaining: [] });
    expect([...world.store.entries].map(([id, { etag }]) => `${id} ${etag}`)).toEqual(before);
    await tree.close();
    const reader = await world.open({ readonly: true });
    expect(await codeOf(() => reader.repair())).toBe(code('READONLY'));
    await reader.close();
  }, 60_000);

  test('brings any object back from a second copy, without a commit', async () => {
    const world = await scene(heads);
    const from = copyOf(world, heads);
    const tree = await world.open();
    const expected = await contentsOf(tree);
    const parts = await objectsBy(world);
    const written = new Set(
      [...parts].filter(([part]) => part !== 'head' && part !== 'key object').flatMap(([, ids]) => ids),
    );
    expect(written.size).toBeGreaterThan(10);
    for (const [i, id] of [...written].entries()) {
      damage(world, id, i % 2 === 0 ? spoil : () => undefined);
    }
    const planned = await tree.repair({ from, dryRun: true });
    expect(new Set(planned.restored)).toEqual(written);
    expect((await tree.verify()).ok).toBe(false);
    const report = await tree.repair({ from });
    expect({ ...report, dryRun: true }).toEqual(planned);
    expect([report.commit, report.lost, report.remaining]).toEqual([undefined, [], []]);
    expect((await tree.verify({ readData: true })).ok).toBe(true);
    await tree.close();
    const fresh = await world.open({ readonly: true });
    expect(await contentsOf(fresh)).toEqual(expected);
    await fresh.close();
  }, 60_000);

  test('cuts off what is gone, whichever object it is, and the rest stays and goes on', async () => {
    const parts = await objectsBy(await scene(heads));
    expect([...parts.keys()]).toEqual(expect.arrayContaining(['run', 'log', 'values', 'chunk']));
    const world = await scene(heads);
    for (const [part, ids] of await objectsBy(world)) {
      if (part === 'head' || part === 'key object') continue;
      for (const id of ids.slice(0, 2)) {
        const entries = new Map(world.store.entries);
        const claims = new Set(world.store.claims);
        damage(world, id, spoil);
        const tree = await world.open();
        const before = await tree.verify({ readData: true });
        const planned = await tree.repair({ dryRun: true });
        const report = await tree.repair();
        expect({ ...report, dryRun: true, commit: undefined }).toEqual(planned);
        expect([...report.lost, ...report.remaining].length).toBe(before.faults.length);
        const after = await tree.verify({ readData: true });
        expect(after.faults.filter(({ part: left }) => left !== 'chunk' && left !== 'padding')).toEqual([]);
        if (report.lost.length > 0) {
          expect(report.commit?.message).toContain('Repair');
          expect(report.commit?.data).toMatchObject({ repair: { faults: report.lost.length } });
          expect((await tree.commits()).at(-1)?.id).toBe(report.commit?.id);
        }
        await tree.load();
        tree.index.counter.value = 123;
        await tree.commit('goes on');
        await tree.close();
        const fresh = await world.open({ readonly: true });
        await fresh.load();
        expect(fresh.index.counter.value).toBe(123);
        await fresh.close();
        world.store.entries.clear();
        for (const [key, entry] of entries) world.store.entries.set(key, entry);
        world.store.claims.clear();
        for (const claim of claims) world.store.claims.add(claim);
      }
    }
  }, 120_000);

  test('takes entries of a fold from an older head that still has them', async () => {
    const world = new World(heads);
    const tree = await world.create();
    let folded = 0;
    const objects = new Set(world.ids);
    for (let i = 0; folded === 0 || i < 3; i++) {
      tree.index.notes.set(`note ${i}`, noise(1500));
      await tree.commit(`commit ${i}`);
      const made = world.ids.filter((id) => !objects.has(id));
      for (const id of made) objects.add(id);
      const { checked } = await tree.verify();
      folded = checked.objects > (heads === 'cas' ? 3 : 2) && (await hasRun(tree, world)) ? i + 1 : 0;
    }
    const parts = await objectsBy(world);
    const [young] = parts.get('run') ?? [];
    damage(world, young!, spoil);
    const report = await tree.repair();
    expect(report.recovered).toBeGreaterThan(0);
    expect((await tree.verify({ readData: true })).faults.filter(({ part }) => part !== 'padding')).toEqual([]);
    await tree.load();
    // The commit of the fold itself was in no head before.
    expect(tree.index.notes.size).toBeGreaterThanOrEqual(folded - 1);
    await tree.close();
  }, 60_000);

  test('makes a tree writable again whose newest head does not open, and names the loss', async () => {
    const world = await scene(heads);
    const reader = await world.open({ readonly: true });
    const head = await newestHead(world, reader.head);
    await reader.close();
    damage(world, head, spoil);
    expect(await codeOf(() => world.open())).toBe(code('CORRUPT'));
    const left = await world.open({ readonly: true, acceptOlderHead: true });
    const seen = await left.commits();
    const check = await left.verify();
    expect(check.ok).toBe(false);
    expect(check.faults.some(({ part, object }) => part === 'head' && object === head)).toBe(true);
    const planned = await left.repair({ dryRun: true });
    expect(planned.lost.some(({ part }) => part === 'head')).toBe(true);
    expect(await codeOf(() => world.open())).toBe(code('CORRUPT'));
    const report = await left.repair();
    expect(report.commit?.message).toContain('Repair');
    expect(JSON.stringify(report.commit?.data)).toContain('head');
    await left.close();

    const tree = await world.open();
    expect((await tree.commits()).map(({ id }) => id)).toEqual([...seen.map(({ id }) => id), report.commit!.id]);
    tree.index.notes.set('goes', 'on');
    await tree.commit('goes on');
    expect((await tree.verify({ readData: true })).ok).toBe(true);
    await tree.close();
  }, 60_000);

  test('takes the newest head from a second copy, and loses nothing then', async () => {
    const world = await scene(heads);
    const from = copyOf(world, heads);
    const reader = await world.open({ readonly: true });
    const head = await newestHead(world, reader.head);
    const commits = (await reader.commits()).map(({ id }) => id);
    await reader.close();
    damage(world, head, spoil);
    const left = await world.open({ readonly: true, acceptOlderHead: true });
    const report = await left.repair({ from });
    await left.close();
    const tree = await world.open();
    expect((await tree.commits()).map(({ id }) => id)).toEqual([...commits, report.commit!.id]);
    expect((await tree.verify({ readData: true })).ok).toBe(true);
    await tree.close();
  }, 60_000);

  test('keeps the rest of a blob that has lost a chunk', async () => {
    const world = new World(heads);
    const tree = await world.create();
    const before = new Set(world.ids);
    const long = await tree.blobs.put(noise(200_000));
    // To be read it is written out, before there is another head.
    await bytesOf(tree, long);
    const [chunk] = world.ids.filter((id) => !before.has(id));
    tree.index.files.set('long', long);
    await tree.commit('long');
    damage(world, chunk!, () => undefined);
    const report = await tree.repair();
    expect(report.lost).toEqual([]);
    expect(report.remaining.map(({ part, object }) => [part, object])).toEqual([['chunk', chunk]]);
    const ref = (await tree.get('files', 'long')) as BlobRef;
    expect(await codeOf(() => bytesOf(tree, ref))).toBe(code('CORRUPT'));
    await tree.close();
  }, 60_000);

  test('stopped at any call it can be made again', async () => {
    let calls = Number.POSITIVE_INFINITY;
    for (let nth = 1; nth <= calls; nth++) {
      const world = new World(heads);
      const failing = new FailingBackend(world.backend);
      const tree = await world.create(world.key, failing);
      tree.index.counter.value = 1;
      for (let i = 0; i < 300; i++) tree.index.apart.set(i, Buffer.from(noise(60)).toString('base64'));
      await tree.commit('kept');
      for (let i = 0; i < 300; i++) tree.index.notes.set(`${i}`, Buffer.from(noise(60)).toString('base64'));
      await tree.commit('runs');
      const parts = await objectsBy(world);
      const from = copyOf(world, heads);
      damage(world, parts.get('run')![0]!, spoil);
      for (const id of parts.get('values') ?? []) damage(world, id, () => undefined);
      failing.clearLog();
      failing.fail({ nth, forever: true });
      const repair = () => tree.repair(nth % 2 === 0 ? { from } : {});
      const error = await errorOf(repair);
      failing.heal();
      if (error === undefined) {
        if (nth > 10) calls = nth;
      } else expect(error.code).toBe(code('BACKEND'));
      // Where its head turns out to be stored, the commit of the repair is news to this handle.
      if ((await codeOf(repair)) === code('CONFLICT')) {
        await tree.refresh();
        await repair();
      }
      const { faults } = await tree.verify({ readData: true });
      expect(faults.filter(({ part }) => part !== 'padding' && part !== 'chunk')).toEqual([]);
      await tree.load('counter');
      expect(tree.index.counter.value).toBe(1);
      await tree.close();
    }
    expect(calls).toBeGreaterThan(10);
  }, 120_000);
});

/** The id of the head at which `tree.head` is. */
async function newestHead(world: World, name: string): Promise<string> {
  for (const id of world.ids) {
    const entry = world.store.entries.get(id as ObjectId)!;
    damage(world, id, spoil);
    const error = await errorOf(async () => {
      const tree = await Infinitree.open(Archive, {
        backend: world.backend,
        key: world.key,
        readonly: true,
        expectHead: name,
      });
      await tree.close();
    });
    const older = await errorOf(async () => {
      const tree = await world.open({ readonly: true, acceptOlderHead: true, expectHead: name });
      await tree.close();
    });
    world.store.entries.set(id as ObjectId, entry);
    if (error?.code === code('CORRUPT') && older?.code === code('ROLLBACK')) return id;
  }
  throw new Error('there is no such head');
}

async function hasRun(tree: Infinitree<Archive>, world: World): Promise<boolean> {
  for (const id of world.ids) {
    const entry = world.store.entries.get(id as ObjectId)!;
    world.store.entries.delete(id as ObjectId);
    const { faults } = await tree.verify();
    world.store.entries.set(id as ObjectId, entry);
    if (faults.some(({ part }) => part === 'run')) return true;
  }
  return false;
}
