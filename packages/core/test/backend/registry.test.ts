import { describe, expect, test } from '@jest/globals';
import { MemoryBackend } from '../../src/backend/memory.js';
import { openBackend, registerBackend } from '../../src/backend/registry.js';
import { InfinitreeError } from '../../src/errors.js';
import type { ObjectId } from '../../src/format/ids.js';

const id = (n: number) => n.toString(16).padStart(64, '0') as ObjectId;

/** Everything of an error that could end up in a log. */
async function failure(url: string | URL): Promise<{ code: string; text: string; cause: unknown }> {
  const error: unknown = await openBackend(url).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InfinitreeError)) throw new Error(`${String(url)} was opened`);
  return { code: error.code, text: `${error.message} ${error.stack ?? ''}`, cause: error.cause };
}

describe('memory: URLs', () => {
  test('each memory: is a fresh store', async () => {
    const [a, b] = [await openBackend('memory:'), await openBackend(new URL('memory:'))];
    await a.put(id(1), Uint8Array.of(1));
    expect(await b.get(id(1))).toBeUndefined();
  });

  test('memory:name is shared within the process and outlives a close', async () => {
    const a = await openBackend('memory:shared-by-two');
    const b = await openBackend('memory:shared-by-two');
    await a.put(id(1), Uint8Array.of(1));
    await a.close();
    expect(await b.get(id(1))).toEqual(Uint8Array.of(1));
    expect(await (await openBackend('memory:shared-by-two')).get(id(1))).toEqual(Uint8Array.of(1));
    expect(await (await openBackend('memory:another')).get(id(1))).toBeUndefined();
  });

  test.each(['memory://name', 'memory:?heads=epoch', 'memory:name#part'])('%s is refused', async (url) => {
    expect((await failure(url)).code).toBe('INFINITREE_INVALID_ARGUMENT');
  });
});

describe('schemes', () => {
  test.each([
    ['file:///var/lib/app', '@infinitree/backend-directory'],
    ['s3://bucket/prefix', '@infinitree/backend-s3'],
    ['minio://host/bucket', '@infinitree/backend-minio'],
    ['cache:///var/cache/app', '@infinitree/backend-cache'],
  ])('%s names the package that is missing', async (url, name) => {
    const { code, text } = await failure(url);
    expect(code).toBe('INFINITREE_UNSUPPORTED');
    expect(text).toContain(name);
  });

  test.each(['nothing:here', 'constructor:x'])('%s names no package', async (url) => {
    const { code, text } = await failure(url);
    expect(code).toBe('INFINITREE_UNSUPPORTED');
    expect(text).toContain('registerBackend');
    expect(text).not.toContain('@infinitree/backend');
  });

  test('a registered one is opened, and the last registration counts', async () => {
    const backend = new MemoryBackend();
    const seen: string[] = [];
    registerBackend('x-test', () => Promise.reject(new Error('replaced')));
    registerBackend('x-test', async (url) => {
      seen.push(url.href);
      return backend;
    });
    expect(await openBackend('x-test://host/path')).toBe(backend);
    expect(seen).toEqual(['x-test://host/path']);
  });

  test.each(['', 'File', 'file:', '1x'])('%j is no scheme', (scheme) => {
    const open = async () => new MemoryBackend();
    expect(() => registerBackend(scheme, open)).toThrow('A scheme is');
  });

  test('a path is no URL, and is not repeated', async () => {
    const { code, text, cause } = await failure('./private-place');
    expect(code).toBe('INFINITREE_INVALID_ARGUMENT');
    expect(text).not.toContain('private-place');
    expect(cause).toBeUndefined();
  });

  test.each(['file:data', 'file:./data', 'FILE:../data'])('%s would silently name another place', async (url) => {
    const { code, text } = await failure(url);
    expect(code).toBe('INFINITREE_INVALID_ARGUMENT');
    expect(text).toContain('pathToFileURL');
  });

  test('an aborted signal opens nothing', async () => {
    const reason = new Error('enough');
    await expect(openBackend('memory:', { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: 'INFINITREE_ABORTED',
      cause: reason,
    });
  });
});

describe('secrets in URLs', () => {
  test.each([
    's3://user:hunter2@bucket/prefix',
    'minio:user:hunter2@host/bucket',
    's3://bucket?secretAccessKey=hunter2',
    's3://bucket?region=eu&session_token=hunter2',
    's3://bucket?X-Amz-Signature=hunter2',
    's3://bucket?PASSWORD=hunter2',
    's3://bucket?api-key=hunter2',
    's3://bucket?sig=hunter2',
    's3://bucket?dbPwd=hunter2',
    's3://bucket?apiKey=hunter2',
    's3://bucket#token=hunter2',
    'nothing://user:hunter2@host',
    'memory:?password=hunter2',
  ])('%s is refused without being repeated', async (url) => {
    const { code, text, cause } = await failure(url);
    expect(code).toBe('INFINITREE_INVALID_ARGUMENT');
    expect(text).toContain('must not carry a secret');
    expect(text).not.toContain('hunter2');
    expect(cause).toBeUndefined();
  });

  test.each(['s3://bucket/token/secret?region=eu&design=x', 's3://user@bucket', 's3://bucket?author=me'])(
    '%s holds none',
    async (url) => {
      expect((await failure(url)).code).toBe('INFINITREE_UNSUPPORTED');
    },
  );
});
