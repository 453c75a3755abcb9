import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InfinitreeError, MemoryBackend } from '@infinitree/core';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CacheBackend } from '../src/index.js';
import { codeOf, KIB, Scene, sampleBytes, sampleId } from './scene.js';

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.make();
});

afterEach(() => scene.end());

/** An object of 64 KiB with its digests. */
const ENTRY = 64 * KIB + 16 + 32;

describe('a cache', () => {
  test('fetches an object once, and answers from its copy after that', async () => {
    await scene.store(1);
    const cache = await scene.cache();
    for (let i = 0; i < 3; i++) expect(await cache.get(sampleId(1))).toEqual(sampleBytes(1));
    expect(scene.upstream.count('get')).toBe(1);
    expect(cache.stats()).toMatchObject({ objects: 1, bytes: ENTRY, hits: 2, misses: 1 });
  });

  test('keeps what is put, so that it need not be fetched', async () => {
    const cache = await scene.cache();
    await cache.put(sampleId(1), sampleBytes(1));
    expect(await cache.get(sampleId(1))).toEqual(sampleBytes(1));
    expect(scene.upstream.count('get')).toBe(0);
    expect(await scene.memory.get(sampleId(1))).toEqual(sampleBytes(1));
  });

  test('fetches objects whole, also where a part is asked for, and reads the next part from there', async () => {
    await scene.store(1);
    const cache = await scene.cache();
    for (const range of [
      [5, 10],
      [60_000, 70_000],
      [65_535, 65_536],
      [0, 65_536],
      [7, 7],
    ] as const) {
      expect(await cache.get(sampleId(1), { range })).toEqual(sampleBytes(1).slice(...range));
    }
    expect(scene.upstream.count('get')).toBe(1);
  });

  test('fetches once for all who ask at the same time, and gives each bytes of its own', async () => {
    await scene.store(1);
    const cache = await scene.cache();
    const all = await Promise.all(Array.from({ length: 10 }, () => cache.get(sampleId(1))));
    all[0]!.fill(0);
    expect(all.slice(1).every((bytes) => Buffer.compare(bytes!, sampleBytes(1)) === 0)).toBe(true);
    expect(scene.upstream.count('get')).toBe(1);
    expect(cache.stats()).toMatchObject({ misses: 1, shared: 9 });
  });

  test('lets one who gives up go, and goes on for the others', async () => {
    await scene.store(1);
    const cache = await scene.cache();
    const abort = new AbortController();
    const first = codeOf(cache.get(sampleId(1), { signal: abort.signal }));
    const second = cache.get(sampleId(1));
    abort.abort();
    expect(await first).toBe('ABORTED');
    expect(await second).toEqual(sampleBytes(1));
    expect(scene.upstream.count('get')).toBe(1);
  });

  test('aborts a fetch that nobody waits for any more', async () => {
    let seen: AbortSignal | undefined;
    const upstream = new MemoryBackend();
    upstream.get = (_id, options) => {
      seen = options?.signal;
      return new Promise(() => undefined);
    };
    const cache = await scene.cache({ upstream });
    const abort = new AbortController();
    const got = codeOf(cache.get(sampleId(1), { signal: abort.signal }));
    setTimeout(() => abort.abort(), 50);
    expect(await got).toBe('ABORTED');
    expect(seen?.aborted).toBe(true);
  });

  test('does not remember that something was absent', async () => {
    const cache = await scene.cache();
    expect(await cache.get(sampleId(1))).toBe(undefined);
    await scene.store(1);
    expect(await cache.get(sampleId(1))).toEqual(sampleBytes(1));
  });

  test('hands on trouble upstream, and does not remember it', async () => {
    await scene.store(1);
    const cache = await scene.cache();
    scene.upstream.fail({ verb: 'get' });
    expect(await codeOf(cache.get(sampleId(1)))).toBe('BACKEND');
    expect(await cache.get(sampleId(1))).toEqual(sampleBytes(1));
  });

  test('forgets what is deleted', async () => {
    const cache = await scene.cache();
    await cache.put(sampleId(1), sampleBytes(1));
    await cache.delete([sampleId(1)]);
    expect(await cache.get(sampleId(1))).toBe(undefined);
    expect(await scene.names('cached')).toEqual([]);
  });

  test('keeps no copy of what was deleted while it was fetched', async () => {
    const upstream = new MemoryBackend();
    await upstream.put(sampleId(1), sampleBytes(1));
    const cache = await scene.cache({ upstream });
    let [asked, answer] = [() => {}, () => {}];
    const wasAsked = new Promise<void>((resolve) => (asked = resolve));
    const mayAnswer = new Promise<void>((resolve) => (answer = resolve));
    upstream.get = async () => {
      asked();
      await mayAnswer;
      return sampleBytes(1);
    };
    const got = cache.get(sampleId(1));
    await wasAsked;
    await cache.delete([sampleId(1)]);
    answer();
    expect(await got).toEqual(sampleBytes(1));
    expect(await scene.names('cached')).toEqual([]);
  });

  test('holds neither heads nor key objects', async () => {
    const cache = await scene.cache();
    await cache.keyObjects.put(sampleId(1), sampleBytes(1));
    await cache.keyObjects.get(sampleId(1));
    await scene.memory.heads.cas(sampleId(2), sampleBytes(2), null);
    await (cache.heads as typeof scene.memory.heads).read(sampleId(2));
    expect(cache.stats().objects).toBe(0);
    expect(cache.heads).toBe(scene.upstream.heads);
  });

  test('shares its directory with other processes', async () => {
    await scene.store(1);
    const [one, other] = [await scene.cache(), await scene.cache()];
    await one.get(sampleId(1));
    expect(await other.get(sampleId(1))).toEqual(sampleBytes(1));
    expect(scene.upstream.count('get')).toBe(1);
  });
});

