import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  type Backend,
  type BackendEvent,
  type CasHeads,
  InfinitreeError,
  LimitedBackend,
  MemoryBackend,
  type MemoryOptions,
  MeteredBackend,
  type ObjectId,
  RetryingBackend,
} from '@infinitree/core';
import { describe, expect, test } from '@jest/globals';
import { type BackendTarget, backendSuite, DelayedBackend, FailingBackend, SeededRandom } from '../src/index.js';
import { codeOf, idsOf, sampleBytes, sampleId } from '../src/suite/samples.js';

const id = sampleId(1);
const bytes = sampleBytes(1);

/** Timers that are due at once, and the waits they were asked for. */
function impatient() {
  const waits: number[] = [];
  const timer = {
    after(ms: number, then: () => void) {
      waits.push(ms);
      queueMicrotask(then);
      return () => undefined;
    },
  };
  return { waits, timer, environment: { timer, random: new SeededRandom(1) } };
}

const WRAPPERS: readonly [string, (inner: Backend) => Backend][] = [
  ['RetryingBackend', (inner) => new RetryingBackend(inner, { environment: impatient().environment })],
  ['LimitedBackend', (inner) => new LimitedBackend(inner, { concurrency: 2 })],
  ['MeteredBackend', (inner) => new MeteredBackend(inner, { channel: { hasSubscribers: true, publish: () => {} } })],
  ['DelayedBackend', (inner) => new DelayedBackend(inner, { latencyMs: 1, timer: impatient().timer })],
];

function wrapped(options: Required<MemoryOptions>, wrap: (inner: Backend) => Backend): BackendTarget {
  return {
    heads: options.heads,
    locks: options.locks,
    async open() {
      const inner = new MemoryBackend(options);
      return { backend: wrap(inner), reopen: async () => wrap(inner.reopen()), dispose: async () => {} };
    },
  };
}

for (const [name, wrap] of WRAPPERS) {
  backendSuite(
    { describe, test, expect },
    `${name} (cas)`,
    wrapped({ heads: 'cas', ranges: true, locks: false }, wrap),
  );
  const epoch = { heads: 'epoch', ranges: false, locks: true } as const;
  backendSuite({ describe, test, expect }, `${name} (epoch)`, wrapped(epoch, wrap));
}

describe('every wrapper', () => {
  test.each(WRAPPERS)('%s has the members that the inner backend has, and no others', (_, wrap) => {
    const bare = wrap({ ...bareBackend(), flush: async () => {} });
    expect([bare.ages, bare.sweep, bare.locks].map((member) => typeof member)).toEqual(Array(3).fill('undefined'));
    expect(typeof bare.flush).toBe('function');
    expect(typeof wrap(new MemoryBackend({ locks: true })).locks).toBe('object');
  });

  test.each(WRAPPERS)('%s hands options on as they are', async (_, wrap) => {
    const seen: unknown[] = [];
    const inner = bareBackend();
    const recording: Backend = {
      ...inner,
      put: async (_id, _bytes, options) => void seen.push(options),
      get: async (_id, options) => void seen.push(options),
    };
    const signal = new AbortController().signal;
    const get = { range: [1, 2] as const, fresh: true, warm: true, signal };
    await wrap(recording).put(id, bytes, { warm: true, signal });
    await wrap(recording).get(id, get);
    expect(seen).toEqual([{ warm: true, signal }, get]);
  });
});

/** A backend without any of the optional members. */
function bareBackend(): Backend {
  const inner = new MemoryBackend();
  return {
    capabilities: inner.capabilities,
    heads: inner.heads,
    keyObjects: inner.keyObjects,
    put: (...a) => inner.put(...a),
    get: (...a) => inner.get(...a),
    delete: (...a) => inner.delete(...a),
    list: (...a) => inner.list(...a),
    close: () => inner.close(),
  };
}

