import { readFile } from 'node:fs/promises';
import { InfinitreeError, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CacheBackend } from '../src/index.js';
import { codeOf, idsOf, KIB, Scene, sampleBytes, sampleId } from './scene.js';

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.make();
});

afterEach(() => scene.end());

const ENTRY = 64 * KIB + 16 + 32;
const id = sampleId(1);
const bytes = sampleBytes(1);
const lost = () => new InfinitreeError('BACKEND', 'the bucket cannot be reached', { retryable: true });

/** No object arrives upstream until that is healed. */
function cutOff(): void {
  scene.upstream.fail({ verb: 'put', forever: true, error: lost });
}

describe('a cache that writes back', () => {
  test('takes an object while upstream cannot be reached, and shows it', async () => {
    cutOff();
    const cache = await scene.cache({ mode: 'write-back' });
    await cache.put(id, bytes);
    expect(await cache.get(id)).toEqual(bytes);
    expect(await cache.get(id, { fresh: true, range: [3, 9] })).toEqual(bytes.slice(3, 9));
    expect(await idsOf(cache.list())).toEqual([id]);
    expect(await cache.ages?.([id, sampleId(2)])).toEqual([0, undefined]);
    expect(await codeOf(cache.put(id, bytes))).toBe('EXISTS');
    expect(cache.stats()).toMatchObject({ objects: 0, unsent: 1 });
    expect(await scene.memory.get(id)).toBe(undefined);
  });

  test('flush waits for what is on its way, or says why it is not there', async () => {
    cutOff();
    const cache = await scene.cache({ mode: 'write-back' });
    await cache.put(id, bytes);
    expect(await cache.flush().catch((error: unknown) => error)).toMatchObject({ message: lost().message });
    scene.upstream.heal();
    await cache.flush();
    expect(await scene.memory.get(id)).toEqual(bytes);
    expect(await scene.names('pending')).toEqual([]);
    expect(await scene.names('cached')).toEqual([id]);
    expect(cache.stats()).toMatchObject({ objects: 1, unsent: 0 });
  });

  test('writes no head before all that it may refer to has arrived', async () => {
    cutOff();
    const cache = await scene.cache({ mode: 'write-back' });
    const heads = cache.heads as MemoryBackend['heads'];
    await cache.put(id, bytes);
    expect(await codeOf(heads.cas(sampleId(2), bytes, null))).toBe('BACKEND');
    expect(scene.upstream.count('heads.cas')).toBe(0);
    scene.upstream.heal();
    scene.upstream.clearLog();
    expect(await heads.cas(sampleId(2), bytes, null)).not.toBe(undefined);
    expect(scene.upstream.log.map(({ verb }) => verb)).toEqual(['put', 'heads.cas']);
  });

  test('takes a lost answer for the success it was', async () => {
    scene.upstream.fail({ verb: 'put', when: 'after', error: lost });
    const cache = await scene.cache({ mode: 'write-back' });
    await cache.put(id, bytes);
    await codeOf(cache.flush());
    await cache.flush();
    expect(cache.stats().unsent).toBe(0);
  });

  test('does not take what stands upstream under the same id for what it has to send', async () => {
    await scene.memory.put(id, sampleBytes(2));
    const cache = await scene.cache({ mode: 'write-back' });
    await cache.put(id, bytes);
    expect(await codeOf(cache.flush())).toBe('EXISTS');
    expect(await scene.memory.get(id)).toEqual(sampleBytes(2));
  });

  test('does not send what was deleted', async () => {
    cutOff();
    const cache = await scene.cache({ mode: 'write-back' });
    await cache.put(id, bytes);
    await cache.delete([id]);
    scene.upstream.heal();
    await cache.flush();
    expect(await scene.memory.get(id)).toBe(undefined);
    expect(await cache.get(id)).toBe(undefined);
    expect(await scene.names('pending')).toEqual([]);
  });

  test('waits for room where its budget is full of what has to be sent', async () => {
    const cache = await scene.cache({ mode: 'write-back', maxBytes: 4 * ENTRY });
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => cache.put(sampleId(n), sampleBytes(n))));
    await cache.flush();
    expect((await idsOf(scene.memory.list())).length).toBe(8);
  });

  test('sends at once what it has no room for', async () => {
    const cache = await scene.cache({ mode: 'write-back', maxBytes: ENTRY });
    await cache.put(id, bytes);
    expect(await scene.memory.get(id)).toEqual(bytes);
    cutOff();
    expect(await codeOf(cache.put(sampleId(2), sampleBytes(2)))).toBe('BACKEND');
  });

  test('does not send what its directory has damaged, and says so until that is over', async () => {
    cutOff();
    const cache = await scene.cache({ mode: 'write-back' });
    await cache.put(id, bytes);
    await codeOf(cache.flush());
    await scene.damage(1, (stored) => stored.fill(0, 5, 6), 'pending');
    scene.upstream.heal();
    const error: unknown = await cache.flush().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', message: expect.stringContaining('damaged') });
    expect(await codeOf(cache.get(id))).toBe('BACKEND');
    expect(await scene.memory.get(id)).toBe(undefined);
  });

  test('does not believe its directory, whatever digests stand there', async () => {
    const other = await Scene.make();
    other.upstream.fail({ verb: 'put', forever: true, error: lost });
    await (await other.cache({ mode: 'write-back' })).put(id, sampleBytes(9));
    const forged = await readFile(`${other.directory}/pending/${id}`);
    cutOff();
    const cache = await scene.cache({ mode: 'write-back' });
    await cache.put(id, bytes);
    await codeOf(cache.flush());
    await scene.damage(1, () => forged, 'pending');
    scene.upstream.heal();
    expect(await codeOf(cache.flush())).toBe('BACKEND');
    expect(await scene.memory.get(id)).toBe(undefined);
    await other.end();
  });

  test('gives up waiting when the signal says so', async () => {
    const upstream = new MemoryBackend();
    upstream.put = () => new Promise(() => undefined);
    const cache = await CacheBackend.open({
      upstream,
      directory: scene.directory,
      maxBytes: 2 ** 20,
      mode: 'write-back',
    });
    await cache.put(id, bytes);
    const abort = new AbortController();
    const flushed = codeOf(cache.flush({ signal: abort.signal }));
    abort.abort();
    expect(await flushed).toBe('ABORTED');
  });

  test('hands flush on to what is behind it', async () => {
    const inner = new FailingBackend(await scene.cache({ mode: 'write-back' }));
    const outer = CacheBackend.inMemory({ upstream: inner, maxBytes: 2 ** 20 });
    await outer.put(id, bytes);
    await outer.flush();
    expect(inner.count('flush')).toBe(1);
    expect(await scene.memory.get(id)).toEqual(bytes);
  });
});

