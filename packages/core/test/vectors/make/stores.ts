import { type Backend, Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import { toHex } from '../../../src/bytes/hex.js';
import { credentialsOf } from '../../../src/crypto/key.js';
import { epochOfHeadId, headIdOfEpoch, headIdOfSlot } from '../../../src/crypto/own-ids.js';
import type { Suite } from '../../../src/crypto/suite.js';
import type { TreeKeys } from '../../../src/crypto/tree-keys.js';
import type { ObjectId } from '../../../src/format/ids.js';
import { openKeyObjects } from '../../../src/object/key-object.js';
import { OBJECT_SIZE } from '../fixture.js';
import { contentOf, Garden } from '../garden.js';
import { type Json, Maker, type Vector } from '../vector.js';

/** How much is there after a commit. */
export interface Summary {
  readonly commits: number;
  readonly last: number;
  readonly plants: number;
  readonly notes: number;
}

/** A store as it was left, and what is needed to damage it. */
export interface MadeStore {
  readonly vector: Vector;
  readonly keys: TreeKeys;
  readonly keyObject: ObjectId;
  /** Heads, the newest last. */
  readonly heads: readonly ObjectId[];
  /** Everything else. */
  readonly objects: readonly ObjectId[];
  /** What is there after each commit, by its sequence. */
  readonly history: readonly Summary[];
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** One tree, written twice: with heads in slots, and with heads of epochs and a journal. */
export async function makeStores(suite: Suite, seed: number): Promise<readonly MadeStore[]> {
  return [await makeStore(suite, 'cas', seed), await makeStore(suite, 'epoch', seed + 1)];
}

async function makeStore(suite: Suite, heads: 'cas' | 'epoch', seed: number): Promise<MadeStore> {
  const random = new SeededRandom(seed);
  const keyBytes = random.bytes(32);
  const key = Key.fromBytes(keyBytes);
  const backend = new MemoryBackend({ heads });
  const before = await write(backend, key, random);
  const [credential] = credentialsOf(key);
  if (credential === undefined) throw new Error('The key has no credential.');
  const [opened] = await openKeyObjects(backend, suite, await credential.derive(suite), {});
  if (opened === undefined) throw new Error('The tree has no key object.');
  const { keys, id: keyObject } = opened;

  const objects = await copyOf(backend);
  const headIds = headsAmong(keys, heads, Object.keys(objects) as ObjectId[]);
  const others = (Object.keys(objects) as ObjectId[]).filter((id) => id !== keyObject && !headIds.includes(id));
  const claims = 'claims' in backend.heads ? await backend.heads.claims() : [];
  const maker = new Maker('store');
  const rewritten = headIds.filter((id) => before.objects[id] !== undefined && before.objects[id] !== objects[id]);
  const earlier = Object.fromEntries(rewritten.map((id) => [id, before.objects[id] ?? '']));
  const input = { heads, objectSize: OBJECT_SIZE, objects, claims, earlier, earlierHead: before.head };
  const description =
    heads === 'cas'
      ? 'A tree whose heads are swapped in two slots.'
      : 'A tree whose heads belong to epochs, with a journal.';
  maker.good(heads, description, { keys: { bytes: toHex(keyBytes) }, input }, await contentOf(backend, key));
  const [vector] = maker.vectors;
  if (vector === undefined) throw new Error('unreachable: a vector was just made');
  return { vector, keys, keyObject, heads: headIds, objects: others, history: before.history };
}

function headsAmong(keys: TreeKeys, heads: 'cas' | 'epoch', ids: readonly ObjectId[]): ObjectId[] {
  if (heads === 'cas') return [headIdOfSlot(keys, 0), headIdOfSlot(keys, 1)];
  const epochs = ids.map((id) => epochOfHeadId(keys, id)).filter((epoch) => epoch !== undefined);
  return epochs.sort((a, b) => a - b).map((epoch) => headIdOfEpoch(keys, epoch));
}

export async function copyOf(backend: Backend): Promise<Record<string, string>> {
  const objects: Record<string, string> = {};
  for await (const id of backend.list()) objects[id] = base64((await backend.get(id)) ?? new Uint8Array(0));
  return objects;
}

interface Before {
  readonly head: string;
  readonly objects: Readonly<Record<string, string>>;
  readonly history: readonly Summary[];
}

/** Writes the tree; gives what it was two commits before the last one. */
async function write(backend: Backend, key: Key, random: SeededRandom): Promise<Before> {
  const clock = new TestClock();
  const environment = { clock, random };
  await using tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE, environment });
  const { last, plants, notes } = tree.index;
  const history: Summary[] = [{ commits: 0, last: 0, plants: 0, notes: 0 }];
  const commit = async (message: string, data?: Json) => {
    clock.advance(60_000);
    last.value += 1;
    await tree.commit({ message, data });
    history.push({ commits: history.length, last: last.value, plants: plants.size, notes: notes.size });
  };
  for (let id = 1; id <= 5; id++)
    plants.set(id, { id, airHumidity: 50, soilHumidity: 60 + id / 2, name: `plant ${id}` });
  await commit('first measurement');
  for (let id = 100; id < 400; id++) plants.set(id, { id, label: toHex(random.bytes(24)) });
  notes.set('short', 'rides in the frame');
  await commit('bulk', { by: 'the generator' });
  for (let i = 0; i < 20; i++) notes.set(`note ${i}`, toHex(random.bytes(500)));
  plants.delete(2);
  await commit('notes apart');
  for (let i = 0; i < 5; i++) {
    plants.set(1000 + i, { noise: toHex(random.bytes(3000)) });
    await commit(`noise ${i}`);
  }
  plants.set(1, { id: 1, name: 'grown' });
  await commit('grown');
  const before = { head: tree.head, objects: await copyOf(backend), history };
  plants.delete(3);
  await commit('gone');
  notes.set('last', 'the newest');
  await commit('newest');
  return before;
}
