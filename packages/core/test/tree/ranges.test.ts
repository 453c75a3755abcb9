// A range of keys is read from what holds it, and from nothing else.
import { Infinitree, Key, MemoryBackend, VersionedMap } from '@infinitree/core';
import { FailingBackend, SeededRandom } from '@infinitree/testing';
import { OBJECT_SIZE } from './scene.js';

const key = Key.fromBytes(new Uint8Array(32).fill(7));
const COMMITS = 12;
const EACH = 600;

/** Commits of keys that follow one another, each too large to ride in a head, so that each has a run of its own. */
async function grown(): Promise<FailingBackend> {
  const backend = new FailingBackend(new MemoryBackend());
  const tree = await Infinitree.create(VersionedMap<number, string>, { backend, key, objectSize: OBJECT_SIZE });
  const random = new SeededRandom(1);
  for (let n = 0; n < COMMITS * EACH; n++) {
    tree.index.set(n, Buffer.from(random.bytes(120)).toString('hex'));
    if ((n + 1) % EACH === 0) await tree.commit();
  }
  await tree.close();
  return backend;
}

test.each([false, true])('a range inside of one commit opens no run of the others, reverse: %s', async (reverse) => {
  const backend = await grown();
  const tree = await Infinitree.open(VersionedMap<number, string>, { backend, key, readonly: true });
  backend.clearLog();
  const range = { gte: 5 * EACH + 10, lt: 5 * EACH + 20, reverse };
  const keys: number[] = [];
  for await (const [n] of tree.entries('root', range)) keys.push(n);
  expect(keys.sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => 5 * EACH + 10 + i));
  // Its block and the list of them may go across the ends of objects; of all commits it would be twelve at least.
  const objects = new Set(backend.log.filter(({ verb }) => verb === 'get').map(({ id }) => id));
  expect(objects.size).toBeLessThanOrEqual(4);
  await tree.close();
});

test('a range that touches the ends of commits has all that is in it', async () => {
  const backend = await grown();
  const tree = await Infinitree.open(VersionedMap<number, string>, { backend, key, readonly: true });
  for (const [gte, lt] of [
    [EACH - 1, EACH + 1],
    [EACH, EACH],
    [EACH, 2 * EACH],
    [2 * EACH - 1, 4 * EACH + 1],
    [COMMITS * EACH - 1, COMMITS * EACH + 5],
  ] as const) {
    let count = 0;
    for await (const _ of tree.entries('root', { gte, lt })) count += 1;
    expect(count).toBe(Math.min(lt, COMMITS * EACH) - gte);
  }
  await tree.close();
});
