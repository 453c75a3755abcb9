import { decodeFrameHeader, decodeMark, encodeFrameHeader, encodeMark } from '../../src/format/frame-layout.js';
import { decodeHeadHeader, encodeHeadHeader, HEAD_HEADER } from '../../src/format/head-header.js';
import { idBytes } from '../../src/format/id-bytes.js';
import { isObjectId, type ObjectId, toObjectId } from '../../src/format/ids.js';
import { decodeKeyHeader, encodeKeyHeader, MAX_QUESTION } from '../../src/format/key-header.js';
import { decodeKeyRecord, encodeKeyRecord } from '../../src/format/key-record.js';
import { FORMAT_VERSION, objectSizeLog2, toPages } from '../../src/format/limits.js';
import { pattern } from '../crypto/suites.js';

const keyHeader = {
  objectSizeLog2: 16,
  credentialKind: 2,
  ephemeralKey: pattern(32, 4),
  keyEpoch: 3,
  question: pattern(100, 5),
};
const keyRecord = {
  treeId: pattern(16, 1),
  keyEpoch: 3,
  credentialKind: 2,
  credentialId: pattern(16, 2),
  rootSecret: pattern(32, 3),
  role: 1,
  storageKey: pattern(32, 6),
};
const headHeader = {
  treeId: pattern(16, 1),
  keyEpoch: 3,
  objectSizeLog2: 16,
  checkpointCodec: 1,
  epoch: 2 ** 40,
  headSequence: 2 ** 41,
  sweepSequence: 2 ** 42,
  writeNonce: pattern(16, 2),
  previousHash: pattern(32, 3),
  checkpointLength: 500,
  journalStart: 4096,
  successor: undefined,
  storageKey: undefined,
};
const frameHeader = {
  bodyCodec: 1,
  bodyLength: 70_000,
  epoch: 2 ** 40,
  headSequence: 2 ** 41,
  writeNonce: pattern(16, 2),
  previousHash: pattern(32, 3),
};
const mark = { frameOffset: 8192, epoch: 2 ** 40, headSequence: 2 ** 41, frameHash: pattern(32, 3) };

const known = { formatVersion: FORMAT_VERSION, suite: 1, incompatibleFeatures: 0, readonlyFeatures: 0 };

test('headers, frames and marks are read as they were written', () => {
  expect(decodeKeyHeader(encodeKeyHeader(keyHeader))).toEqual({ ...keyHeader, ...known });
  expect(decodeKeyRecord(encodeKeyRecord(keyRecord))).toEqual(keyRecord);
  expect(decodeHeadHeader(encodeHeadHeader(headHeader))).toEqual({ ...headHeader, ...known, record: 2 });
  expect(decodeFrameHeader(encodeFrameHeader(frameHeader))).toEqual(frameHeader);
  expect(decodeMark(encodeMark(mark))).toEqual(mark);
});

test('a header that ends its chain says where it goes on, or nowhere in this storage', () => {
  for (const successor of [pattern(32, 4), new Uint8Array(32)]) {
    expect(decodeHeadHeader(encodeHeadHeader({ ...headHeader, successor }))?.successor).toEqual(successor);
  }
});

test.each([
  ['an end of no known kind', HEAD_HEADER.terminal[0], 2],
  ['a successor of a head that does not end its chain', HEAD_HEADER.successor[0] + 31, 1],
])('%s is refused', (_what, at, value) => {
  const bytes = encodeHeadHeader(headHeader);
  bytes[at] = value;
  expect(decodeHeadHeader(bytes)).toBeUndefined();
});

test('none is taken for another', () => {
  expect(decodeKeyHeader(encodeHeadHeader(headHeader))).toBeUndefined();
  expect(decodeHeadHeader(encodeKeyHeader(keyHeader))).toBeUndefined();
  expect(decodeFrameHeader(encodeMark(mark))).toBeUndefined();
  expect(decodeMark(encodeFrameHeader(frameHeader))).toBeUndefined();
});

test('a question has as many bytes as there is room for', () => {
  for (const length of [0, 1, MAX_QUESTION]) {
    const question = pattern(length, 6);
    expect(decodeKeyHeader(encodeKeyHeader({ ...keyHeader, question }))?.question).toEqual(question);
  }
  const longer = encodeKeyHeader(keyHeader);
  new DataView(longer.buffer).setUint16(14, MAX_QUESTION + 1);
  expect(decodeKeyHeader(longer)).toBeUndefined();
});

/** The bytes with a number of 2^53 or more at a place. */
const beyond = (bytes: Uint8Array, at: number): Uint8Array => {
  new DataView(bytes.buffer).setBigUint64(at, 2n ** 53n);
  return bytes;
};

test.each([36, 44, 52])('a head whose number at %i is not exact is none', (at) => {
  expect(decodeHeadHeader(beyond(encodeHeadHeader(headHeader), at))).toBeUndefined();
});

test.each([8, 16])('a frame or mark whose number at %i is not exact is none', (at) => {
  expect(decodeFrameHeader(beyond(encodeFrameHeader(frameHeader), at))).toBeUndefined();
  expect(decodeMark(beyond(encodeMark(mark), at))).toBeUndefined();
});

test('an id is 32 bytes, or 64 lower-case hex digits', () => {
  const id = toObjectId(pattern(32));
  expect(idBytes(id)).toEqual(pattern(32));
  expect([id, `${id}0`, `0${id}`, id.slice(1), id.toUpperCase(), id.replace(/./, 'g')].map(isObjectId)).toEqual([
    true,
    ...new Array<boolean>(5).fill(false),
  ]);
  const refused = expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' });
  for (const length of [0, 31, 33]) {
    expect(() => toObjectId(pattern(length))).toThrow(refused);
    expect(() => idBytes('ab'.repeat(length) as ObjectId)).toThrow(refused);
  }
});

test('objects have a power of two from 64 KiB to 4 MiB', () => {
  expect([2 ** 16, 2 ** 17, 2 ** 22].map(objectSizeLog2)).toEqual([16, 17, 22]);
  for (const size of [0, 1, 2 ** 15, 2 ** 16 + 1, 3 * 2 ** 16, 2 ** 23, -(2 ** 16), Number.NaN]) {
    expect(objectSizeLog2(size)).toBeUndefined();
  }
});

test('a length takes whole pages', () => {
  expect([0, 1, 4095, 4096, 4097, 8192].map(toPages)).toEqual([0, 4096, 4096, 4096, 8192, 8192]);
});