describe('RetryingBackend', () => {
  const over = (inner: Backend, attempts = 3) => {
    const { waits, environment } = impatient();
    return { backend: new RetryingBackend(inner, { attempts, environment }), waits };
  };

  test('makes a call again that failed in passing, and waits in between', async () => {
    const inner = new FailingBackend(new MemoryBackend(), { verb: 'get', nth: 1 }, { verb: 'get', nth: 2 });
    const { backend, waits } = over(inner);
    expect(await backend.get(id)).toBe(undefined);
    expect(inner.count('get')).toBe(3);
    expect(waits).toHaveLength(2);
    expect(waits[0]! <= 100 && waits[1]! <= 200 && waits[0] !== waits[1]).toBe(true);
  });

  test('gives up after so many attempts, with the last error', async () => {
    const inner = new FailingBackend(new MemoryBackend(), { verb: 'put', forever: true });
    expect(await codeOf(over(inner).backend.put(id, bytes))).toBe('BACKEND');
    expect(inner.count('put')).toBe(3);
  });

  test('does not make a call again that cannot succeed', async () => {
    const error = () => new InfinitreeError('BACKEND', 'no permission');
    const inner = new FailingBackend(new MemoryBackend(), { verb: 'get', forever: true, error });
    expect(await codeOf(over(inner).backend.get(id))).toBe('BACKEND');
    expect(inner.count('get')).toBe(1);
  });

  test.each(['put', 'keyObjects.put'] as const)(
    'takes the lost answer of a %s for the success it was',
    async (verb) => {
      const inner = new FailingBackend(new MemoryBackend(), { verb, when: 'after' });
      const { backend } = over(inner);
      const put = (content: Uint8Array) =>
        verb === 'put' ? backend.put(id, content) : backend.keyObjects.put(id, content);
      await put(bytes);
      expect(inner.count(verb)).toBe(2);
      expect(await codeOf(put(bytes))).toBe('EXISTS');
    },
  );

  test('does not take what somebody else has put for its own', async () => {
    const memory = new MemoryBackend();
    await memory.put(id, sampleBytes(2));
    const inner = new FailingBackend(memory, { verb: 'put' });
    expect(await codeOf(over(inner).backend.put(id, bytes))).toBe('EXISTS');
  });

  test('never sends a head again', async () => {
    const inner = new FailingBackend(new MemoryBackend(), { verb: 'heads.cas' }, { verb: 'heads.read' });
    const { backend } = over(inner);
    const heads = backend.heads as CasHeads;
    expect(await codeOf(heads.cas(id, bytes, null))).toBe('BACKEND');
    expect(await codeOf(heads.read(id))).toBe('BACKEND');
    expect(inner.count()).toBe(2);
  });

  test('begins a listing again only where nothing of it was handed out', async () => {
    const memory = new MemoryBackend();
    await memory.put(id, bytes);
    const inner = new FailingBackend(memory, { verb: 'list' });
    const { backend } = over(inner);
    expect(await idsOf(backend.list())).toEqual([id]);
    inner.fail({ verb: 'list', when: 'after' });
    expect(await codeOf(idsOf(backend.list()))).toBe('BACKEND');
  });

  test('is aborted while it waits', async () => {
    const abort = new AbortController();
    const inner = new FailingBackend(new MemoryBackend(), { verb: 'get', forever: true });
    const timer = { after: () => () => undefined };
    const environment = { timer, random: new SeededRandom(1) };
    const got = codeOf(new RetryingBackend(inner, { environment }).get(id, { signal: abort.signal }));
    setImmediate(() => abort.abort());
    expect(await got).toBe('ABORTED');
  });

  test.each([{ attempts: 0 }, { attempts: 1.5 }, { firstDelayMs: -1 }, { maxDelayMs: Number.NaN }])(
    'refuses %j',
    (options) => {
      expect(() => new RetryingBackend(new MemoryBackend(), options)).toThrow(/attempts/);
    },
  );
});

