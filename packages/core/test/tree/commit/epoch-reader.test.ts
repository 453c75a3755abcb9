// Finding the newest head of a directory, and what of its journal may be shown, without a tree around it.
import { MemoryBackend } from '@infinitree/core';
import type { EpochHeads } from '../../../src/backend/backend.js';
import { claimName, headIdOfEpoch } from '../../../src/crypto/own-ids.js';
import { PAGE_SIZE } from '../../../src/format/limits.js';
import { buildHead } from '../../../src/object/head-image.js';
import { type Frame, sealFrame, sealMark } from '../../../src/object/journal.js';
import { Claims } from '../../../src/tree/heads/claims.js';
import { EpochReader } from '../../../src/tree/heads/epoch-reader.js';
import { buildFence } from '../../../src/tree/heads/fence.js';
import { makeScene, noise } from '../../object/scene.js';

const corrupt = expect.objectContaining({ code: 'INFINITREE_CORRUPT' }) as unknown;
const FOREVER = Number.POSITIVE_INFINITY;

/** Heads in memory. Any call of the storage may be put in the place of its own. */
async function scene() {
  const { context } = await makeScene();
  const { keys } = context;
  const memory = new MemoryBackend({ heads: 'epoch' }).heads;
  const own: EpochHeads = {
    durability: 'append',
    claim: (...given) => memory.claim(...given),
    claims: (...given) => memory.claims(...given),
    release: (...given) => memory.release(...given),
    create: (...given) => memory.create(...given),
    read: (...given) => memory.read(...given),
    append: (...given) => memory.append(...given),
    sync: (...given) => memory.sync(...given),
    remove: (...given) => memory.remove(...given),
    list: (...given) => memory.list(...given),
  };
  const heads = { ...own };
  const reader = new EpochReader(context, heads, new Claims(keys, heads));
  const id = (epoch: number) => headIdOfEpoch(keys, epoch);
  const claim = (...epochs: number[]) => Promise.all(epochs.map((epoch) => memory.claim(claimName(keys, epoch))));

  /** A claimed head with as many frames as marks are given, each with its mark or without. */
  const put = async (epoch: number, ...marks: boolean[]): Promise<Frame[]> => {
    const input = { id: id(epoch), epoch, headSequence: 7, sweepSequence: 0, checkpoint: noise(100) };
    const { bytes, image } = buildHead(context, { ...input, writeNonce: noise(16), previousHash: noise(32) })!;
    const frames: Frame[] = [];
    let [offset, previousHash] = [image.header.journalStart, image.hash];
    for (const [i, marked] of marks.entries()) {
      const frame = { head: image.id, offset, epoch, headSequence: 8 + i, previousHash, body: noise(10, i) };
      const sealed = sealFrame(context, context.entropy.draw(), { ...frame, writeNonce: noise(16, i) })!;
      bytes.set(sealed.bytes, offset);
      const mark = sealMark(context, context.entropy.draw(), image.id, epoch, sealed.frame);
      if (marked) bytes.set(mark, sealed.frame.markOffset);
      frames.push(sealed.frame);
      [offset, previousHash] = [sealed.frame.markOffset + PAGE_SIZE, sealed.frame.hash];
    }
    await claim(epoch);
    await memory.create(image.id, bytes);
    return frames;
  };
  const damage = (epoch: number, at: number) => memory.append(id(epoch), at, Uint8Array.of(1, 2, 3));
  return { context, keys, memory, own, heads, reader, id, claim, put, damage };
}

