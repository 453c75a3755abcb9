// Of a head of 4 MiB the beginning is read first. What that tells has to be what the whole head tells.
import { MemoryBackend } from '@infinitree/core';
import { claimName, headIdOfEpoch, headIdOfSlot } from '../../../src/crypto/own-ids.js';
import { PAGE_SIZE } from '../../../src/format/limits.js';
import type { ObjectContext } from '../../../src/object/context.js';
import { buildHead } from '../../../src/object/head-image.js';
import { sealFrame, sealMark } from '../../../src/object/journal.js';
import { ObjectReader } from '../../../src/object/object-reader.js';
import { CasHeadStore } from '../../../src/tree/heads/cas-heads.js';
import { Claims } from '../../../src/tree/heads/claims.js';
import { EpochReader } from '../../../src/tree/heads/epoch-reader.js';
import { makeScene, noise } from '../../object/scene.js';
import { content } from './epoch-scene.js';

const MIB = 1_048_576;
const FOREVER = Number.POSITIVE_INFINITY;
const corrupt = expect.objectContaining({ code: 'INFINITREE_CORRUPT' }) as unknown;

async function large(): Promise<ObjectContext> {
  const { context } = await makeScene();
  return { ...context, objectSize: 4 * MIB };
}

/** A head with frames of these body lengths, and how many bytes of it each reading asks for. */
async function journal(bodies: readonly number[], checkpoint = noise(100)) {
  const context = await large();
  const { heads } = new MemoryBackend({ heads: 'epoch' });
  const asked: number[] = [];
  const read: typeof heads.read = (id, options) => {
    asked.push(options?.range?.[1] ?? context.objectSize);
    return heads.read(id, options);
  };
  const id = headIdOfEpoch(context.keys, 1);
  const place = { epoch: 1, headSequence: 7, sweepSequence: 0, writeNonce: noise(16), previousHash: noise(32) };
  const { bytes, image } = buildHead(context, { ...place, id, checkpoint })!;
  let [offset, previousHash] = [image.header.journalStart, image.hash];
  for (const [i, length] of bodies.entries()) {
    const input = { head: id, offset, epoch: 1, headSequence: 8 + i, previousHash, body: noise(length, i) };
    const { bytes: sealed, frame } = sealFrame(context, context.entropy.draw(), { ...input, writeNonce: noise(16) })!;
    bytes.set(sealed, offset);
    bytes.set(sealMark(context, context.entropy.draw(), id, 1, frame), frame.markOffset);
    [offset, previousHash] = [frame.markOffset + PAGE_SIZE, frame.hash];
  }
  await heads.claim(claimName(context.keys, 1));
  await heads.create(id, bytes);
  const reader = new EpochReader(context, { ...heads, read }, new Claims(context.keys, heads));
  return { reader, heads, id, bytes, asked, end: offset };
}

test('the beginning is enough where little was appended', async () => {
  const { reader, asked, end } = await journal([100, 200, 300]);
  const found = await reader.newestBelow(FOREVER, {});
  expect(found?.journal).toMatchObject({ marked: true, continues: false, end });
  expect(found?.journal.frames).toHaveLength(3);
  expect(asked).toEqual([MIB]);
});

test.each([
  ['a journal that ends near the end of it', new Array<number>(7).fill(110_000), 7],
  ['a frame across the end of it', new Array<number>(9).fill(120_000), 9],
  ['a journal far beyond it', new Array<number>(14).fill(200_000), 14],
])('the whole is read for %s', async (_, bodies, count) => {
  const { reader, asked, end } = await journal(bodies);
  const found = await reader.newestBelow(FOREVER, {});
  expect(found?.journal).toMatchObject({ marked: true, continues: false, end });
  expect(found?.journal.frames).toHaveLength(count);
  expect(asked).toEqual([MIB, 4 * MIB]);
});

test('a backend that gives the whole when it is asked for a part is asked once', async () => {
  const { reader, heads, id, asked } = await journal([100, 200]);
  const { read } = heads;
  heads.read = (of) => read(of);
  const found = await reader.newestBelow(FOREVER, {});
  expect(found?.journal.frames).toHaveLength(2);
  expect(asked).toEqual([MIB]);
  await heads.append(id, 3 * PAGE_SIZE + 40, noise(300));
  await expect(reader.newestBelow(FOREVER, {})).rejects.toEqual(corrupt);
});

test('the whole is read for a checkpoint that is longer', async () => {
  const { reader, asked } = await journal([100], noise(1_500_000));
  expect((await reader.newestBelow(FOREVER, {}))?.journal.frames).toHaveLength(1);
  expect(asked).toEqual([MIB, 4 * MIB]);
});

test('a frame that is damaged is found by the frames behind it, and asked for again as a whole', async () => {
  const { reader, heads, id, asked } = await journal([100, 100, 100]);
  await heads.append(id, 3 * PAGE_SIZE + 40, noise(300));
  await expect(reader.newestBelow(FOREVER, {})).rejects.toEqual(corrupt);
  expect(asked.slice(0, 2)).toEqual([MIB, 4 * MIB]);
});

test('every length at which a head is cut off is CORRUPT, or has lost nothing', async () => {
  const { heads, id, bytes, reader, end } = await journal(new Array<number>(6).fill(110_000));
  for (const length of [0, 511, 600, 4096, 300_000, end, MIB - 1, MIB, MIB + 1, 2 * MIB]) {
    await heads.remove(id);
    await heads.create(id, bytes.subarray(0, length));
    if (length < MIB) await expect(reader.newestBelow(FOREVER, {})).rejects.toEqual(corrupt);
    else expect((await reader.newestBelow(FOREVER, {}))?.journal.end).toBe(end);
  }
});

test('of the slots of a bucket 512 KiB are read, and the whole where its checkpoint is longer', async () => {
  const context = await large();
  const { heads } = new MemoryBackend({ heads: 'cas' });
  const asked: number[] = [];
  const read: typeof heads.read = (id, options) => {
    asked.push(options?.range?.[1] ?? context.objectSize);
    return heads.read(id, options);
  };
  const store = () => new CasHeadStore(context, new ObjectReader(context), { ...heads, read });
  await store().create(content(), {});
  expect((await store().newest({}))?.position.headSequence).toBe(1);
  expect(asked).toEqual([524_288, 524_288]);
  const whole = new CasHeadStore(context, new ObjectReader(context), { ...heads, read: (of) => read(of) });
  asked.length = 0;
  expect((await whole.newest({}))?.position.headSequence).toBe(1);
  expect(asked).toEqual([4 * MIB, 4 * MIB]);
  asked.length = 0;
  const id = headIdOfSlot(context.keys, 0);
  const place = { epoch: 0, headSequence: 2, sweepSequence: 0, writeNonce: noise(16), previousHash: noise(32) };
  const { bytes } = buildHead(context, { ...place, id, checkpoint: noise(600_000) })!;
  await heads.cas(id, bytes, null);
  // It opens, and noise is no checkpoint.
  await expect(store().newest({})).rejects.toEqual(corrupt);
  expect(asked).toEqual([524_288, 524_288, 4 * MIB]);
  await heads.cas(id, bytes.subarray(0, 550_000), (await heads.read(id))?.etag ?? '');
  await expect(store().newest({})).rejects.toEqual(corrupt);
});
