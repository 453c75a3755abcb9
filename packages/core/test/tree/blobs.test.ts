import { Readable } from 'node:stream';
import { type BlobRef, Infinitree, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';
import { FailingBackend, SeededRandom } from '@infinitree/testing';

class Files {
  files = new VersionedMap<string, BlobRef>();
}
registerIndex(Files, { fields: [{ property: 'files', name: 'files' }] });

const random = new SeededRandom(7);
const bytes = new Uint8Array(random.bytes(500_000));

/** Jest compares arrays element by element, which takes seconds at this size. */
function expectSame(found: Uint8Array | undefined, expected: Uint8Array): void {
  expect(found?.length).toBe(expected.length);
  expect(Buffer.compare(found ?? new Uint8Array(), expected)).toBe(0);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

describe('blobs', () => {
  const key = Key.random();
  const create = async (backend = new MemoryBackend()) => {
    const inner = new FailingBackend(backend);
    return { backend, inner, tree: await Infinitree.create(Files, { backend: inner, key, objectSize: 65_536 }) };
  };

  test.each([
    ['a Buffer', () => Buffer.from(bytes)],
    ['a Node stream', () => Readable.from([bytes.subarray(0, 7), bytes.subarray(7)])],
    ['a web stream', () => new Blob([bytes]).stream()],
    ['a Blob', () => new Blob([bytes])],
    [
      'an async iterable',
      async function* () {
        for (let at = 0; at < bytes.length; at += 999) {
          await Promise.resolve();
          yield bytes.subarray(at, at + 999);
        }
      },
    ],
  ])('come from %s and survive a commit', async (_, source) => {
    const { backend, tree } = await create();
    const progress: number[] = [];
    const ref = await tree.blobs.put(source(), { onProgress: ({ done }) => progress.push(done) });
    expect(ref.size).toBe(bytes.length);
    expect(progress.at(-1)).toBe(bytes.length);
    tree.index.files.set('a', ref);
    await tree.commit();
    await tree.close();
    const again = await Infinitree.open(Files, { backend, key, readonly: true });
    const stored = await again.get('files', 'a');
    expect(stored).toBeDefined();
    if (stored === undefined) return;
    expectSame(await collect(again.blobs.get(stored)), bytes);
    for (const [start, end] of [
      [0, 0],
      [0, 1],
      [65_535, 65_537],
      [131_072, 131_072],
      [1, 499_999],
      [499_999, 600_000],
    ] as const) {
      expectSame(await collect(again.blobs.get(stored, { start, end })), bytes.slice(start, end));
    }
    const web = again.blobs.get(stored).toWeb();
    expectSame(new Uint8Array(await new Response(web).arrayBuffer()), bytes);
    await again.close();
  });

  test('store equal chunks once if asked to', async () => {
    const { tree } = await create();
    const first = await tree.blobs.put(bytes, { dedup: true });
    const staged = await tree.blobs.put(bytes, { dedup: true });
    expect(staged).toEqual(first);
    await tree.commit();
    expect(await tree.blobs.put(bytes, { dedup: true })).toEqual(first);
    expect(await tree.blobs.put(bytes)).not.toEqual(first);
    await tree.close();
  });

  test('can be read before they are committed, and then again', async () => {
    const { inner, tree } = await create();
    const ref = await tree.blobs.put(bytes);
    expectSame(await collect(tree.blobs.get(ref)), bytes);
    const next = await tree.blobs.put(bytes.subarray(0, 10));
    inner.fail({ verb: 'put', forever: true });
    await expect(collect(tree.blobs.get(next))).rejects.toMatchObject({ code: 'INFINITREE_BACKEND' });
    inner.heal();
    expectSame(await collect(tree.blobs.get(next)), bytes.subarray(0, 10));
    tree.index.files.set('a', ref);
    await tree.commit();
    expectSame(await collect(tree.blobs.get(ref)), bytes);
    await tree.close();
  });

  test('outlive an upload that failed: the commit sends it again', async () => {
    const { backend, inner, tree } = await create();
    const ref = await tree.blobs.put(bytes);
    inner.fail({ verb: 'put', nth: 1, when: 'after' });
    tree.index.files.set('a', ref);
    await expect(tree.commit()).rejects.toMatchObject({ code: 'INFINITREE_BACKEND' });
    await tree.commit();
    await tree.close();
    const again = await Infinitree.open(Files, { backend, key });
    const stored = await again.get('files', 'a');
    expectSame(stored && (await collect(again.blobs.get(stored))), bytes);
    await again.close();
  });

  test('report a source that fails, or gives no bytes, and obey a signal', async () => {
    const { tree } = await create();
    const boom = new Error('boom');
    await expect(
      tree.blobs.put(
        (async function* () {
          await Promise.resolve();
          yield bytes;
          throw boom;
        })(),
      ),
    ).rejects.toMatchObject({ code: 'INFINITREE_INVALID_ARGUMENT', cause: boom });
    await expect(tree.blobs.put(Readable.from(['text']) as never)).rejects.toMatchObject({
      code: 'INFINITREE_INVALID_ARGUMENT',
    });
    await expect(tree.blobs.put(bytes, { signal: AbortSignal.abort('why') })).rejects.toMatchObject({
      code: 'INFINITREE_ABORTED',
      cause: 'why',
    });
    await tree.close();
  });

  test('raw chunks go through a writer and a reader', async () => {
    const { tree } = await create();
    const writer = tree.storageWriter();
    const buffer = bytes.slice(0, 1000);
    const pointer = await writer.write(buffer);
    buffer.fill(0);
    await writer.flush();
    expect(await tree.storageReader().read(pointer)).toEqual(bytes.slice(0, 1000));
    const waiting = await writer.write(bytes.subarray(0, 10));
    expect(await tree.storageReader().read(waiting)).toEqual(bytes.slice(0, 10));
    await expect(writer.write(new Uint8Array(65_537))).rejects.toMatchObject({
      code: 'INFINITREE_INVALID_ARGUMENT',
    });
    const moved = { ...pointer, offset: pointer.offset + 1 };
    await expect(tree.storageReader().read(moved)).rejects.toMatchObject({ code: 'INFINITREE_CORRUPT' });
    await tree.close();
  });
});
