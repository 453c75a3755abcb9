// What storage, a thief of the outer keys, and the worker itself can do to batches: each is named, and nothing is merged twice.
import { type BatchFaultKind, Dropbox, Infinitree, Key, type ObjectId } from '@infinitree/core';
import { pack } from '../../../src/codec/compression.js';
import { BatchKeys } from '../../../src/crypto/batch-keys.js';
import { derive } from '../../../src/crypto/derive.js';
import { Entropy } from '../../../src/crypto/entropy.js';
import { dropboxOf } from '../../../src/crypto/key.js';
import { loadSuite } from '../../../src/crypto/suite.js';
import { type BatchPart, sealBatch } from '../../../src/object/batch-object.js';
import { systemEnvironment } from '../../../src/platform/environment.js';
import { type BatchRecord, encodeBatch } from '../../../src/tree/records/batch.js';
import { OBJECT_SIZE } from '../scene.js';
import { Yard, yard } from './yard.js';

type Scene = Awaited<ReturnType<typeof yard>>;

/** Hands in batches of one event each; gives their objects, oldest first. */
async function sent(scene: Scene, count: number): Promise<ObjectId[]> {
  await using box = await scene.worker();
  const objects: ObjectId[] = [];
  for (let i = 1; i <= count; i++) {
    const news = scene.watch();
    box.index.events.push(`event ${i}`);
    await box.send();
    objects.push(...news());
  }
  return objects;
}

const eventsOf = ({ tree }: Scene): string[] => [...tree.index.events];

function kinds(faults: readonly { readonly kind: BatchFaultKind; readonly counter: number }[]): string[] {
  return faults.map(({ kind, counter }) => `${kind} ${counter}`);
}

/** A batch made by hand, with the keys that a worker has or with others. */
async function forge(
  scene: Scene,
  record: BatchRecord | Uint8Array,
  other: { signing?: Uint8Array; part?: Partial<BatchPart> } = {},
) {
  const suite = await loadSuite();
  const key = dropboxOf(scene.workersKey)!;
  const content = pack(record instanceof Uint8Array ? record : encodeBatch(record));
  const origin = {
    keys: new BatchKeys(suite, derive(suite, key.seed, 'batchShared')),
    entropy: new Entropy(suite, systemEnvironment),
    treeId: key.treeId,
    dropboxId: key.dropboxId,
    recipient: key.recipient,
    signing: other.signing ?? derive(suite, key.seed, 'batchSigning'),
    objectSize: OBJECT_SIZE,
  };
  const part = {
    chain: 77,
    counter: 1,
    first: true,
    last: true,
    contentCodec: content.codec,
    time: 1,
    previousHash: new Uint8Array(32),
  };
  const { id, bytes } = sealBatch(origin, { ...part, content: content.bytes, ...other.part });
  scene.store.write(id, bytes);
  return id;
}

const change = (field: Partial<BatchRecord['changes'][number]['field']>, blocks: Uint8Array[] = []): BatchRecord => ({
  message: '',
  changes: [{ field: { name: 'events', type: 'versioned-list', strategy: 'local', ...field }, cleared: true, blocks }],
});

test('a dropped batch holds up what is behind it, until it is there or is given up', async () => {
  const scene = await yard('cas');
  const [, second] = await sent(scene, 3);
  const { bytes } = scene.store.entries.get(second!)!;
  scene.store.entries.delete(second!);
  const held = await scene.tree.dropboxes.merge();
  expect([kinds(held.faults), held.merged.length, held.waiting]).toEqual([['dropped 2'], 1, 1]);
  // It was only late.
  scene.store.write(second!, bytes);
  expect((await scene.tree.dropboxes.merge()).merged).toHaveLength(2);
  expect(eventsOf(scene)).toEqual(['event 1', 'event 2', 'event 3']);
  await scene.tree.close();
});