test('once it is closed, a cache writes nothing more, though nobody waited for what was put', async () => {
  for (const mode of ['write-back', 'write-through'] as const) {
    const other = await Scene.make();
    await other.store(100);
    const cache = await other.cache({ mode });
    const put = [1, 2, 3, 4, 5, 6].map((n) => codeOf(cache.put(sampleId(n), sampleBytes(n))));
    const got = codeOf(cache.get(sampleId(100)));
    await cache.close();
    const [names, unsent] = [await other.names('cached'), await other.names('pending')];
    await Promise.all([...put, got]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([await other.names('cached'), await other.names('pending')]).toEqual([names, unsent]);
    expect(await other.names('incoming')).toEqual([]);
    await other.end();
  }
});

describe('what a process that is gone has not sent', () => {
  /** One that could not reach the storage, and was closed. */
  async function leaveBehind(): Promise<void> {
    cutOff();
    const cache = await scene.cache({ mode: 'write-back' });
    await cache.put(id, bytes);
    await cache.close();
    expect(await scene.names('pending')).toEqual([id]);
  }

  test.each(['write-back', 'write-through'] as const)('is sent by the next one, with %s too', async (mode) => {
    await leaveBehind();
    scene.upstream.heal();
    const cache = await scene.cache({ mode });
    expect(await cache.get(id)).toEqual(bytes);
    await cache.close();
    expect(await scene.memory.get(id)).toEqual(bytes);
    expect(await scene.names('pending')).toEqual([]);
  });

  test('stays where it cannot be sent either, and holds up nobody', async () => {
    await leaveBehind();
    const cache = await scene.cache({ mode: 'write-back' });
    expect(await codeOf(cache.flush())).toBe('resolved');
    await cache.close();
    expect(await scene.names('pending')).toEqual([id]);
  });

  test('is not sent where it is damaged, and goes', async () => {
    await leaveBehind();
    await scene.damage(1, (stored) => stored.subarray(0, 1000), 'pending');
    scene.upstream.heal();
    await (await scene.cache()).close();
    expect(await scene.memory.get(id)).toBe(undefined);
    expect(await scene.names('pending')).toEqual([]);
  });

  test('is sent once more where two do it at once, which does no harm', async () => {
    await leaveBehind();
    scene.upstream.heal();
    const caches = await Promise.all([scene.cache(), scene.cache(), scene.cache()]);
    for (const cache of caches) await cache.close();
    expect(await scene.memory.get(id)).toEqual(bytes);
    expect(await scene.names('pending')).toEqual([]);
    expect(caches.map((cache) => cache.stats().trouble)).toEqual([undefined, undefined, undefined]);
  });
});
