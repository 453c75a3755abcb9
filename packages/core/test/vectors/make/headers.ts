import { toHex } from '../../../src/bytes/hex.js';
import { SPLIT_FEATURE } from '../../../src/format/features.js';
import { encodeFrameHeader, encodeMark } from '../../../src/format/frame-layout.js';
import { encodeHeadHeader, HEAD_HEADER } from '../../../src/format/head-header.js';
import { encodeKeyHeader, KEY_HEADER, MAX_QUESTION } from '../../../src/format/key-header.js';
import { encodeKeyRecord, KEY_ROLES, type KeyRecord } from '../../../src/format/key-record.js';
import { type Fixture } from '../fixture.js';
import { inHex, Maker, type Vector } from '../vector.js';

/** What stands in sealed headers, frames and marks, once they are opened. */
export function headerVectors(fixture: Fixture): Vector[] {
  return [
    ...keyHeaders(fixture),
    ...keyRecords(fixture),
    ...headHeaders(fixture),
    ...frameHeaders(fixture),
    ...marks(fixture),
  ];
}

const UNSUPPORTED = { error: 'UNSUPPORTED' };

/** A copy with other bytes at a place. */
function changed(plain: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const copy = plain.slice();
  copy.set(bytes, at);
  return copy;
}

/** What head headers and key records have in common: whose version is not known is refused by it. */
function addVersions(maker: Maker, plain: Uint8Array, recordOfOther: number): void {
  const add = (name: string, description: string, bytes: Uint8Array, expected = UNSUPPORTED) => {
    maker.hostile(name, description, { input: { plain: toHex(bytes) } }, expected);
  };
  const corrupt = { error: 'CORRUPT' };
  add('version-0', 'Format version 0.', changed(plain, HEAD_HEADER.formatVersion[0], 0, 0));
  add('version-2', 'Format version 2.', changed(plain, HEAD_HEADER.formatVersion[0], 0, 2));
  add('suite-2', 'Suite 2.', changed(plain, HEAD_HEADER.suite[0], 2));
  add(
    'feature',
    'A feature that readers have to know.',
    changed(plain, HEAD_HEADER.incompatibleFeatures[0], 0x80, 0, 0, 0),
  );
  add(
    'record-of-the-other',
    'The record number of the other kind of header.',
    changed(plain, HEAD_HEADER.record[0], recordOfOther),
    corrupt,
  );
  add('record-0', 'A record number that there is not.', changed(plain, HEAD_HEADER.record[0], 0), corrupt);
}

function keyHeaders({ random }: Fixture): Vector[] {
  const maker = new Maker('key-header');
  const header = {
    objectSizeLog2: 22,
    credentialKind: 1,
    ephemeralKey: random.bytes(32),
    keyEpoch: 0,
    question: new Uint8Array(0),
  };
  const plain = encodeKeyHeader(header);
  const versions = { formatVersion: 1, suite: 1, incompatibleFeatures: 0, readonlyFeatures: 0 };
  const good = (name: string, description: string, input: Uint8Array, expected: object) => {
    maker.good(name, description, { input: { plain: toHex(input) } }, inHex({ ...versions, ...expected }));
  };
  good('password', 'The header of a password.', plain, header);
  const raw = { ...header, objectSizeLog2: 16, credentialKind: 2 };
  good('raw', 'The header of a raw key.', encodeKeyHeader(raw), raw);
  const longest = { ...header, question: random.bytes(MAX_QUESTION) };
  good('longest-question', 'The longest question.', encodeKeyHeader(longest), longest);
  const split = { ...raw, incompatibleFeatures: SPLIT_FEATURE };
  good('split', 'The header of a key of a split tree.', encodeKeyHeader(split), split);
  addVersions(maker, plain, 2);
  const readonly = changed(plain, KEY_HEADER.readonlyFeatures[0], 0, 0, 0, 1);
  good('readonly-feature', 'A feature that only writers have to know.', readonly, { ...header, readonlyFeatures: 1 });
  const input = { plain: toHex(changed(plain, KEY_HEADER.questionLength[0], 1, 125)) };
  maker.hostile('question-too-long', 'A question of 381 bytes.', { input }, { error: 'CORRUPT' });
  return maker.vectors;
}

function keyRecords({ random }: Fixture): Vector[] {
  const maker = new Maker('key-record');
  const record = {
    treeId: random.bytes(16),
    keyEpoch: 3,
    credentialKind: 1,
    credentialId: random.bytes(16),
    rootSecret: random.bytes(32),
    role: KEY_ROLES.all,
    storageKey: new Uint8Array(32),
  };
  const good = (name: string, description: string, expected: KeyRecord) => {
    maker.good(name, description, { input: { plain: toHex(encodeKeyRecord(expected)) } }, inHex(expected));
  };
  good('password', 'What a key object gives to a password.', record);
  good('raw', 'What it gives to a raw key.', { ...record, keyEpoch: 0, credentialKind: 2 });
  const split = { ...record, storageKey: random.bytes(32) };
  good('reader', 'What it gives to a reader of a split tree.', { ...split, role: KEY_ROLES.reader });
  good('writer', 'What it gives to who only writes to a split tree.', { ...split, role: KEY_ROLES.writer });
  return maker.vectors;
}

