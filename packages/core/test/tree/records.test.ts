// Records are sealed, so a malformed one is a key holder's: it is refused as `CORRUPT`, never half believed.
import { encodeCbor } from '../../src/codec/cbor.js';
import { encodeValue } from '../../src/codec/value-codec.js';
import { Secret } from '../../src/crypto/secret.js';
import { toObjectId } from '../../src/format/ids.js';
import type { ObjectReader } from '../../src/object/object-reader.js';
import { commitRecords } from '../../src/tree/log.js';
import { SparseValues } from '../../src/tree/read/sparse-values.js';
import { decodeBase, EMPTY_BASE, encodeBase } from '../../src/tree/records/base.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/tree/records/checkpoint.js';
import {
  type CommitRecord,
  decodeCommitBody,
  decodeFrameBody,
  encodeCommitBody,
  encodeFrameBody,
  writeCommit,
} from '../../src/tree/records/commit.js';
import { decodeLogNode, encodeLogEntry, logNodeOf } from '../../src/tree/records/log-node.js';
import { type RunRef, readRun, writeRun } from '../../src/tree/records/run.js';
import { decodeRunIndex } from '../../src/tree/records/run-index.js';
import { chunkSize, isChunkText, readChunk, readPointer, writeChunk } from '../../src/tree/records/sparse-pointer.js';
import type { Session } from '../../src/tree/session.js';
import type { Snapshot } from '../../src/tree/snapshot.js';
import { Tail } from '../../src/tree/tail.js';
import { code, codeOf } from './scene.js';

const fill = (length: number, value = 7) => new Uint8Array(length).fill(value);
const extent = { codec: 0, segments: [{ object: 'ab'.repeat(32) as never, offset: 1, length: 2 }] };
const commit: CommitRecord = {
  id: fill(32),
  sequence: 1,
  time: 2,
  message: 'm',
  parent: undefined,
  nonce: fill(16),
  data: fill(3),
};
const run: RunRef = {
  firstKey: 1,
  lastKey: 'z',
  count: 2,
  firstSequence: 1,
  lastSequence: 3,
  sequenced: true,
  isUnique: false,
  plainLength: 10,
  index: extent,
  shadowedBy: 3,
};

/** Every value that is not of the kind that stands at some place, for whatever is expected there. */
const WRONG: readonly unknown[] = [null, -1, 1.5, 2 ** 60, 'text', true, [], [[]], fill(5), {}];

/** A copy of nested lists in which one leaf, or list, has another value. */
function* mutants(value: unknown): Generator<unknown, void, undefined> {
  for (const wrong of WRONG) yield wrong;
  if (!Array.isArray(value)) return;
  yield value.slice(1);
  yield [...(value as unknown[]), 0];
  for (const [i, part] of (value as unknown[]).entries()) {
    for (const mutant of mutants(part)) yield (value as unknown[]).with(i, mutant);
  }
}

/** How many of all mutants are refused; anything but `CORRUPT` is thrown on. */
async function refused(value: unknown, read: (mutant: unknown) => unknown): Promise<number> {
  expect(await codeOf(() => read(value))).toBe('ok');
  let count = 0;
  for (const mutant of mutants(value)) {
    const outcome = await codeOf(() => read(mutant));
    expect(['ok', code('CORRUPT')]).toContain(outcome);
    count += Number(outcome !== 'ok');
  }
  return count;
}