describe('the newest head', () => {
  test('is none where nothing is, or nothing but claims', async () => {
    const { reader, claim } = await scene();
    expect(await reader.newestBelow(FOREVER, {})).toBeUndefined();
    await claim(1, 2);
    expect(await reader.newestBelow(FOREVER, {})).toBeUndefined();
    expect(await reader.newestToShow(undefined, {})).toBeUndefined();
  });

  test('is that of the highest epoch below the one asked for, with the claims above it that have none', async () => {
    const { reader, claim, put } = await scene();
    await put(2);
    await put(5, true);
    await claim(6, 7, 9);
    const found = await reader.newestBelow(9, {});
    expect([found?.image.header.epoch, found?.journal.frames.length, found?.unwritten]).toEqual([5, 1, [7, 6]]);
    expect((await reader.newestBelow(5, {}))?.image.header.epoch).toBe(2);
    expect(await reader.newestBelow(2, {})).toBeUndefined();
  });

  test('is looked for among the heads where their claims are gone', async () => {
    const { reader, memory, keys, claim, put } = await scene();
    await put(2);
    await put(5);
    await memory.release([2, 5].map((epoch) => claimName(keys, epoch)));
    expect((await reader.newestBelow(FOREVER, {}))?.image.header.epoch).toBe(5);
    expect((await reader.newestBelow(5, {}))?.image.header.epoch).toBe(2);
    await claim(8);
    const found = await reader.newestBelow(FOREVER, {});
    expect([found?.image.header.epoch, found?.unwritten]).toEqual([5, [8]]);
  });

  test('is not a fence', async () => {
    const { context, reader, memory, id, claim, put } = await scene();
    await put(2);
    await claim(3, 4);
    await memory.create(id(3), buildFence(context, id(3), 3));
    const found = await reader.newestBelow(FOREVER, {});
    expect([found?.image.header.epoch, found?.unwritten]).toEqual([2, [4]]);
    expect(await reader.read(id(3), {})).toBeUndefined();
    expect((await reader.read(id(2), {}))?.image.header.epoch).toBe(2);
    expect(await reader.read(id(4), {})).toBeUndefined();
  });

  test('is none where there are fences alone, unless one has come since and another went', async () => {
    const { context, reader, memory, heads, id, claim, put } = await scene();
    await claim(3, 4);
    await memory.create(id(3), buildFence(context, id(3), 3));
    expect(await reader.newestBelow(FOREVER, {})).toBeUndefined();
    expect(await reader.newestToShow(undefined, {})).toBeUndefined();
    heads.list = async function* (options) {
      heads.list = (...given) => memory.list(...given);
      yield* memory.list(options);
      await put(5);
    };
    expect((await reader.newestBelow(FOREVER, {}))?.image.header.epoch).toBe(5);
  });

  test('that is damaged is CORRUPT, and passed over only where that is asked for', async () => {
    const { reader, memory, keys, put, damage } = await scene();
    await put(2);
    await put(3);
    await memory.release([claimName(keys, 2)]);
    await damage(3, 100);
    await expect(reader.newestBelow(FOREVER, {})).rejects.toEqual(corrupt);
    const older = await reader.newestBelow(FOREVER, { acceptOlderHead: true });
    expect([older?.image.header.epoch, older?.unwritten]).toEqual([2, []]);
  });

  test('whose journal is damaged is CORRUPT, or shown up to there where that is asked for', async () => {
    const { reader, put, damage } = await scene();
    const frames = await put(3, true, true, true);
    await damage(3, frames[1]!.offset);
    await expect(reader.newestBelow(FOREVER, {})).rejects.toEqual(corrupt);
    const found = await reader.newestBelow(FOREVER, { acceptOlderHead: true });
    expect(found?.journal).toMatchObject({ marked: true, frames: [{ headSequence: 8 }] });
    // What follows a frame was written after it was acknowledged.
    await damage(3, frames[0]!.markOffset);
    expect((await reader.newestBelow(FOREVER, { acceptOlderHead: true }))?.journal.marked).toBe(true);
  });

  test('passes on the trouble of a storage, also where an older head will do', async () => {
    const { reader, heads, put } = await scene();
    await put(3);
    const trouble = new Error('no disk');
    heads.read = () => Promise.reject(trouble);
    await expect(reader.newestBelow(FOREVER, {})).rejects.toBe(trouble);
    await expect(reader.newestBelow(FOREVER, { acceptOlderHead: true })).rejects.toBe(trouble);
  });

  test('is not looked for for ever where heads go away as soon as they are listed', async () => {
    const { reader, heads, id } = await scene();
    let listings = 0;
    heads.list = async function* () {
      listings += 1;
      yield id(3);
    };
    await expect(reader.newestBelow(FOREVER, {})).rejects.toMatchObject({
      code: 'INFINITREE_BACKEND',
      retryable: true,
    });
    expect(listings).toBe(16);
  });
});