describe('LimitedBackend', () => {
  /** A backend whose reads end when they are told to. */
  function gated() {
    const waiting: (() => void)[] = [];
    const seen: ObjectId[] = [];
    const inner: Backend = {
      ...bareBackend(),
      get: (asked) => {
        seen.push(asked);
        return new Promise((resolve) => waiting.push(() => resolve(undefined)));
      },
    };
    return { inner, seen, waiting };
  }

  test('lets only so many calls through at once, in the order in which they came', async () => {
    const { inner, seen, waiting } = gated();
    const backend = new LimitedBackend(inner, { concurrency: 2 });
    const all = [1, 2, 3, 4].map((n) => backend.get(sampleId(n)));
    await Promise.resolve();
    expect(seen).toEqual([sampleId(1), sampleId(2)]);
    waiting[1]!();
    await all[1];
    await Promise.resolve();
    expect(seen).toEqual([1, 2, 3].map(sampleId));
    waiting[0]!();
    await all[0];
    waiting[2]!();
    await all[2];
    waiting[3]!();
    await Promise.all(all);
    expect(seen).toEqual([1, 2, 3, 4].map(sampleId));
  });

  test('gives up a place in the queue when the signal says so, and holds up no head', async () => {
    const { inner, seen, waiting } = gated();
    const backend = new LimitedBackend(inner, { concurrency: 1 });
    const first = backend.get(sampleId(1));
    const abort = new AbortController();
    const second = codeOf(backend.get(sampleId(2), { signal: abort.signal }));
    const third = backend.get(sampleId(3));
    abort.abort();
    expect(await second).toBe('ABORTED');
    expect(await (backend.heads as CasHeads).read(id)).toBe(undefined);
    waiting[0]!();
    await first;
    await Promise.resolve();
    expect(seen).toEqual([sampleId(1), sampleId(3)]);
    waiting[1]!();
    await third;
  });

  test('lets others make calls while somebody goes through a listing', async () => {
    const memory = new MemoryBackend();
    await memory.put(id, bytes);
    const backend = new LimitedBackend(memory, { concurrency: 1 });
    for await (const found of backend.list()) expect(await backend.get(found)).toEqual(bytes);
  });

  test.each([0, 1.5, Number.NaN])('refuses a concurrency of %d', (concurrency) => {
    expect(() => new LimitedBackend(new MemoryBackend(), { concurrency })).toThrow(/concurrency/);
  });
});

describe('MeteredBackend', () => {
  test('publishes what each call moved, how long it took and how it ended', async () => {
    const events: BackendEvent[] = [];
    const listen = (event: unknown) => void events.push(event as BackendEvent);
    let time = 0;
    const inner = new FailingBackend(new MemoryBackend());
    const backend = new MeteredBackend(inner, { name: 'bucket', now: () => (time += 5) });
    await backend.put(sampleId(9), bytes);
    subscribe('infinitree:backend', listen);
    try {
      await backend.put(id, bytes);
      await backend.get(id, { range: [0, 10] });
      await (backend.heads as CasHeads).cas(sampleId(2), bytes, null);
      await (backend.heads as CasHeads).read(sampleId(2));
      await idsOf(backend.list());
      inner.fail({ verb: 'delete' });
      await codeOf(backend.delete([id, sampleId(2)]));
    } finally {
      unsubscribe('infinitree:backend', listen);
    }
    const event = (verb: string, objects: number, bytesWritten: number, bytesRead: number, error?: string) => {
      return { backend: 'bucket', verb, objects, bytesWritten, bytesRead, milliseconds: 5, error };
    };
    expect(events).toEqual([
      event('put', 1, bytes.length, 0),
      event('get', 1, 0, 10),
      event('heads.cas', 1, bytes.length, 0),
      event('heads.read', 1, 0, bytes.length),
      event('list', 3, 0, 0),
      event('delete', 2, 0, 0, 'INFINITREE_BACKEND'),
    ]);
  });
});

describe('DelayedBackend', () => {
  test('waits before each call, as long as was said for its verb', async () => {
    const { waits, timer } = impatient();
    const latencyMs = (verb: string) => (verb === 'put' ? 50 : 30);
    const backend = new DelayedBackend(new MemoryBackend(), { latencyMs, timer });
    await backend.put(id, bytes);
    await backend.get(id);
    await idsOf(backend.list());
    expect(waits).toEqual([50, 30, 30]);
  });

  test('is aborted on the way, and then nothing has happened', async () => {
    const memory = new MemoryBackend();
    const abort = new AbortController();
    const backend = new DelayedBackend(memory, { latencyMs: 60_000 });
    const put = codeOf(backend.put(id, bytes, { signal: abort.signal }));
    abort.abort();
    expect(await put).toBe('ABORTED');
    expect(await idsOf(memory.list())).toEqual([]);
  });
});