test('runs and their indexes', async () => {
  expect(readRun(writeRun(run))).toEqual(run);
  expect(await refused(writeRun(run), readRun)).toBeGreaterThan(100);
  for (const [i, part] of (writeRun(run) as unknown[]).entries()) {
    if (typeof part !== 'boolean') continue;
    for (const wrong of [0, 1, 'true', null, []]) {
      expect(await codeOf(() => readRun((writeRun(run) as unknown[]).with(i, wrong)))).toBe(code('CORRUPT'));
    }
  }
  // One item more is as malformed as one less.
  expect(await codeOf(() => readRun([...(writeRun(run) as unknown[]), 0]))).toBe(code('CORRUPT'));
  const key = fill(1, 8);
  const at = [0, [[fill(32), 1, 2]]];
  const index = [[[key, key, 1, 2, at]], [[1, 32, at]]];
  expect(await refused(index, (mutant) => decodeRunIndex(encodeCbor(mutant)))).toBeGreaterThan(80);
  const bad = (blocks: unknown, filters: unknown) => codeOf(() => decodeRunIndex(encodeCbor([blocks, filters])));
  expect(await bad([[fill(2, 8), key, 1, 2, [0, []]]], [])).toBe(code('CORRUPT'));
  // Filters for fewer blocks than there are, and for more.
  for (const blocks of [0, 2]) expect(await bad(index[0], [[blocks, 32, at]])).toBe(code('CORRUPT'));
});

test('commits, frames and log nodes', async () => {
  const field = { name: 'n', type: 't', strategy: 'local' };
  const placed = { run, objects: [toObjectId(fill(32))], bytes: 5 };
  const changes = [{ field, cleared: false, inline: fill(3), run: placed }];
  const { encoded } = encodeCommitBody({ ...commit, parent: fill(32) }, changes);
  expect(decodeCommitBody(encoded)).toMatchObject({ changes });
  const row = ['n', 't', 'local', false, fill(3), [writeRun(run), [fill(32)], 5]];
  const body = [[fill(32), 1, 2, 'm', fill(32), fill(16), fill(3)], [row]];
  expect(await refused(body, (mutant) => decodeCommitBody(encodeCbor(mutant)))).toBeGreaterThan(150);
  expect(await refused([encoded], (mutant) => decodeFrameBody(encodeCbor(mutant)))).toBeGreaterThan(5);
  expect(decodeLogNode(logNodeOf([commit, commit].map(encodeLogEntry)))).toEqual([commit, commit]);
  expect(await refused([body[0]], (mutant) => decodeLogNode(encodeCbor(mutant)))).toBeGreaterThan(60);
});

test('a log goes back in time, or it is refused', async () => {
  const read = async (...nodes: number[][]) => {
    const payloads = nodes.map((sequences) =>
      logNodeOf(sequences.map((sequence) => encodeLogEntry({ ...commit, sequence }))),
    );
    const reader = { read: async () => payloads.shift() };
    const log = nodes.map((sequences) => ({
      firstSequence: sequences[0] ?? 1,
      lastSequence: sequences.at(-1) ?? 1,
      extent,
    }));
    const packs = [{ objects: [], bytes: 0, runs: [], log: log.toReversed() }];
    const snapshot = { tail: Tail.of([]), last: { ...commit, sequence: 9 }, base: { ...EMPTY_BASE, packs } };
    const found: number[] = [];
    const result = await codeOf(async () => {
      const records = commitRecords({ reader } as unknown as Session, snapshot as unknown as Snapshot, {});
      for await (const { sequence } of records) found.push(sequence);
    });
    return [found, result];
  };
  expect(await read([8, 9], [5, 7])).toEqual([[9, 8, 7, 5], 'ok']);
  expect(await read([8, 9], [7, 8])).toEqual([[9, 8], code('CORRUPT')]);
  expect(await read([9], [9])).toEqual([[9], code('CORRUPT')]);
  expect(await read([9, 8])).toEqual([[8], code('CORRUPT')]);
  expect(await read([9], [])).toEqual([[9], code('CORRUPT')]);
});

