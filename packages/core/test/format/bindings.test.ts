import { MemoryBackend } from '@infinitree/core';
import { headIdOfEpoch, headIdOfSlot } from '../../src/crypto/own-ids.js';
import { loadSuite } from '../../src/crypto/suite.js';
import { buildHead, type HeadInput, parseHead } from '../../src/object/head-image.js';
import { openFrame, sealFrame } from '../../src/object/journal.js';
import { ObjectWriter } from '../../src/object/object-writer.js';
import { pattern } from '../crypto/suites.js';
import { type Fixture, makeFixture } from '../vectors/fixture.js';

// What is sealed side by side is bound together, and no place is sealed for twice.

let fixture: Fixture;
beforeAll(async () => {
  fixture = makeFixture(await loadSuite(), 1);
});

const CHECKPOINT_AT = 512;

test('a head with the checkpoint of an earlier writing of the same slot does not open', () => {
  const { context, keys } = fixture;
  const id = headIdOfSlot(keys, 0);
  const build = (headSequence: number, seed: number) => {
    const input: HeadInput = {
      id,
      epoch: 0,
      headSequence,
      sweepSequence: 0,
      writeNonce: pattern(16, seed),
      previousHash: pattern(32, seed),
      checkpoint: pattern(60, seed),
    };
    return buildHead(context, input)!;
  };
  const [earlier, newest] = [build(2, 1), build(8, 2)];
  const mixed = newest.bytes.slice();
  mixed.set(earlier.bytes.subarray(CHECKPOINT_AT, 4096), CHECKPOINT_AT);
  expect(parseHead(context, id, newest.bytes)?.header.headSequence).toBe(8);
  expect(parseHead(context, id, mixed)).toBeUndefined();
});

test('a frame with the body of another writing at the same place does not open', () => {
  const { context, keys } = fixture;
  const head = headIdOfEpoch(keys, 1);
  const seal = (seed: number) => {
    const place = { head, offset: 4096, epoch: 1, headSequence: 2 };
    return sealFrame(context, context.entropy.draw(), {
      ...place,
      writeNonce: pattern(16, seed),
      previousHash: pattern(32),
      body: pattern(60, seed),
    })!;
  };
  const [one, other] = [seal(1), seal(2)];
  const bytes = new Uint8Array(65_536);
  bytes.set(one.bytes, 4096);
  expect(openFrame(context, head, bytes, 4096)).toBeDefined();
  bytes.set(other.bytes.subarray(144, 300), 4096 + 144);
  expect(openFrame(context, head, bytes, 4096)).toBeUndefined();
});

test('no two chunks of a storage object begin at one offset, not even behind an empty one', async () => {
  const writer = new ObjectWriter({ ...fixture.context, backend: new MemoryBackend() }, 'storage');
  const [empty] = await writer.writeDetached(0, new Uint8Array(0));
  const [next] = await writer.writeDetached(0, pattern(10));
  expect(empty?.object).toEqual(next?.object);
  expect(next?.offset).not.toBe(empty?.offset);
});
