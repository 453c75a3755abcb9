import { InfinitreeError, MemoryBackend, type ObjectId } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { ObjectReader } from '../../src/object/object-reader.js';
import { ObjectWriter } from '../../src/object/object-writer.js';
import { failureOf, makeScene, noise, OBJECT_SIZE } from './scene.js';

async function failing(keepFailed: boolean) {
  const inner = new MemoryBackend();
  const backend = new FailingBackend(inner);
  const { context } = await makeScene({ backend });
  return { inner, backend, context, writer: new ObjectWriter(context, 'storage', { keepFailed }) };
}

test('a failed upload fails what follows, and an object that failed is not sent again', async () => {
  const { backend, writer } = await failing(false);
  backend.fail({ verb: 'put' });
  await writer.writeDetached(0, noise(10));

  expect(await failureOf(() => writer.flush())).toContain('BACKEND');
  expect(await failureOf(() => writer.flush())).toContain('BACKEND');
  expect(await failureOf(() => writer.write(0, noise(10)))).toContain('BACKEND');
  expect(backend.count('put')).toBe(1);
});

test('where pointers are out already, the identical bytes are sent again under the same id', async () => {
  const { inner, backend, context, writer } = await failing(true);
  backend.fail({ verb: 'put', forever: true });
  const [pointer] = await writer.writeDetached(0, noise(10));
  expect(await failureOf(() => writer.flush())).toContain('BACKEND');
  expect(await inner.get(Buffer.from(pointer!.object).toString('hex') as ObjectId)).toBeUndefined();
  backend.heal();

  await writer.flush();

  expect(await new ObjectReader(context).readDetached([pointer!])).toEqual(noise(10));
  expect(new Set(backend.log.map(({ id }) => id)).size).toBe(1);
});

test('an upload of which no answer came, and which is there, has succeeded', async () => {
  const { backend, context, writer } = await failing(true);
  backend.fail({ verb: 'put', when: 'after', forever: true });
  const [pointer] = await writer.writeDetached(0, noise(10));
  expect(await failureOf(() => writer.flush())).toContain('BACKEND');
  backend.heal();

  await writer.flush();

  expect(await new ObjectReader(context).readDetached([pointer!])).toEqual(noise(10));
});

test('an id under which something else stands is an error, not a success', async () => {
  const { inner, backend, writer } = await failing(false);
  const [pointer] = await writer.writeDetached(0, noise(10));
  const id = Buffer.from(pointer!.object).toString('hex') as ObjectId;
  await inner.put(id, new Uint8Array(OBJECT_SIZE));

  expect(await failureOf(() => writer.flush())).toContain('EXISTS');
  expect(backend.count('put')).toBe(1);

  const vanishing = await failing(false);
  const error = () => new InfinitreeError('EXISTS', 'it was there a moment ago');
  vanishing.backend.fail({ verb: 'put', error });
  await vanishing.writer.writeDetached(0, noise(10));
  expect(await failureOf(() => vanishing.writer.flush())).toContain('a moment ago');
});

test('only a few uploads are under way at a time', async () => {
  let under = 0;
  let most = 0;
  const inner = new MemoryBackend();
  const backend = Object.create(inner, {
    put: {
      value: async (id: ObjectId, bytes: Uint8Array) => {
        under += 1;
        most = Math.max(most, under);
        for (let turn = 0; turn < 200; turn++) await Promise.resolve();
        under -= 1;
        return inner.put(id, bytes);
      },
    },
  }) as MemoryBackend;
  const { context } = await makeScene({ backend });
  const writer = new ObjectWriter(context, 'index');

  await writer.write(0, noise(10 * OBJECT_SIZE));
  await writer.flush();

  expect(most).toBe(3);
  expect(writer.objects.length).toBe(11);
});

test('an aborted signal ends writing and reading', async () => {
  const { context } = await makeScene();
  const signal = AbortSignal.abort(new Error('enough'));
  const writer = new ObjectWriter(context, 'index', { signal });

  expect(await failureOf(() => writer.write(0, noise(10)))).toContain('ABORTED');
  const reader = new ObjectReader(context);
  expect(await failureOf(() => reader.read({ codec: 0, segments: [] }, 10, signal))).toContain('ABORTED');
  expect(await failureOf(() => reader.readDetached([], 10, signal))).toContain('ABORTED');
});