test('checkpoints and bases', async () => {
  const pack = [[fill(32)], 5, [[0, writeRun(run)]], [[1, 2, [0, [[fill(32), 1, 2]]]]]];
  const base = [null, [['n', 't', 'local', [1]]], [pack], true];
  expect(await refused(base, (mutant) => decodeBase(encodeCbor(mutant)))).toBeGreaterThan(150);
  const credential = [fill(16), 2, true, 3, 'label', [fill(32), fill(32)], fill(32), fill(32), fill(4), 1];
  const dropbox = [fill(16), 'label', 3, true, ['f'], fill(32), fill(32), fill(32), [[4, 5, fill(32), 4]], 1];
  const earlier = (data: unknown) => [0, fill(32), fill(32), data, fill(32), [fill(32)]];
  const pair = [fill(32), fill(32), fill(48)];
  const history = [fill(32), [earlier([fill(32), null, fill(32)]), earlier([null, pair, fill(32)])], 1];
  const rotation = [1, [1, [[fill(16), fill(32), fill(80)]], true], null];
  const care = [[credential], [1, 2], [[[fill(32)], 1, 2, 3]], fill(16), [dropbox], history, rotation];
  const checkpoint = [base, null, [], ...care];
  expect(await refused(checkpoint, (mutant) => decodeCheckpoint(encodeCbor(mutant)))).toBeGreaterThan(200);
  const apart = {
    base: extent,
    tail: [],
    credentials: [],
    olderHeads: [],
    replaced: [],
    fork: undefined,
    dropboxes: [],
    history: undefined,
    rotation: undefined,
  };
  expect(decodeCheckpoint(encodeCheckpoint(apart))).toEqual(apart);
  expect(decodeCheckpoint(encodeCheckpoint({ ...apart, base: EMPTY_BASE }))).toEqual({ ...apart, base: EMPTY_BASE });
  expect(await codeOf(() => decodeCheckpoint(encodeCbor([null, null, [], ...care])))).toBe(code('CORRUPT'));
  expect(await codeOf(() => decodeCheckpoint(fill(9, 0xff)))).toBe(code('CORRUPT'));
});

test('a checkpoint comes back whole', () => {
  const field = { name: 'n', type: 't', strategy: 'local' };
  const id = (value: number) => toObjectId(fill(32, value));
  const base = {
    last: { ...commit, parent: fill(32, 1) },
    fields: [{ field, clears: [1, 2] }],
    packs: [
      {
        objects: [id(2), id(3)],
        bytes: Number.MAX_SAFE_INTEGER,
        runs: [{ field, run }],
        log: [{ firstSequence: 1, lastSequence: 2, extent }],
      },
    ],
    isYoung: true,
  };
  expect(decodeBase(encodeBase(base))).toStrictEqual(base);
  const changes = [
    { field, cleared: true, inline: undefined, run: { run, objects: [id(9)], bytes: 5 } },
    { field, cleared: false, inline: fill(3), run: undefined },
  ];
  const checkpoint = {
    base,
    tail: [encodeCommitBody({ ...commit, data: undefined }, changes), encodeCommitBody(commit, [])],
    credentials: [
      {
        id: fill(16),
        kind: 2,
        live: false,
        created: 2 ** 40,
        label: 'label',
        keyObjects: [id(6), id(7)] as const,
        headerKey: new Secret(fill(32, 8)),
        publicKey: fill(32, 9),
        question: fill(380, 10),
        role: 2,
      },
    ],
    olderHeads: [4, 3],
    fork: Uint8Array.from({ length: 16 }, (_, i) => i),
    dropboxes: [
      {
        id: new Uint8Array(16).fill(3),
        label: 'worker',
        created: 5,
        live: true,
        fields: ['a', 'b'],
        shared: new Secret(new Uint8Array(32).fill(4)),
        secret: new Secret(new Uint8Array(32).fill(5)),
        keyEpoch: 2,
        verificationKey: new Uint8Array(32).fill(6),
        chains: [{ chain: 2 ** 39, counter: 7, hash: new Uint8Array(32).fill(8), deleted: 6 }],
      },
    ],
    replaced: [{ objects: [id(4), id(5)], headSequence: 6, epoch: 7, time: 2 ** 41 }],
    history: {
      contentKey: new Secret(fill(32, 11)),
      epochs: [
        {
          keyEpoch: 0,
          ownKey: new Secret(fill(32, 12)),
          applicationKey: new Secret(fill(32, 13)),
          data: undefined,
          successor: fill(32, 14),
          heads: [id(8), id(9)],
        },
      ],
      below: 1,
    },
    rotation: { stage: 'first', of: { epoch: 2 ** 40, headSequence: 2 ** 41, hash: fill(32, 15) } } as const,
  };
  expect(decodeCheckpoint(encodeCheckpoint(checkpoint))).toStrictEqual(checkpoint);
  expect(decodeFrameBody(encodeFrameBody(checkpoint.tail))).toStrictEqual(checkpoint.tail);
});

