import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Infinitree, InfinitreeError, isInfinitreeError, Key, VersionedMap } from '@infinitree/core';
import { Field, Index } from '@infinitree/schema';
import { SeededRandom } from '@infinitree/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CacheBackend } from '../src/index.js';
import { Scene } from './scene.js';

@Index()
class Pictures {
  @Field() names = new VersionedMap<number, string>();
  @Field({ strategy: 'sparse' }) pixels = new VersionedMap<number, Uint8Array>();
}

const key = Key.fromBytes(new Uint8Array(32).fill(3));
const OBJECT_SIZE = 65_536;
let scene: Scene;

beforeEach(async () => {
  scene = await Scene.make();
});

afterEach(() => scene.end());

const pixelsOf = (n: number) => new SeededRandom(n).bytes(20_000);

function paint(tree: Infinitree<Pictures>, from: number, to: number): void {
  for (let n = from; n < to; n++) {
    tree.index.names.set(n, `picture ${n}`);
    tree.index.pixels.set(n, pixelsOf(n));
  }
}

/** A tree with pictures, made past the cache; all of it is folded into objects. */
async function painted(count: number): Promise<void> {
  const tree = await Infinitree.create(Pictures, { backend: scene.memory, key, objectSize: OBJECT_SIZE });
  paint(tree, 0, count);
  await tree.commit('pictures');
  await tree.close();
}

async function expectPictures(backend: CacheBackend | typeof scene.memory, count: number): Promise<void> {
  const tree = await Infinitree.open(Pictures, { backend, key, readonly: true });
  let seen = 0;
  for await (const [n, pixels] of tree.entries('pixels')) {
    expect(Buffer.compare(pixels, pixelsOf(n))).toBe(0);
    seen += 1;
  }
  expect(seen).toBe(count);
  await tree.close();
}

describe('a tree behind a cache', () => {
  test('fetches each object once for a full iteration, and none for the next', async () => {
    await painted(40);
    const cache = await scene.cache();
    await expectPictures(cache, 40);
    const fetched = scene.upstream.log.flatMap(({ verb, ids }) => (verb === 'get' ? ids : []));
    expect(fetched.length).toBeGreaterThan(10);
    expect(new Set(fetched).size).toBe(fetched.length);
    await expectPictures(cache, 40);
    expect(scene.upstream.count('get')).toBe(fetched.length);
  });

  test('with a warm cache asks for nothing but key object and heads', async () => {
    await painted(10);
    await expectPictures(await scene.cache(), 10);
    scene.upstream.clearLog();
    await expectPictures(await scene.cache(), 10);
    expect([...new Set(scene.upstream.log.map(({ verb }) => verb))].sort()).toEqual(['heads.read', 'keyObjects.get']);
  });

  test('keeps index objects rather than others', async () => {
    const made = await Infinitree.create(Pictures, { backend: scene.memory, key, objectSize: OBJECT_SIZE });
    // More than rides in a head.
    for (let n = 40; n < 3000; n++) made.index.names.set(n, Buffer.from(new SeededRandom(n).bytes(30)).toString('hex'));
    paint(made, 0, 40);
    await made.commit('pictures');
    await made.close();
    const cache = await scene.cache({ maxBytes: 8 * (OBJECT_SIZE + 48) });
    const open = () => Infinitree.open(Pictures, { backend: cache, key, readonly: true });
    const before = await open();
    expect(await before.get('names', 7)).toBe('picture 7');
    await before.close();
    await expectPictures(cache, 40);
    expect(cache.stats().evicted).toBeGreaterThan(6);
    scene.upstream.clearLog();
    const tree = await open();
    expect(await tree.get('names', 7)).toBe('picture 7');
    expect(await tree.has('pixels', 7)).toBe(true);
    expect(scene.upstream.count('get')).toBe(0);
    await tree.close();
  });

  test('reads past a cache that holds what the tree did not write, and heals it', async () => {
    await painted(10);
    const cache = await scene.cache();
    await expectPictures(cache, 10);
    // As a power cut, a bad disk or an attacker might: all copies are replaced, with digests that are right.
    const foreign = await Scene.make();
    for (const name of await scene.names('cached')) {
      await foreign.memory.put(name as never, new SeededRandom(1).bytes(OBJECT_SIZE));
      await (await foreign.cache()).get(name as never);
      const forged = await readFile(join(foreign.directory, 'cached', name));
      await writeFile(join(scene.directory, 'cached', name), forged);
    }
    await foreign.end();
    await expectPictures(cache, 10);
    const { healed } = cache.stats();
    expect(healed).toBe((await scene.names('cached')).length);
    await expectPictures(cache, 10);
    expect(cache.stats().healed).toBe(healed);
  });

  test('stands whole in the storage as soon as a commit has returned: write-back', async () => {
    const cache = await scene.cache({ mode: 'write-back' });
    const tree = await Infinitree.create(Pictures, { backend: cache, key, objectSize: OBJECT_SIZE });
    for (let i = 0; i < 5; i++) {
      paint(tree, i * 8, (i + 1) * 8);
      await tree.commit(`pictures ${i}`);
      await expectPictures(scene.memory, (i + 1) * 8);
    }
    await tree.blobs.put(new SeededRandom(5).bytes(200_000));
    await tree.close();
  });

  test('tells a commit that cannot be sent as trouble and not as doubt, and makes it later', async () => {
    const cache = await scene.cache({ mode: 'write-back' });
    const tree = await Infinitree.create(Pictures, { backend: cache, key, objectSize: OBJECT_SIZE });
    const lost = () => new InfinitreeError('BACKEND', 'the bucket cannot be reached', { retryable: true });
    scene.upstream.fail({ verb: 'put', forever: true, error: lost });
    paint(tree, 0, 8);
    const failure: unknown = await tree.commit('pictures').catch((error: unknown) => error);
    expect(isInfinitreeError(failure, 'BACKEND')).toBe(true);
    scene.upstream.heal();
    await tree.commit('pictures');
    await expectPictures(scene.memory, 8);
    await tree.close();
  });

  test('shows no lost commit, and no doubt about one, for any single failure upstream: write-back', async () => {
    const calls = await callsOfACommit();
    expect(calls).toBeGreaterThanOrEqual(4);
    for (let nth = 1; nth <= calls; nth++) {
      for (const when of ['before', 'after'] as const) {
        const inner = await Scene.make();
        const cache = await inner.cache({ mode: 'write-back' });
        const tree = await Infinitree.create(Pictures, { backend: cache, key, objectSize: OBJECT_SIZE });
        inner.upstream.fail({ nth, when });
        paint(tree, 0, 8);
        const first: unknown = await tree.commit('first').catch((error: unknown) => error);
        if (isInfinitreeError(first)) await tree.commit('again');
        const reader = await Infinitree.open(Pictures, { backend: inner.memory, key, readonly: true });
        expect((await reader.commits()).length).toBe(1);
        expect(await reader.get('pixels', 7)).toEqual(pixelsOf(7));
        await reader.close();
        await tree.close();
        await inner.end();
      }
    }
  });
});

/** How many calls reach the storage for it. */
async function callsOfACommit(): Promise<number> {
  const cache = await scene.cache({ mode: 'write-back' });
  const tree = await Infinitree.create(Pictures, { backend: cache, key, objectSize: OBJECT_SIZE });
  scene.upstream.clearLog();
  paint(tree, 0, 8);
  await tree.commit('counted');
  const calls = scene.upstream.count();
  await tree.close();
  return calls;
}