describe('a frame half written', () => {
  test('and its successor whole is read again until it is whole, too', async () => {
    const { reader, own, heads, id, put, damage, memory } = await scene();
    const frames = await put(3, true, true, true);
    const whole = (await memory.read(id(3)))!;
    await damage(3, frames[1]!.offset);
    let readings = 0;
    heads.read = async (...given) => {
      readings += 1;
      return readings <= 2 ? own.read(...given) : whole;
    };
    expect((await reader.newestBelow(FOREVER, {}))?.journal.frames).toHaveLength(3);
    expect(readings).toBe(3);
  });

  test('is damage where two more readings find it so', async () => {
    const { reader, own, heads, put, damage } = await scene();
    const frames = await put(3, true, true, true);
    await damage(3, frames[1]!.offset);
    let readings = 0;
    heads.read = async (...given) => {
      readings += 1;
      return own.read(...given);
    };
    await expect(reader.newestBelow(FOREVER, {})).rejects.toEqual(corrupt);
    expect(readings).toBe(3);
  });

  test('of a head that goes away meanwhile is looked for anew', async () => {
    const { reader, own, heads, id, put, damage } = await scene();
    await put(2);
    const frames = await put(3, true, true, true);
    await damage(3, frames[1]!.offset);
    let readings = 0;
    heads.read = async (head, options) => {
      if (head !== id(3)) return own.read(head, options);
      readings += 1;
      return readings === 1 ? own.read(head, options) : undefined;
    };
    expect((await reader.newestBelow(FOREVER, {}))?.image.header.epoch).toBe(2);
  });
});

describe('what is shown', () => {
  test.each<[string, boolean[], number]>([
    ['a head without frames', [], 0],
    ['frames with their marks', [true, true], 2],
    ['a last frame without mark', [true, false], 2],
    ['the only frame, without mark', [false], 1],
  ])('is %s while its epoch is the highest', async (_, marks, shown) => {
    const { reader, heads, own, put } = await scene();
    await put(3, ...marks);
    const synced: string[] = [];
    heads.sync = (head, options) => {
      synced.push(head);
      return own.sync(head, options);
    };
    expect((await reader.newestToShow(undefined, {}))?.journal.frames).toHaveLength(shown);
    // What bears its mark was acknowledged, and is durable.
    expect(synced).toHaveLength(marks.at(-1) === true ? 0 : 1);
  });

  test('is no last frame without mark once a later epoch is claimed, unless it was shown before', async () => {
    const { reader, claim, put } = await scene();
    const frames = await put(3, true, false);
    await claim(4);
    const found = await reader.newestToShow(undefined, {});
    expect(found?.journal).toMatchObject({ marked: true, frames: [{ headSequence: 8 }] });
    expect((await reader.newestToShow(frames[0]!.hash, {}))?.journal.frames).toHaveLength(1);
    expect((await reader.newestToShow(frames[1]!.hash, {}))?.journal.frames).toHaveLength(2);
  });

  test('is not the only frame of a journal either, then', async () => {
    const { reader, claim, put } = await scene();
    const [frame] = await put(3, false);
    await claim(4);
    expect((await reader.newestToShow(undefined, {}))?.journal).toMatchObject({ marked: true, frames: [] });
    expect((await reader.newestToShow(frame!.hash, {}))?.journal.frames).toHaveLength(1);
  });

  test('is a head without frames, also once a later epoch is claimed', async () => {
    const { reader, claim, put } = await scene();
    await put(3);
    await claim(4);
    const found = await reader.newestToShow(undefined, {});
    expect([found?.image.header.epoch, found?.journal.frames]).toEqual([3, []]);
    expect(await reader.newestToShow(found?.image.hash, {})).toEqual(found);
  });

  test('is the head of a successor that stands by the time the older one is durable', async () => {
    const { reader, heads, own, put } = await scene();
    await put(3, true, false);
    heads.sync = async (head, options) => {
      await own.sync(head, options);
      heads.sync = own.sync;
      await put(4);
    };
    expect((await reader.newestToShow(undefined, {}))?.image.header.epoch).toBe(4);
  });

  test('is looked for anew where the head goes away before it is synced, and trouble is passed on', async () => {
    const { reader, heads, own, memory, keys, id, put } = await scene();
    await put(2);
    await put(3);
    heads.sync = async () => {
      heads.sync = own.sync;
      await memory.remove(id(3));
      await memory.release([claimName(keys, 3)]);
      throw new Error('no such head');
    };
    expect((await reader.newestToShow(undefined, {}))?.image.header.epoch).toBe(2);
    const trouble = new Error('no disk');
    heads.sync = () => Promise.reject(trouble);
    await expect(reader.newestToShow(undefined, {})).rejects.toBe(trouble);
  });
});