test('what is given up never comes back', async () => {
  const scene = await yard('epoch');
  const [, second] = await sent(scene, 4);
  const { bytes } = scene.store.entries.get(second!)!;
  scene.store.entries.delete(second!);
  const given = await scene.tree.dropboxes.merge({ giveUp: true });
  expect([kinds(given.faults), given.merged.length, given.waiting]).toEqual([['dropped 2'], 3, 0]);
  scene.store.write(second!, bytes);
  const again = await scene.tree.dropboxes.merge();
  expect([kinds(again.faults), again.merged.length]).toEqual([['replayed 2'], 0]);
  expect(scene.store.entries.has(second!)).toBe(false);
  expect(eventsOf(scene)).toEqual(['event 1', 'event 3', 'event 4']);
  // The worker goes on.
  await sent(scene, 1);
  expect((await scene.tree.dropboxes.merge()).merged).toHaveLength(1);
  await scene.tree.close();
});

test('a replayed batch is named and deleted, also by whoever opens the tree next', async () => {
  const scene = await yard('cas');
  const objects = await sent(scene, 3);
  const copies = objects.map((id) => [id, scene.store.entries.get(id)!.bytes] as const);
  await scene.tree.dropboxes.merge();
  for (const [id, bytes] of copies.slice(0, 2)) scene.store.write(id, bytes);
  const replayed = await scene.tree.dropboxes.merge();
  expect([kinds(replayed.faults).sort(), replayed.merged]).toEqual([['replayed 1', 'replayed 2'], []]);
  expect(objects.map((id) => scene.store.entries.has(id))).toEqual([false, false, true]);
  scene.tree.index.notes.set('so that a head is written', 1);
  for (let i = 0; i < 30; i++) {
    scene.tree.index.notes.set(`${i}`, i);
    await scene.tree.commit();
  }
  await scene.tree.close();
  for (const [id, bytes] of copies) scene.store.write(id, bytes);
  const tree = await Infinitree.open(Yard, { backend: scene.backend, key: scene.key });
  const late = await tree.dropboxes.merge();
  expect([kinds(late.faults).sort(), late.merged]).toEqual([['replayed 1', 'replayed 2'], []]);
  await tree.load('events');
  expect([...tree.index.events]).toHaveLength(3);
  await tree.close();
});

test('batches that change places are named', async () => {
  const scene = await yard('cas');
  const [first, second] = (await sent(scene, 2)).map((id) => ({ id, bytes: scene.store.entries.get(id)!.bytes }));
  scene.store.write(first!.id, second!.bytes);
  scene.store.write(second!.id, first!.bytes);
  const { faults, merged } = await scene.tree.dropboxes.merge();
  expect([kinds(faults), merged]).toEqual([['reordered 1'], []]);
  expect(faults[0]?.message).toContain('batch 2 of chain');
  scene.store.write(first!.id, first!.bytes);
  scene.store.write(second!.id, second!.bytes);
  expect((await scene.tree.dropboxes.merge()).merged).toHaveLength(2);
  await scene.tree.close();
});

test('a worker that was shown an older state is named', async () => {
  const scene = await yard('cas');
  await sent(scene, 1);
  await forge(scene, change({}), {
    part: { ...(await placeOfNewest(scene)), previousHash: new Uint8Array(32).fill(1) },
  });
  const { faults, merged } = await scene.tree.dropboxes.merge();
  expect([kinds(faults), merged.length]).toEqual([['reordered 2'], 1]);
  await scene.tree.close();
});

async function placeOfNewest(scene: Scene) {
  const keys = new BatchKeys(
    await loadSuite(),
    derive(await loadSuite(), dropboxOf(scene.workersKey)!.seed, 'batchShared'),
  );
  const places = [...scene.store.entries.keys()].map((id) => keys.placeOf(id)).filter((place) => place !== undefined);
  const newest = places.reduce((a, b) => (a.counter > b.counter ? a : b));
  return { chain: newest.chain, counter: newest.counter + 1 };
}

test('each flipped byte of a batch is named, or is padding', async () => {
  const scene = await yard('cas');
  const [id] = await sent(scene, 1);
  const { bytes } = scene.store.entries.get(id!)!;
  for (const at of [0, 31, 32, 63, 64, 300, 495, 511, 512, 540]) {
    const flipped = bytes.slice();
    flipped[at]! ^= 1;
    scene.store.write(id!, flipped);
    const { faults, merged } = await scene.tree.dropboxes.merge();
    expect([at, merged.length, faults.length]).toEqual([at, 0, 1]);
    expect(['damaged', 'forged']).toContain(faults[0]?.kind);
  }
  for (const cut of [bytes.subarray(0, 100), bytes.subarray(0, OBJECT_SIZE / 2), new Uint8Array(0)]) {
    scene.store.write(id!, cut);
    expect(kinds((await scene.tree.dropboxes.merge()).faults)).toEqual(['damaged 1']);
  }
  scene.store.write(id!, bytes);
  expect((await scene.tree.dropboxes.merge()).merged).toHaveLength(1);
  await scene.tree.close();
});

