import { type Backend, type CasHeads, type EpochHeads, MemoryBackend, type ObjectId } from '@infinitree/core';
import { describe, expect, test } from '@jest/globals';
import { type BackendTarget, backendSuite } from '../src/index.js';

/** Runs the suite outside the runner, or one case of it; gives the names of the cases that fail. */
async function failing(target: BackendTarget, only?: string): Promise<string[]> {
  const cases: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  const runner = {
    describe: (_: string, body: () => void) => body(),
    test: (name: string, body: () => Promise<void>) => cases.push({ name, body }),
    expect,
  };
  backendSuite(runner, 'a backend', target);
  const failed: string[] = [];
  for (const { name, body } of cases)
    if (only === undefined || name === only) await body().catch(() => failed.push(name));
  return failed;
}

/** A target whose backends are good ones with something done to them. */
function spoilt(heads: 'cas' | 'epoch', spoil: (backend: Backend, good: Backend) => Partial<Backend>): BackendTarget {
  const make = (good: MemoryBackend<'cas' | 'epoch'>): Backend => {
    const proxy: Backend = {
      capabilities: good.capabilities,
      heads: good.heads,
      keyObjects: good.keyObjects,
      locks: good.locks!,
      put: (...a) => good.put(...a),
      get: (...a) => good.get(...a),
      delete: (...a) => good.delete(...a),
      list: (...a) => good.list(...a),
      close: () => good.close(),
    };
    return { ...proxy, ...spoil(proxy, good) };
  };
  return {
    heads,
    locks: true,
    async open() {
      const good = new MemoryBackend({ heads, locks: true });
      return { backend: make(good), reopen: async () => make(good.reopen()), dispose: async () => {} };
    },
  };
}

const epoch = (backend: Backend) => backend.heads as EpochHeads;
const cas = (backend: Backend) => backend.heads as CasHeads;