test('texts that may stand for a value that stands apart are told from all others', () => {
  const chunk = writeChunk([{ object: fill(32), offset: 1, size: 2, tag: fill(16), codec: 1 }]);
  const sealed = writeChunk([{ object: fill(32), offset: 1, size: 2, tag: fill(16), codec: 1, seal: fill(48) }]);
  const two = `${chunk}${chunk.slice(2)}`;
  const mixed = [`81${chunk.slice(2)}`, `01${sealed.slice(2)}`, sealed.slice(0, -2)];
  const others = [
    '',
    '01',
    chunk.slice(2),
    `${chunk}00`,
    `g${chunk.slice(1)}`,
    `${chunk.slice(1)}G`,
    two.slice(1),
    ...mixed,
  ];
  expect([chunk, two, sealed, ...others].map(isChunkText)).toEqual([true, true, true, ...others.map(() => false)]);
});

test('pointers to values that stand apart', async () => {
  const piece = { object: fill(32), offset: 1, size: 2, tag: fill(16), codec: 1 };
  const chunk = writeChunk([piece, piece]);
  expect(readChunk(chunk)).toEqual([piece, piece]);
  const inSplitTree = { ...piece, seal: fill(48) };
  const sealed = writeChunk([inSplitTree, inSplitTree]);
  expect(readChunk(sealed)).toEqual([inSplitTree, inSplitTree]);
  expect([chunk, sealed].map(chunkSize)).toEqual([4, 4]);
  for (const text of ['', '01', 'xy', chunk.slice(2), `${chunk}00`, sealed.slice(2), `${sealed}00`]) {
    expect(await codeOf(() => readChunk(text))).toBe(code('CORRUPT'));
  }
  expect(readPointer({ chunk, at: 3 })).toEqual({ chunk, at: 3 });
  expect(readPointer({ chunk, at: 3, objects: [fill(32)] })).toEqual({ chunk, at: 3, objects: [fill(32)] });
  for (const objects of [5, {}, [5], [fill(31)]]) {
    expect(await codeOf(() => readPointer({ chunk, at: 3, objects }))).toBe(code('CORRUPT'));
  }
  for (const value of [null, 5, undefined, {}, { chunk }, { at: 1 }, { chunk: 5, at: 1 }, { chunk, at: -1 }]) {
    expect(await codeOf(() => readPointer(value))).toBe(code('CORRUPT'));
  }
});

test('a chunk of values that holds no list, or too short a one', async () => {
  const pointer = { chunk: writeChunk([{ object: fill(32), offset: 1, size: 2, tag: fill(16), codec: 0 }]), at: 2 };
  for (const [stored, outcome] of [
    [['a', 'b', 'c'], 'ok'],
    [['a', 'b'], code('CORRUPT')],
    [[], code('CORRUPT')],
    ['abc', code('CORRUPT')],
    [{ length: 3 }, code('CORRUPT')],
  ] as const) {
    const reader = { readDetached: () => Promise.resolve(encodeValue(stored)) } as unknown as ObjectReader;
    expect(await codeOf(() => new SparseValues(reader).get(pointer))).toBe(outcome);
  }
});

test('a node of the log is the array of its commits, however many there are', () => {
  for (const count of [1, 23, 24, 255, 256, 1024, 4096]) {
    const commits = Array.from({ length: count }, (_, i) => ({ ...commit, sequence: i + 1 }));
    expect(logNodeOf(commits.map(encodeLogEntry))).toEqual(encodeCbor(commits.map(writeCommit)));
  }
});
