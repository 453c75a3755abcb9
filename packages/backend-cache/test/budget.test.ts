import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SeededRandom } from '@infinitree/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CacheBackend } from '../src/index.js';
import { KIB, Scene, sampleBytes, sampleId } from './scene.js';

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.make();
});

afterEach(() => scene.end());

/** An object of 64 KiB with its digests. */
const ENTRY = 64 * KIB + 16 + 32;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const sorted = (...picked: readonly number[]) => picked.map(sampleId).sort();

describe('the budget', () => {
  test('keeps what was used last', async () => {
    await scene.store(1, 2, 3, 4);
    const cache = await scene.cache({ maxBytes: 3 * ENTRY });
    for (const n of [1, 2, 3, 1, 4]) await cache.get(sampleId(n));
    expect(await scene.names('cached')).toEqual(sorted(1, 3, 4));
    expect(cache.stats()).toMatchObject({ objects: 3, bytes: 3 * ENTRY, evicted: 1 });
  });

  test('gives up all others before those that were said to be warm', async () => {
    await scene.store(1, 2, 3, 4);
    const cache = await scene.cache({ maxBytes: 2 * ENTRY });
    await cache.get(sampleId(1), { warm: true });
    for (const n of [2, 3, 4]) await cache.get(sampleId(n));
    expect(await scene.names('cached')).toEqual(sorted(1, 4));
    await cache.put(sampleId(5), sampleBytes(5), { warm: true });
    await cache.put(sampleId(6), sampleBytes(6), { warm: true });
    expect(await scene.names('cached')).toEqual(sorted(5, 6));
  });

  test('never gives up what is pinned, and pins no more than there is room for', async () => {
    await scene.store(...numbers(6));
    const cache = await scene.cache({ maxBytes: 2 * ENTRY });
    await cache.keepWarm([sampleId(0)]);
    for (const n of [1, 2, 3]) await cache.get(sampleId(n));
    expect(await scene.names('cached')).toEqual(sorted(0, 3));
    await cache.keepWarm([1, 2, 3, 4].map(sampleId));
    expect(await scene.names('cached')).toHaveLength(2);
    for (const n of numbers(6)) expect(await cache.get(sampleId(n))).toEqual(sampleBytes(n));
    await cache.keepWarm([]);
    await cache.get(sampleId(5));
    await cache.get(sampleId(0));
    expect(await scene.names('cached')).toEqual(sorted(0, 5));
  });

  test('is kept to by what is fetched in advance', async () => {
    await scene.store(...numbers(5));
    const cache = await scene.cache({ maxBytes: 8 * ENTRY });
    const seen: unknown[] = [];
    await cache.preload(numbers(5).map(sampleId), { onProgress: (progress) => void seen.push(progress) });
    expect(seen.at(-1)).toEqual({ done: 5, total: 5 });
    expect(scene.upstream.count('get')).toBe(5);
    await cache.preload(numbers(5).map(sampleId));
    for (const n of numbers(5)) await cache.get(sampleId(n));
    expect(scene.upstream.count('get')).toBe(5);
  });

  test('an object that is larger than it is not kept, and read all the same', async () => {
    await scene.store(1);
    const cache = await scene.cache({ maxBytes: ENTRY - 1 });
    expect(await cache.get(sampleId(1))).toEqual(sampleBytes(1));
    expect(await scene.names('cached')).toEqual([]);
    expect(cache.stats().trouble).toBe(undefined);
  });

  // Whoever adds up what the directory holds must never come to more, at whichever moment.
  test.each(['write-through', 'write-back'] as const)(
    'is never passed by several processes at once: %s',
    async (mode) => {
      const maxBytes = 5 * ENTRY;
      await scene.store(...numbers(30));
      const caches = [await scene.cache({ maxBytes, mode }), await scene.cache({ maxBytes, mode })];
      const random = new SeededRandom(7);
      let [most, running] = [0, true];
      const sampling = (async () => {
        while (running) most = Math.max(most, await scene.bytes());
      })();
      await Promise.all(
        numbers(8).map(async (worker) => {
          for (const n of numbers(12)) {
            const cache = random.pick(caches);
            if (n % 3 === 0) await cache.put(sampleId(1000 + worker * 100 + n), sampleBytes(n));
            else await cache.get(sampleId(random.int(30)));
          }
        }),
      );
      for (const cache of caches) await cache.flush();
      running = false;
      await sampling;
      expect(most).toBeGreaterThan(2 * ENTRY);
      expect(most).toBeLessThanOrEqual(maxBytes);
      for (const cache of caches) expect(cache.stats().trouble).toBe(undefined);
    },
  );

  test('of memory is kept to as well', async () => {
    await scene.store(...numbers(6));
    const cache = CacheBackend.inMemory({ upstream: scene.upstream, maxBytes: 3 * 64 * KIB });
    for (const n of [0, 1, 2, 0, 3]) await cache.get(sampleId(n), { range: [0, 100] });
    expect(cache.stats()).toMatchObject({ objects: 3, bytes: 3 * 64 * KIB, evicted: 1 });
    await cache.get(sampleId(0));
    expect(scene.upstream.count('get')).toBe(4);
    await cache.clear();
    expect(cache.stats()).toMatchObject({ objects: 0, bytes: 0 });
  });
});

describe('a restart', () => {
  test('finds what is there, and what was used last', async () => {
    await scene.store(...numbers(4));
    let now = 0;
    const first = await scene.cache({ now: () => now });
    for (const n of [0, 1, 2]) {
      await first.get(sampleId(n));
      // Files tell times by the millisecond at best.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    now = 3_600_000;
    await first.get(sampleId(0));
    await first.close();
    const second = await scene.cache({ maxBytes: 3 * ENTRY });
    expect(second.stats()).toMatchObject({ objects: 3, bytes: 3 * ENTRY });
    await second.get(sampleId(3));
    expect(await scene.names('cached')).toEqual(sorted(0, 2, 3));
  });

  test('with a smaller budget gives up what is beyond it', async () => {
    await scene.store(...numbers(4));
    const first = await scene.cache();
    for (const n of numbers(4)) await first.get(sampleId(n));
    await first.close();
    const second = await scene.cache({ maxBytes: 2 * ENTRY + 10 });
    expect(second.stats()).toMatchObject({ objects: 2, evicted: 2 });
    expect(await scene.bytes()).toBe(2 * ENTRY);
  });

  test('takes no account of what is none of its business, and leaves it alone', async () => {
    const cache = await scene.cache();
    await cache.close();
    for (const folder of ['cached', 'pending', 'incoming'])
      await writeFile(join(scene.directory, folder, 'x.tmp'), 'stray');
    const again = await scene.cache();
    await again.clear();
    expect(again.stats()).toMatchObject({ objects: 0, unsent: 0 });
    for (const folder of ['cached', 'pending', 'incoming'] as const)
      expect(await scene.names(folder)).toEqual(['x.tmp']);
  });

  test('takes away what a crash has left half-written, once it is an hour old', async () => {
    const cache = await scene.cache({ maxBytes: 10 * ENTRY });
    const [old, young] = [`${'a'.repeat(32)}-${ENTRY}`, `${'b'.repeat(32)}-${ENTRY}`];
    for (const name of [old, young]) await writeFile(join(scene.directory, 'incoming', name), 'half');
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(join(scene.directory, 'incoming', old), longAgo, longAgo);
    await scene.store(1);
    await cache.get(sampleId(1));
    expect(await scene.names('incoming')).toEqual([young]);
  });
});
