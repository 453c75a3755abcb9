import { encodeCbor } from '../../src/codec/cbor.js';
import { Secret } from '../../src/crypto/secret.js';
import { MAX_MESSAGE } from '../../src/format/limits.js';
import { decodeBatch, encodeBatch } from '../../src/tree/records/batch.js';
import { type DataKeys, readKeyHistory, writeKeyHistory } from '../../src/tree/records/key-history.js';
import { type Rotation, readRotation, writeRotation } from '../../src/tree/records/rotation.js';

const corrupt = expect.objectContaining({ code: 'INFINITREE_CORRUPT' });
const fill = (length: number, byte = 1) => new Uint8Array(length).fill(byte);

const copy = { credentialId: fill(16, 2), ephemeralKey: fill(32, 3), sealed: fill(80, 4) };
const next = { keyEpoch: 2 ** 31, copies: [copy, { ...copy, credentialId: fill(16, 5) }], exposed: true };
const of = { epoch: 2 ** 40, headSequence: 2 ** 41, hash: fill(32, 6) };

const STAGES: readonly Rotation[] = [
  { stage: 'prepared', next },
  { stage: 'prepared', next: { ...next, copies: [], exposed: false } },
  { stage: 'first', of },
  { stage: 'finishing' },
];

test.each(STAGES)('a rotation is read as it was written: $stage', (rotation) => {
  expect(readRotation(writeRotation(rotation))).toEqual(rotation);
});

test('a rotation is at one of three stages, with what belongs to that', () => {
  const [prepared, first] = [STAGES[0]!, STAGES[2]!].map((rotation) => writeRotation(rotation) as unknown[]);
  const [, someNext] = prepared!;
  const [, , someOf] = first!;
  const stages = [0, 1, 2, 3, 4, '1', null];
  const all = stages.flatMap((stage) =>
    [null, someNext].flatMap((given) => [null, someOf].map((standsFor) => [stage, given, standsFor])),
  );
  const valid = all.filter((record) => {
    try {
      return readRotation(record).stage;
    } catch (error) {
      expect(error).toEqual(corrupt);
      return false;
    }
  });
  expect(valid).toEqual([
    [1, someNext, null],
    [2, null, someOf],
    [3, null, null],
  ]);
});

test.each([
  ['a copy that is too short', [1, [1, [[fill(16), fill(32), fill(79)]], true], null]],
  ['a copy for no credential', [1, [1, [[fill(15), fill(32), fill(80)]], true], null]],
  ['a copy without its public key', [1, [1, [[fill(16), fill(31), fill(80)]], true], null]],
  ['half a copy', [1, [1, [[fill(16), fill(32)]], true], null]],
  ['no key epoch', [1, ['a', [], true], null]],
  ['no word of whether somebody had it', [1, [1, [], null], null]],
  ['a head with a hash that is none', [2, null, [1, 2, fill(31)]]],
  ['a head without an epoch', [2, null, [null, 2, fill(32)]]],
  ['a head without a sequence', [2, null, [1, -2, fill(32)]]],
  ['a stage too many', [3, null, null, null]],
])('a rotation with %s is damaged', (_, record) => {
  expect(() => readRotation(record)).toThrow(corrupt);
});

const secret = (byte: number) => new Secret(fill(32, byte));
const pair = { publicKey: fill(32, 7), secret: { ephemeralKey: fill(32, 8), sealed: fill(48, 9) } };
const DATA: readonly (DataKeys | undefined)[] = [
  undefined,
  { storageKey: secret(10), storagePair: undefined, paddingKey: secret(11) },
  { storageKey: undefined, storagePair: pair, paddingKey: secret(11) },
];

test('what is kept of earlier key epochs is read as it was written', () => {
  const epochs = DATA.map((data, keyEpoch) => ({
    keyEpoch,
    ownKey: secret(12),
    applicationKey: secret(13),
    data,
    successor: fill(32, 14),
    heads: [],
  }));
  const history = { contentKey: secret(15), epochs, below: 2 } as unknown as Parameters<typeof writeKeyHistory>[0];
  const written = writeKeyHistory(history);
  const read = readKeyHistory(written);
  expect(encodeCbor(writeKeyHistory(read))).toEqual(encodeCbor(written));
  expect(read.below).toBe(2);
  const kept = read.epochs.map(({ data }) => [
    data?.storageKey?.reveal(),
    data?.storagePair,
    data?.paddingKey.reveal(),
  ]);
  expect(kept).toEqual([
    [undefined, undefined, undefined],
    [fill(32, 10), undefined, fill(32, 11)],
    [undefined, pair, fill(32, 11)],
  ]);
});

test('data of an earlier key epoch have one key', () => {
  const written = writeKeyHistory({
    contentKey: secret(15),
    epochs: [],
    below: undefined,
  }) as unknown[];
  const rows = [fill(32), [fill(32), fill(32), fill(48)]] as const;
  const withData = (...data: readonly unknown[]) => {
    const record = [...written];
    record[1] = [[0, fill(32), fill(32), data, fill(32), []]];
    return () => readKeyHistory(record);
  };
  expect(withData(rows[0], null, fill(32))).not.toThrow();
  expect(withData(null, rows[1], fill(32))).not.toThrow();
  for (const [key, sealed] of [[null, null], rows] as const) {
    expect(withData(key, sealed, fill(32))).toThrow(corrupt);
    expect(withData(key, sealed, fill(32))).toThrow('data have not one key');
  }
  for (const sealed of [
    [fill(31), fill(32), fill(48)],
    [fill(32), fill(31), fill(48)],
    [fill(32), fill(32), fill(47)],
    [fill(32), fill(32)],
  ]) {
    expect(withData(null, sealed, fill(32))).toThrow(corrupt);
  }
});

test('the content of a batch is read as it was written', () => {
  const field = { name: 'a', type: 'versioned-map', strategy: 'local' };
  const batch = {
    message: 'm'.repeat(MAX_MESSAGE),
    changes: [
      { field, cleared: true, blocks: [fill(3), fill(0)] },
      { field: { ...field, name: 'b' }, cleared: false, blocks: [] },
    ],
  };
  expect(decodeBatch(encodeBatch(batch))).toEqual(batch);
  const tooLong = encodeBatch({ ...batch, message: 'm'.repeat(MAX_MESSAGE + 1) });
  expect(() => decodeBatch(tooLong)).toThrow(corrupt);
  expect(() => decodeBatch(tooLong)).toThrow('a message is too long');
  expect(() => decodeBatch(encodeCbor(['m', [['a', 'b', 'c', true, ['block']]]]))).toThrow(corrupt);
  expect(() => decodeBatch(encodeCbor(['m', [['a', 'b', 'c', 1, []]]]))).toThrow(corrupt);
});