function headHeaders({ random }: Fixture): Vector[] {
  const maker = new Maker('head-header');
  const header = {
    treeId: random.bytes(16),
    keyEpoch: 0,
    objectSizeLog2: 22,
    checkpointCodec: 1,
    epoch: 4,
    headSequence: 1000,
    sweepSequence: 0,
    writeNonce: random.bytes(16),
    previousHash: random.bytes(32),
    checkpointLength: 1234,
    journalStart: 4096,
    successor: undefined,
    storageKey: undefined,
  };
  const fixed = { formatVersion: 1, suite: 1, record: 2, incompatibleFeatures: 0, readonlyFeatures: 0 };
  const plain = encodeHeadHeader(header);
  maker.good(
    'epoch',
    'The header of a head of an epoch.',
    { input: { plain: toHex(plain) } },
    inHex({ ...fixed, ...header }),
  );
  const largest = {
    ...header,
    epoch: Number.MAX_SAFE_INTEGER,
    headSequence: Number.MAX_SAFE_INTEGER,
    keyEpoch: 0xffffffff,
  };
  const input = { plain: toHex(encodeHeadHeader(largest)) };
  maker.good('largest-numbers', 'The largest numbers that it may hold.', { input }, inHex({ ...fixed, ...largest }));
  const moved = { ...header, successor: new Uint8Array(32) };
  maker.good(
    'terminal',
    'The header of a head that ends its chain: the tree was moved to another storage.',
    { input: { plain: toHex(encodeHeadHeader(moved)) } },
    inHex({ ...fixed, ...moved }),
  );
  const followed = { ...header, successor: header.previousHash.toReversed() };
  const ending = encodeHeadHeader(followed);
  maker.good(
    'terminal-with-successor',
    'The header of a head that ends its chain and names the first head of the one that follows.',
    { input: { plain: toHex(ending) } },
    inHex({ ...fixed, ...followed }),
  );
  const split = { ...header, storageKey: random.bytes(32) };
  maker.good(
    'split',
    'The header of a head of a split tree.',
    { input: { plain: toHex(encodeHeadHeader(split)) } },
    inHex({ ...fixed, incompatibleFeatures: SPLIT_FEATURE, ...split }),
  );
  const [terminal] = HEAD_HEADER.terminal;
  const spoilt = (name: string, description: string, bytes: Uint8Array) =>
    maker.hostile(name, description, { input: { plain: toHex(bytes) } });
  spoilt('terminal-2', 'Whether it ends its chain is neither yes nor no.', changed(ending, terminal, 2));
  spoilt('successor-of-none', 'It names a successor and does not end its chain.', changed(ending, terminal, 0));
  addVersions(maker, plain, 1);
  for (const field of ['epoch', 'headSequence', 'sweepSequence'] as const) {
    const bytes = changed(plain, HEAD_HEADER[field][0], 0, 0x20, 0, 0, 0, 0, 0, 0);
    maker.hostile(`${field}-beyond-53-bits`, `The field ${field} is 2^53.`, { input: { plain: toHex(bytes) } });
  }
  return maker.vectors;
}

function frameHeaders({ random }: Fixture): Vector[] {
  const maker = new Maker('frame-header');
  const header = {
    bodyCodec: 1,
    bodyLength: 300,
    epoch: 4,
    headSequence: 1001,
    writeNonce: random.bytes(16),
    previousHash: random.bytes(32),
  };
  const plain = encodeFrameHeader(header);
  maker.good('frame', 'The header of a frame.', { input: { plain: toHex(plain) } }, inHex(header));
  const add = (name: string, description: string, bytes: Uint8Array) => {
    maker.hostile(name, description, { input: { plain: toHex(bytes) } });
  };
  add('kind-of-a-mark', 'Its kind is that of a mark.', changed(plain, 0, 2));
  add('kind-0', 'It is of no known kind.', changed(plain, 0, 0));
  add('epoch-beyond-53-bits', 'The epoch is 2^53.', changed(plain, 8, 0, 0x20, 0, 0, 0, 0, 0, 0));
  add(
    'sequence-beyond-53-bits',
    'The head sequence is 2^64 - 1.',
    changed(plain, 16, ...new Array<number>(8).fill(0xff)),
  );
  return maker.vectors;
}

function marks({ random }: Fixture): Vector[] {
  const maker = new Maker('mark');
  const mark = { frameOffset: 8192, epoch: 4, headSequence: 1001, frameHash: random.bytes(32) };
  const plain = encodeMark(mark);
  maker.good('mark', 'A mark.', { input: { plain: toHex(plain) } }, inHex(mark));
  const add = (name: string, description: string, bytes: Uint8Array) => {
    maker.hostile(name, description, { input: { plain: toHex(bytes) } });
  };
  add('kind-of-a-frame', 'Its kind is that of a frame.', changed(plain, 0, 1));
  add('epoch-beyond-53-bits', 'The epoch is 2^53.', changed(plain, 8, 0, 0x20, 0, 0, 0, 0, 0, 0));
  add('sequence-beyond-53-bits', 'The head sequence is 2^53.', changed(plain, 16, 0, 0x20, 0, 0, 0, 0, 0, 0));
  return maker.vectors;
}
