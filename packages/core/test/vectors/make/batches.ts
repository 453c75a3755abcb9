import { toHex } from '../../../src/bytes/hex.js';
import { encodeCbor } from '../../../src/codec/cbor.js';
import { BatchKeys } from '../../../src/crypto/batch-keys.js';
import { derive } from '../../../src/crypto/derive.js';
import { keyOfDropbox } from '../../../src/crypto/key.js';
import { keyPairOf } from '../../../src/crypto/key-pair.js';
import { BATCH_HEADER, encodeBatchHeader } from '../../../src/format/batch-header.js';
import { SEALED_HEADER_SIZE } from '../../../src/format/header-layout.js';
import { type BatchPart, sealBatch } from '../../../src/object/batch-object.js';
import { encodeBatch } from '../../../src/tree/records/batch.js';
import { type Fixture, OBJECT_SIZE, turned } from '../fixture.js';
import { inHex, Maker, type Vector } from '../vector.js';

/** What workers hand in through dropboxes. */
export function batchVectors(fixture: Fixture): Vector[] {
  return [...dropboxKeys(fixture), ...ids(fixture), ...headers(fixture), ...batches(fixture), ...records()];
}

function dropboxKeys({ random }: Fixture): Vector[] {
  const maker = new Maker('dropbox-key');
  const parts = {
    objectSizeLog2: 22,
    treeId: random.bytes(16),
    dropboxId: random.bytes(16),
    recipient: random.bytes(32),
    seed: random.bytes(32),
  };
  const text = keyOfDropbox(parts).toText();
  maker.good('text', 'The key of a dropbox as its worker is given it.', { input: { text } }, inHex(parts));
  const lower = { text: text.toLowerCase().replaceAll('-', ' ') };
  maker.good('typed', 'The same as somebody has typed it.', { input: lower }, inHex(parts));
  const bad = (name: string, description: string, given: string) => {
    maker.hostile(name, description, { input: { text: given } }, { error: 'INVALID_ARGUMENT' });
  };
  bad('mistyped', 'A digit that is another one.', text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A'));
  bad('short', 'A digit too few.', text.slice(0, -1));
  bad('of-a-tree', 'What the text of a tree begins with.', text.replace('ITD1', 'ITK1'));
  return maker.vectors;
}

function ids({ suite, random }: Fixture): Vector[] {
  const maker = new Maker('batch-id');
  const shared = random.bytes(32);
  const keys = { shared: toHex(shared) };
  const batch = new BatchKeys(suite, shared);
  const good = (name: string, description: string, chain: number, counter: number) => {
    maker.good(name, description, { keys, input: { id: batch.id({ chain, counter }) } }, { chain, counter });
  };
  good('first', 'The first batch of a chain.', 5, 1);
  good('last', 'The last batch of the last chain.', 2 ** 40 - 1, 2 ** 24 - 1);
  const bytes = Buffer.from(batch.id({ chain: 5, counter: 1 }), 'hex');
  for (const [name, at] of [
    ['tag', 0],
    ['place', 12],
    ['mac', 31],
  ] as const) {
    maker.hostile(`turned-${name}`, `A bit of the ${name} is turned.`, {
      keys,
      input: { id: toHex(turned(bytes, at)) },
    });
  }
  const strange = { id: new BatchKeys(suite, random.bytes(32)).id({ chain: 5, counter: 1 }) };
  maker.hostile('of-another', 'The id of a batch of another dropbox.', { keys, input: strange });
  return maker.vectors;
}

function headers({ random }: Fixture): Vector[] {
  const maker = new Maker('batch-header');
  const header = {
    treeId: random.bytes(16),
    dropboxId: random.bytes(16),
    objectSizeLog2: 16,
    first: true,
    last: false,
    contentCodec: 1,
    chain: 2 ** 39,
    counter: 7,
    time: 1_704_067_200_000,
    contentLength: 1000,
    previousHash: random.bytes(32),
    ephemeralKey: random.bytes(32),
    contentHash: random.bytes(32),
  };
  const plain = encodeBatchHeader(header);
  const versions = { formatVersion: 1, suite: 1, incompatibleFeatures: 0, readonlyFeatures: 0 };
  const expected = inHex({ ...versions, ...header, signature: new Uint8Array(64) });
  maker.good('unsigned', 'A header, before it is signed.', { input: { plain: toHex(plain) } }, expected);
  const bad = (name: string, description: string, at: number, byte: number, error = 'CORRUPT') => {
    const bytes = plain.slice();
    bytes[at] = byte;
    maker.hostile(name, description, { input: { plain: toHex(bytes) } }, { error });
  };
  bad('of-a-head', 'The record number of heads.', BATCH_HEADER.record[0], 2);
  bad('first-2', 'Neither the first nor not.', BATCH_HEADER.first[0], 2);
  bad('last-2', 'Neither the last nor not.', BATCH_HEADER.last[0], 2);
  bad('counter-large', 'A counter beyond 2^53.', BATCH_HEADER.counter[0], 0xff);
  bad('version-2', 'Format version 2.', BATCH_HEADER.formatVersion[0] + 1, 2, 'UNSUPPORTED');
  bad('feature', 'A feature that readers have to know.', BATCH_HEADER.incompatibleFeatures[0], 1, 'UNSUPPORTED');
  return maker.vectors;
}

function batches({ suite, random, context }: Fixture): Vector[] {
  const maker = new Maker('batch');
  const [seed, treeId, dropboxId] = [random.bytes(32), random.bytes(16), random.bytes(16)];
  const owners = keyPairOf(suite, random.bytes(32));
  const shared = derive(suite, seed, 'batchShared');
  const signing = derive(suite, seed, 'batchSigning');
  const origin = { keys: new BatchKeys(suite, shared), entropy: context.entropy, treeId, dropboxId, signing };
  const part: BatchPart = {
    chain: 9,
    counter: 1,
    first: true,
    last: true,
    contentCodec: 0,
    time: 1_704_067_200_000,
    previousHash: new Uint8Array(32),
    content: random.bytes(100),
  };
  const sealed = sealBatch({ ...origin, recipient: owners.publicKey, objectSize: OBJECT_SIZE }, part);
  const end = SEALED_HEADER_SIZE + part.content.length + 16;
  const bytes = sealed.bytes.subarray(0, end);
  const keys = {
    shared: toHex(shared),
    secret: toHex(owners.secretKey),
    verificationKey: toHex(suite.verificationKey(signing)),
  };
  const input = (given: Uint8Array, id: string = sealed.id) => ({
    keys,
    input: { id, size: OBJECT_SIZE, bytes: toHex(given) },
  });
  const expected = { chain: 9, counter: 1, content: toHex(part.content), manifestHash: toHex(sealed.hash) };
  maker.good('whole', 'A batch without its padding.', input(bytes), expected);
  maker.hostile('header-turned', 'A bit of the header is turned.', input(turned(bytes, 100)));
  maker.hostile('content-turned', 'A bit of the content is turned.', input(turned(bytes, 520)));
  const elsewhere = origin.keys.id({ chain: 9, counter: 2 });
  maker.hostile('moved', 'A batch under the id of the next one.', input(bytes, elsewhere));
  const other = { ...origin, recipient: owners.publicKey, objectSize: OBJECT_SIZE, signing: random.bytes(32) };
  maker.hostile('forged', 'Signed by somebody else.', input(sealBatch(other, part).bytes.subarray(0, end)));
  const strange = { ...origin, recipient: keyPairOf(suite, random.bytes(32)).publicKey, objectSize: OBJECT_SIZE };
  maker.hostile('to-others', 'Sealed to somebody else.', input(sealBatch(strange, part).bytes.subarray(0, end)));
  return maker.vectors;
}

function records(): Vector[] {
  const maker = new Maker('batch-record');
  const change = {
    field: { name: 'f', type: 'versioned-map', strategy: 'local' },
    cleared: true,
    blocks: [Uint8Array.of(1)],
  };
  const record = { message: 'a message', changes: [change] };
  const row = ['f', 'versioned-map', 'local', true, [Uint8Array.of(1)]];
  maker.good(
    'one-field',
    'What a batch does to a field.',
    { input: { bytes: toHex(encodeBatch(record)) } },
    inHex(record),
  );
  const bad = (name: string, description: string, value: unknown) => {
    maker.hostile(name, description, { input: { bytes: toHex(encodeCbor(value)) } });
  };
  bad('no-changes', 'A message alone.', ['a message']);
  bad('message-bytes', 'A message that is none.', [Uint8Array.of(1), [row]]);
  bad('message-long', 'A message of 16,385 characters.', ['m'.repeat(16_385), [row]]);
  bad('change-short', 'A change without blocks.', ['m', [row.slice(0, 4)]]);
  bad('cleared-number', 'A flag that is a number.', ['m', [[...row.slice(0, 3), 1, []]]]);
  bad('block-text', 'A block that is a text.', ['m', [[...row.slice(0, 4), ['block']]]]);
  return maker.vectors;
}