describe('the conformance suite', () => {
  test('has nothing against a good backend', async () => {
    expect(await failing(spoilt('cas', () => ({})))).toEqual([]);
    expect(await failing(spoilt('epoch', () => ({})))).toEqual([]);
  });

  test('has at least sixty cases for either kind of heads', () => {
    for (const heads of ['cas', 'epoch'] as const) {
      let cases = 0;
      const count = { describe: (_: string, body: () => void) => body(), test: () => (cases += 1), expect };
      backendSuite(
        count,
        'any',
        spoilt(heads, () => ({})),
      );
      expect(cases).toBeGreaterThanOrEqual(60);
    }
  });

  const breaks: [string, 'cas' | 'epoch', string, (backend: Backend, good: Backend) => Partial<Backend>][] = [
    [
      'overwrites',
      'cas',
      'a put to a taken id is EXISTS and overwrites nothing',
      (backend) => ({
        put: async (id, bytes, options) => {
          if (options?.signal === undefined) await backend.delete([id]);
          await backend.put(id, bytes, options);
        },
      }),
    ],
    [
      'is silent about a taken id',
      'cas',
      'of twenty racing puts one wins, and its bytes are whole',
      (backend) => ({ put: (id, bytes, options) => backend.put(id, bytes, options).catch(ignore('EXISTS')) }),
    ],
    [
      'hands out what it stores',
      'cas',
      'bytes handed out belong to the caller',
      (backend) => {
        const cache = new Map<ObjectId, Uint8Array>();
        return {
          get: async (id, options) => {
            const known = cache.get(id);
            if (known !== undefined && options?.range === undefined) return known;
            const bytes = await backend.get(id, options);
            if (bytes !== undefined && options?.range === undefined) cache.set(id, bytes);
            return bytes;
          },
        };
      },
    ],
    [
      'ignores ranges',
      'cas',
      'a range in the middle gives what is there',
      (backend) => ({ get: (id, options) => backend.get(id, options?.signal ? { signal: options.signal } : {}) }),
    ],
    [
      'stores whole buffers',
      'cas',
      'of a view into a larger buffer only the view is stored',
      (backend) => ({ put: (id, bytes, options) => backend.put(id, new Uint8Array(bytes.buffer), options) }),
    ],
    [
      'forgets part of a listing',
      'cas',
      'a listing names every object once',
      (backend) => ({
        async *list(options) {
          let n = 0;
          for await (const id of backend.list(options)) if (n++ !== 50) yield id;
        },
      }),
    ],
    [
      'fails on absent objects',
      'cas',
      'deleting what is absent, twice, or nothing at all is no error',
      (backend) => ({
        delete: async (ids, options) => {
          for (const id of ids) if ((await backend.get(id, options)) === undefined) throw new Error('absent');
          await backend.delete(ids, options);
        },
      }),
    ],
    [
      'ignores signals',
      'cas',
      'put does nothing for a signal that was aborted before',
      (backend) => ({ put: (id, bytes) => backend.put(id, bytes) }),
    ],
    [
      'aborts too late',
      'cas',
      'put does nothing for a signal that was aborted before',
      (backend) => ({
        put: async (id, bytes, options) => {
          await backend.put(id, bytes);
          await backend.get(id, options);
        },
      }),
    ],
    ['cannot be closed', 'cas', 'get after close is CLOSED', () => ({ close: async () => {} })],
    [
      'swaps without comparing',
      'cas',
      'a write under an outdated version does not hold',
      (backend) => ({
        heads: {
          ...cas(backend),
          cas: async (id, bytes, etag, options) => {
            const now = etag === null ? null : ((await cas(backend).read(id, options))?.etag ?? etag);
            return cas(backend).cas(id, bytes, now, options);
          },
        },
      }),
    ],
    [
      'compares and swaps in two steps',
      'cas',
      'of twenty racing replacements one wins',
      (backend) => ({
        heads: {
          ...cas(backend),
          cas: async (id, bytes, etag, options) => {
            const before = await cas(backend).read(id, options);
            if ((before?.etag ?? null) !== etag) return undefined;
            await new Promise((resolve) => setTimeout(resolve, 5));
            const now = (await cas(backend).read(id, options))?.etag ?? null;
            return cas(backend).cas(id, bytes, now, options);
          },
        },
      }),
    ],
    [
      'lets everybody claim',
      'epoch',
      'of twenty racing claims one wins',
      (backend) => ({
        heads: {
          ...epoch(backend),
          claim: (name, options) =>
            epoch(backend)
              .claim(name, options)
              .then(() => true),
        },
      }),
    ],
    [
      'appends to what is not there',
      'epoch',
      'appending to an absent head, or syncing one, is an error and creates nothing',
      (backend) => ({
        heads: {
          ...epoch(backend),
          append: async (id, offset, bytes, options) => {
            if ((await epoch(backend).read(id, options)) === undefined) await epoch(backend).create(id, bytes);
            else await epoch(backend).append(id, offset, bytes, options);
          },
        },
      }),
    ],
    [
      'keeps appends to itself until it is closed',
      'epoch',
      'what was appended and synced is seen by every backend, and after a close',
      (backend) => ({ heads: { ...epoch(backend), append: async () => {} } }),
    ],
    [
      'releases nothing',
      'epoch',
      'a released claim is gone, the others stay',
      (backend) => ({ heads: { ...epoch(backend), release: async () => {} } }),
    ],
    [
      'thinks that everybody is gone',
      'epoch',
      'the own holder is somebody, and is not gone',
      (backend) => ({ locks: { ...backend.locks!, describe: () => ({ text: 'nobody', gone: true }) } }),
    ],
    [
      'leaves key objects in a cache',
      'cas',
      'a deleted key object is absent for every backend at once',
      (backend) => {
        const cache = new Map<ObjectId, Uint8Array>();
        const get: Backend['keyObjects']['get'] = async (id, options) => {
          const bytes = cache.get(id) ?? (await backend.keyObjects.get(id, options));
          if (bytes !== undefined) cache.set(id, bytes.slice());
          return bytes?.slice();
        };
        return { keyObjects: { ...backend.keyObjects, get } };
      },
    ],
  ];
  test.each(breaks)('finds a backend that %s', async (_, heads, title, spoil) => {
    expect(
      await failing(
        spoilt(heads, () => ({})),
        title,
      ),
    ).toEqual([]);
    expect(await failing(spoilt(heads, spoil), title)).toEqual([title]);
  });

  test('finds a backend that declares something else than it was said to be', async () => {
    const target = { ...spoilt('cas', () => ({})), locks: false };
    expect(await failing(target)).toContain('it declares what it was said to be');
  });

  test('closes all it opened and disposes of the storage, also after a failure', async () => {
    let open = 0;
    let stores = 0;
    const count = (backend: Backend): Backend => {
      open += 1;
      let closed = false;
      const close = async () => {
        if (!closed) open -= 1;
        closed = true;
        await backend.close();
      };
      return Object.assign(Object.create(backend) as Backend, { close, put: () => Promise.reject(new Error('no')) });
    };
    await failing({
      heads: 'cas',
      async open() {
        const backend = new MemoryBackend();
        stores += 1;
        return {
          backend: count(backend),
          reopen: async () => count(backend.reopen()),
          dispose: async () => {
            expect(open).toBe(0);
            stores -= 1;
          },
        };
      },
    });
    expect([open, stores]).toEqual([0, 0]);
  });
});

/** Turns one of our errors into success. */
function ignore(code: string): (error: unknown) => void {
  return (error) => {
    if ((error as { code?: string }).code !== `INFINITREE_${code}`) throw error;
  };
}
