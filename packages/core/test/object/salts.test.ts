// Two copies of one process, with one random source and one clock, that seal different things under one id and place.
import { MemoryBackend, type ObjectId } from '@infinitree/core';
import { headIdOfEpoch } from '../../src/crypto/own-ids.js';
import { buildHead } from '../../src/object/head-image.js';
import { sealFrame } from '../../src/object/journal.js';
import { ObjectWriter } from '../../src/object/object-writer.js';
import { makeScene, noise } from './scene.js';

const SALT = 32;
const HEADER = 512;
const FRAME_HEADER_BOX = 144;

async function head(previous: number): Promise<Uint8Array> {
  const { context } = await makeScene();
  const id = headIdOfEpoch(context.keys, 3);
  const place = { id, epoch: 3, headSequence: 7, sweepSequence: 0, writeNonce: noise(16) };
  return buildHead(context, { ...place, previousHash: noise(32, previous), checkpoint: noise(100) })!.bytes;
}

async function frame(previous: number): Promise<Uint8Array> {
  const { context } = await makeScene();
  const place = {
    head: headIdOfEpoch(context.keys, 3),
    offset: 4096,
    epoch: 3,
    headSequence: 8,
    writeNonce: noise(16),
  };
  return sealFrame(context, context.entropy.draw(), { ...place, previousHash: noise(32, previous), body: noise(100) })!
    .bytes;
}

async function object(content: number): Promise<ObjectId | undefined> {
  const { context } = await makeScene({ backend: new MemoryBackend() });
  const writer = new ObjectWriter(context, 'index');
  await writer.write(0, noise(100, content));
  return writer.objects[0];
}

const at = (bytes: Uint8Array, offset: number): string => String(bytes.subarray(offset, offset + SALT));

// A box whose additional data alone are other ones would have another tag under the same one-time key.
test.each([
  ['a head', head, HEADER],
  ['a frame', frame, FRAME_HEADER_BOX],
] as const)('%s behind another state has other salts, even where it says the same', async (_, seal, box) => {
  const [one, same, other] = [await seal(1), await seal(1), await seal(2)];
  expect(same).toEqual(one);
  expect(at(other, 0)).not.toBe(at(one, 0));
  expect(at(other, box)).not.toBe(at(one, box));
});

test('an object that begins with something else has another id', async () => {
  expect(await object(1)).toBe(await object(1));
  expect(await object(2)).not.toBe(await object(1));
});