describe('a copy that is not what was written', () => {
  const DAMAGES: readonly [string, (bytes: Buffer) => Uint8Array][] = [
    ['with a changed byte', (bytes) => bytes.fill(bytes[70_000 % bytes.length]! ^ 1, 100, 101)],
    ['cut short', (bytes) => bytes.subarray(0, 30_000)],
    ['that is empty', () => new Uint8Array(0)],
    ['that grew', (bytes) => Buffer.concat([bytes, bytes])],
    ['all zeros', (bytes) => bytes.fill(0)],
    ['with a changed digest', (bytes) => bytes.fill(bytes.at(-40)! ^ 1, bytes.length - 40, bytes.length - 39)],
    ['with a changed footer', (bytes) => bytes.fill(bytes.at(-1)! ^ 1, bytes.length - 1)],
  ];

  test.each(DAMAGES)('%s is fetched again, and replaced', async (_, change) => {
    await scene.store(1);
    const cache = await scene.cache();
    await cache.get(sampleId(1));
    await scene.damage(1, change);
    expect(await cache.get(sampleId(1), { range: [50, 150] })).toEqual(sampleBytes(1).slice(50, 150));
    expect(await cache.get(sampleId(1))).toEqual(sampleBytes(1));
    expect([scene.upstream.count('get'), cache.stats().healed]).toEqual([2, 1]);
  });

  test('but another object is fetched again', async () => {
    await scene.store(1, 2);
    const cache = await scene.cache();
    await cache.get(sampleId(2));
    await cache.get(sampleId(1));
    const other = await import('node:fs/promises').then((fs) =>
      fs.readFile(join(scene.directory, 'cached', sampleId(2))),
    );
    await scene.damage(1, () => other);
    expect(await cache.get(sampleId(1))).toEqual(sampleBytes(1));
  });

  test('is replaced when somebody asks past the cache, though its digests are right', async () => {
    await scene.store(1);
    const foreign = await Scene.make();
    await foreign.memory.put(sampleId(1), sampleBytes(9));
    await (await foreign.cache()).get(sampleId(1));
    const cache = await scene.cache();
    await cache.get(sampleId(1));
    const forged = await readFile(join(foreign.directory, 'cached', sampleId(1)));
    await scene.damage(1, () => forged);
    await foreign.end();
    expect(await cache.get(sampleId(1))).toEqual(sampleBytes(9));
    expect(await cache.get(sampleId(1), { fresh: true, range: [0, 9] })).toEqual(sampleBytes(1).slice(0, 9));
    expect(await cache.get(sampleId(1))).toEqual(sampleBytes(1));
  });

  test('goes where upstream does not have it any more', async () => {
    await scene.store(1);
    const cache = await scene.cache();
    await cache.get(sampleId(1));
    await scene.memory.delete([sampleId(1)]);
    expect(await cache.get(sampleId(1), { fresh: true })).toBe(undefined);
    expect(await scene.names('cached')).toEqual([]);
  });
});

describe('trouble with the directory', () => {
  test('is trouble for nobody who reads or writes, and told by the stats', async () => {
    await scene.store(1);
    const cache = await scene.cache();
    await rm(join(scene.directory, 'incoming'), { recursive: true });
    await rm(join(scene.directory, 'cached'), { recursive: true });
    await writeFile(join(scene.directory, 'cached'), 'no folder');
    expect(await cache.get(sampleId(1))).toEqual(sampleBytes(1));
    await cache.put(sampleId(2), sampleBytes(2));
    expect(await scene.memory.get(sampleId(2))).toEqual(sampleBytes(2));
    const { trouble } = cache.stats();
    expect(trouble).toBeInstanceOf(InfinitreeError);
    expect(trouble?.message).toContain(scene.directory);
  });

  test('keeps a cache from being opened', async () => {
    await writeFile(join(scene.directory, 'file'), '');
    const error: unknown = await scene
      .cache({ directory: join(scene.directory, 'file') })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', message: expect.stringContaining('ENOTDIR') });
    // Whoever is root may write everywhere.
    if (process.getuid?.() === 0) return;
    await mkdir(join(scene.directory, 'locked'));
    await chmod(join(scene.directory, 'locked'), 0o500);
    expect(await codeOf(scene.cache({ directory: join(scene.directory, 'locked') }))).toBe('BACKEND');
  });

  test.each([
    [{ maxBytes: -1 }, 'maxBytes'],
    [{ maxBytes: 1.5 }, 'maxBytes'],
    [{ mode: 'both' as 'write-back' }, 'mode'],
    [{ upstream: 'memory:' as never }, 'upstream'],
    [{ directory: '' }, 'path'],
    [{ directory: new URL('https://example.org/x') }, 'file'],
  ])('does not come from nonsense: %j', async (options, named) => {
    const error: unknown = await scene.cache(options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INFINITREE_INVALID_ARGUMENT', message: expect.stringContaining(named) });
  });

  test('nor from nothing', () => {
    expect(() => CacheBackend.inMemory(undefined as never)).toThrow('options');
  });
});
