import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Backend, openBackend, registerBackend } from '@infinitree/core';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CacheBackend, type CacheStats } from '../src/index.js';
import { codeOf, Scene, sampleBytes, sampleId } from './scene.js';

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.make();
});

afterEach(() => scene.end());

const urlOf = (query: string) => `cache://${pathToFileURL(scene.directory).pathname}?${query}`;

function statsOf(backend: Backend): CacheStats {
  if (!(backend instanceof CacheBackend)) throw new Error('that is no cache');
  return backend.stats();
}

describe('a cache URL', () => {
  test('opens a cache before what its upstream parameter names', async () => {
    const upstream = encodeURIComponent('memory:cache-url');
    const cache = await openBackend(urlOf(`max=10MiB&upstream=${upstream}`));
    await cache.put(sampleId(1), sampleBytes(1));
    expect(statsOf(cache)).toMatchObject({ objects: 1, maxBytes: 10 * 2 ** 20 });
    expect(await (await openBackend('memory:cache-url')).get(sampleId(1))).toEqual(sampleBytes(1));
    await cache.close();
    expect(await scene.names('cached')).toEqual([sampleId(1)]);
  });

  test('nests, and closes all that it has opened', async () => {
    let closed = 0;
    registerBackend('closing', async () => {
      const backend = await openBackend('memory:');
      backend.close = async () => void (closed += 1);
      return backend;
    });
    const disk = urlOf(`max=1GB&mode=write-back&upstream=${encodeURIComponent('closing:x?a=b&c=d')}`);
    const cache = await openBackend(`cache:memory?max=64KiB&upstream=${encodeURIComponent(disk)}`);
    await cache.put(sampleId(1), sampleBytes(1, 100));
    await cache.close();
    expect(closed).toBe(1);
    expect(await scene.names('cached')).toEqual([sampleId(1)]);
  });

  test.each([
    ['512', 512],
    ['1.5KiB', 1536],
    ['10GiB', 10 * 2 ** 30],
    ['2tib', 2 * 2 ** 40],
    ['3 MB', 3_000_000],
  ])('takes a budget of %s', async (max, bytes) => {
    const cache = await openBackend(urlOf(`max=${encodeURIComponent(max)}&upstream=memory:`));
    expect(statsOf(cache).maxBytes).toBe(bytes);
    await cache.close();
  });

  test.each([
    ['upstream=memory:', 'budget'],
    ['max=&upstream=memory:', 'budget'],
    ['max=-1&upstream=memory:', 'budget'],
    ['max=10parsec&upstream=memory:', 'budget'],
    ['max=9999999TiB&upstream=memory:', 'budget'],
    ['max=1MiB', 'upstream'],
    ['max=1MiB&upstream=s3://bucket/x?region=here&endpoint=there', 'encodeURIComponent'],
    ['max=1MiB&max=2MiB&upstream=memory:', 'once'],
    ['max=1MiB&mode=sometimes&upstream=memory:', 'mode'],
  ])('is refused with %s', async (query, named) => {
    const error: unknown = await openBackend(urlOf(query)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INFINITREE_INVALID_ARGUMENT', message: expect.stringContaining(named) });
  });

  test.each(['cache:?', 'cache:///?', 'cache://host/dir?', 'cache:dir?', 'cache:memory/x?'])(
    'that begins with %s names no directory',
    async (beginning) => {
      expect(await codeOf(openBackend(`${beginning}max=1MiB&upstream=memory:`))).toBe('INVALID_ARGUMENT');
    },
  );

  test('of a cache in memory cannot write back', async () => {
    expect(await codeOf(openBackend('cache:memory?max=1MiB&mode=write-back&upstream=memory:'))).toBe(
      'INVALID_ARGUMENT',
    );
  });

  test('refuses a secret, also in the URL behind it, and repeats it nowhere', async () => {
    for (const upstream of ['s3://user:hunter2@host/x', 'memory:?token=hunter2']) {
      const url = urlOf(`max=1MiB&upstream=${encodeURIComponent(upstream)}`);
      const error = (await openBackend(url).catch((thrown: unknown) => thrown)) as Error;
      expect(error).toMatchObject({ code: 'INFINITREE_INVALID_ARGUMENT' });
      expect(error.message).toContain('secret');
      expect(JSON.stringify([error.message, String(error.cause), error.stack])).not.toContain('hunter2');
    }
  });

  test('names the package to install where nobody has registered what is behind it', async () => {
    const error: unknown = await openBackend(urlOf('max=1MiB&upstream=s3://bucket')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'INFINITREE_UNSUPPORTED',
      message: expect.stringContaining('@infinitree/backend-s3'),
    });
  });

  test('closes what is behind it where the directory cannot be opened', async () => {
    let closed = 0;
    registerBackend('closing', async () => {
      const backend = await openBackend('memory:');
      backend.close = async () => void (closed += 1);
      return backend;
    });
    await writeFile(join(scene.directory, 'file'), '');
    const url = `cache://${pathToFileURL(join(scene.directory, 'file')).pathname}?max=1MiB&upstream=closing:`;
    expect([await codeOf(openBackend(url)), closed]).toEqual(['BACKEND', 1]);
  });
});