describe('what somebody else has made', () => {
  test('with the outer keys, and not the one that signs', async () => {
    const scene = await yard('cas');
    await forge(scene, change({}), { signing: new Uint8Array(32).fill(3) });
    const { faults, merged } = await scene.tree.dropboxes.merge();
    expect([kinds(faults), merged]).toEqual([['forged 1'], []]);
    await scene.tree.close();
  });

  test.each([
    ['a field that it may not change', change({ name: 'stored_notes', type: 'versioned-map' })],
    ["a field of the library's own", change({ name: '\0contents', type: 'versioned-map' })],
    ['a field of another type', change({ type: 'versioned-map' })],
    ['a snapshot field', change({ name: 'events', type: 'snapshot-map' })],
    ['a strategy of its own', change({ strategy: 'elsewhere' })],
    ['one field twice', { message: '', changes: [...change({}).changes, ...change({}).changes] }],
    ['a block that is none', change({}, [Uint8Array.of(1, 2, 3)])],
    ['content that is none', Uint8Array.of(0xff, 0xff)],
  ])('by the worker itself: %s', async (_, record) => {
    const scene = await yard('cas', { fields: ['events'] });
    scene.tree.index.events.push('kept');
    await scene.tree.commit();
    await forge(scene, record);
    const { faults, merged } = await scene.tree.dropboxes.merge();
    expect([kinds(faults), merged]).toEqual([['refused 1'], []]);
    expect(eventsOf(scene)).toEqual(['kept']);
    const given = await scene.tree.dropboxes.merge({ giveUp: true });
    expect([kinds(given.faults), given.waiting]).toEqual([['refused 1'], 0]);
    expect(await scene.tree.dropboxes.merge()).toEqual({ merged: [], faults: [], waiting: 0 });
    expect(eventsOf(scene)).toEqual(['kept']);
    await scene.tree.close();
  });
});

test('a worker has nothing that opens what it has sent, or what others have', async () => {
  const scene = await yard('cas');
  const [id] = await sent(scene, 1);
  const { openBatch, openBatchContent } = await import('../../../src/object/batch-object.js');
  const suite = await loadSuite();
  const { seed, recipient } = dropboxOf(scene.workersKey)!;
  const keys = new BatchKeys(suite, derive(suite, seed, 'batchShared'));
  const opened = openBatch(keys, id!, scene.store.entries.get(id!)!.bytes)!;
  // All secrets that come of its key, as the secret of the recipient.
  for (const secretKey of [
    seed,
    derive(suite, seed, 'batchShared'),
    derive(suite, seed, 'batchSigning'),
    keys.headerKey(),
  ]) {
    expect(openBatchContent(keys, { secretKey, publicKey: recipient }, opened)).toBeUndefined();
  }
  const other = await scene.tree.dropboxes.add({ label: 'other' });
  const others = new BatchKeys(suite, derive(suite, dropboxOf(other.key)!.seed, 'batchShared'));
  expect(others.placeOf(id!)).toBeUndefined();
  expect(openBatch(others, id!, scene.store.entries.get(id!)!.bytes)).toBeUndefined();
  await scene.tree.close();
});

test('a dropbox of another tree in the same storage is not touched', async () => {
  const scene = await yard('cas');
  const neighbour = await Infinitree.create(Yard, {
    backend: scene.backend,
    key: Key.random(),
    objectSize: OBJECT_SIZE,
  });
  const { key } = await neighbour.dropboxes.add();
  await using box = await Dropbox.open(Yard, { backend: scene.backend, key });
  box.index.events.push("the neighbour's");
  await box.send();
  expect(await scene.tree.dropboxes.merge({ giveUp: true })).toEqual({ merged: [], faults: [], waiting: 0 });
  await scene.tree.gc({ olderThan: 0 });
  expect((await neighbour.dropboxes.merge()).merged).toHaveLength(1);
  await neighbour.close();
  await scene.tree.close();
});
