import { Readable } from 'node:stream';
import { type BlobRef, Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { code, codeOf, collect, errorOf, Garden, OBJECT_SIZE } from './scene.js';

const create = () =>
  Infinitree.create(Garden, { backend: new MemoryBackend(), key: Key.random(), objectSize: OBJECT_SIZE });

/** Never settles. */
const never = () => new Promise<never>(() => undefined);

const piece = new Uint8Array(100).fill(7);

describe('an abort ends the storing of a source that gives nothing', () => {
  const reason = new Error('enough');

  /** Aborts once the source was asked for what it never gives. */
  function hanging() {
    const controller = new AbortController();
    const hang = () => {
      queueMicrotask(() => {
        controller.abort(reason);
      });
      return never();
    };
    return { signal: controller.signal, hang };
  }

  const aborted = { code: code('ABORTED'), cause: reason };

  test('an iterator, which is told to stop and not waited for', async () => {
    const tree = await create();
    const { signal, hang } = hanging();
    let stops = 0;
    const stop = () => {
      stops += 1;
      return never();
    };
    let asked = 0;
    const next = () => (asked++ === 0 ? Promise.resolve({ done: false as const, value: piece }) : hang());

    const source = { [Symbol.asyncIterator]: () => ({ next, return: stop }) };

    expect(await errorOf(() => tree.blobs.put(source, { signal }))).toMatchObject(aborted);
    expect([asked, stops]).toEqual([2, 1]);
  });

  test('an iterator that fails when it is told to stop', async () => {
    const tree = await create();
    const { signal, hang } = hanging();
    const stop = () => Promise.reject(new Error('no'));
    const source = { [Symbol.asyncIterator]: () => ({ next: hang, return: stop }) };

    expect(await errorOf(() => tree.blobs.put(source, { signal }))).toMatchObject(aborted);
  });

  test('a generator', async () => {
    const tree = await create();
    const { signal, hang } = hanging();
    async function* source(): AsyncGenerator<Uint8Array> {
      yield piece;
      yield await hang();
    }

    expect(await errorOf(() => tree.blobs.put(source(), { signal }))).toMatchObject(aborted);
  });

  test('a Node stream, which is destroyed', async () => {
    const tree = await create();
    const { signal, hang } = hanging();
    const source = new Readable({ read: () => void hang() });

    expect(await errorOf(() => tree.blobs.put(source, { signal }))).toMatchObject(aborted);
    expect(source.destroyed).toBe(true);
  });

  test('a web stream, which is cancelled', async () => {
    const tree = await create();
    const { signal, hang } = hanging();
    let cancelled = false;
    const cancel = () => {
      cancelled = true;
    };
    const source = new ReadableStream<Uint8Array>({ pull: hang, cancel });

    expect(await errorOf(() => tree.blobs.put(source, { signal }))).toMatchObject(aborted);
    expect(cancelled).toBe(true);
  });

  test('an iterator, aborted while a chunk is stored: it is not asked for another one', async () => {
    const tree = await create();
    const controller = new AbortController();
    const onProgress = () => {
      controller.abort(reason);
    };
    let asked = 0;
    const chunk = new Uint8Array(OBJECT_SIZE);
    const next = () => (asked++ === 0 ? Promise.resolve({ done: false as const, value: chunk }) : never());
    const source = { [Symbol.asyncIterator]: () => ({ next }) };

    const error = await errorOf(() => tree.blobs.put(source, { signal: controller.signal, onProgress }));

    expect(error).toMatchObject(aborted);
    expect(asked).toBe(1);
  });

  test('with a signal aborted before, without a question to the source', async () => {
    const tree = await create();
    let asked = false;
    const next = () => {
      asked = true;
      return never();
    };
    const source = { [Symbol.asyncIterator]: () => ({ next }) };

    const error = await errorOf(() => tree.blobs.put(source, { signal: AbortSignal.abort(reason) }));

    expect(error).toMatchObject(aborted);
    expect(asked).toBe(false);
  });
});

test('a source is told to stop when its bytes cannot be stored, and the failure is what is reported', async () => {
  const tree = await create();
  let stopped = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield piece;
      await Promise.resolve();
      yield 'text' as never;
    } finally {
      stopped = true;
    }
  }

  expect(await codeOf(() => tree.blobs.put(source()))).toBe(code('INVALID_ARGUMENT'));
  expect(stopped).toBe(true);
});

test('a source that fails is not told to stop', async () => {
  const tree = await create();
  const cause = new Error('the disk is gone');
  let stopped = false;
  const stop = () => {
    stopped = true;
    return Promise.resolve({ done: true as const, value: undefined });
  };
  for (const next of [
    () => Promise.reject(cause),
    () => {
      throw cause;
    },
  ]) {
    const source = { [Symbol.asyncIterator]: () => ({ next, return: stop }) };

    const error = await errorOf(() => tree.blobs.put(source));

    expect(error).toMatchObject({ code: code('INVALID_ARGUMENT'), cause });
  }
  expect(stopped).toBe(false);
});

test('a signal that is never aborted keeps nothing of the sources it was given with', async () => {
  const tree = await create();
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 10; i++) {
      await Promise.resolve();
      expect(listeners).toBeLessThanOrEqual(1);
      yield piece;
    }
  }

  await tree.blobs.put(source(), { signal });

  expect(listeners).toBe(0);
});

describe('a part of a blob', () => {
  const bytes = Uint8Array.from({ length: 150_000 }, (_, i) => i % 251);

  const read = async (options: { start?: number; end?: number }) => {
    const tree = await create();
    const ref = await tree.blobs.put(bytes);
    return Buffer.concat(await collect(tree.blobs.get(ref, options)));
  };

  test.each([
    [{ start: 150_000 }],
    [{ start: 150_001 }],
    [{ start: 10_000_000 }],
    [{ start: 150_001, end: 150_002 }],
    [{ start: 10, end: 10 }],
    [{ end: 0 }],
  ])('at %j is empty', async (options) => {
    expect(await read(options)).toHaveLength(0);
  });

  test.each([
    [{ start: 149_999 }],
    [{ start: 149_999, end: 1_000_000 }],
    [{ end: 70_000 }],
    [{ start: 65_535, end: 65_537 }],
    [{}],
  ])('at %j is what the bytes are there', async (options: { start?: number; end?: number }) => {
    expect((await read(options)).equals(bytes.subarray(options.start ?? 0, options.end))).toBe(true);
  });

  test.each([[{ start: -1 }], [{ end: -1 }], [{ start: 1.5 }], [{ start: 2, end: 1 }], [{ end: Number.NaN }]])(
    'at %j is refused',
    async (options) => {
      const tree = await create();
      const ref: BlobRef = await tree.blobs.put(bytes);
      expect(await codeOf(() => tree.blobs.get(ref, options))).toBe(code('INVALID_ARGUMENT'));
    },
  );
});
