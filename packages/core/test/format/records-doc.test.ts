import { Infinitree, Key, MemoryBackend, VersionedMap } from '@infinitree/core';
import { decodeCbor, encodeCbor } from '../../src/codec/cbor.js';
import { decodeKey } from '../../src/codec/key-decode.js';
import { Secret } from '../../src/crypto/secret.js';
import type { Extent } from '../../src/format/extent.js';
import { toObjectId } from '../../src/format/ids.js';
import { type Base, encodeBase } from '../../src/tree/records/base.js';
import { encodeBatch } from '../../src/tree/records/batch.js';
import { encodeCheckpoint } from '../../src/tree/records/checkpoint.js';
import { type CommitRecord, encodeCommitBody, type FieldChange } from '../../src/tree/records/commit.js';
import { encodeLogEntry, logNodeOf } from '../../src/tree/records/log-node.js';
import {
  MOVED_CHUNK,
  MOVED_CHUNK_SIZE,
  MOVED_FIELD,
  type NewPlace,
  readMovedObject,
  writeMovedObject,
} from '../../src/tree/records/moved-object.js';
import type { RunRef } from '../../src/tree/records/run.js';
import { type BlockRef, encodeRunIndex } from '../../src/tree/records/run-index.js';
import { readChunk, writeChunk } from '../../src/tree/records/sparse-pointer.js';
import { pattern } from '../crypto/suites.js';
import { expectLayout, Page, quoted } from './page.js';

const page = new Page('format/records.md');
const names = page.marked('record');

/** Which type a cell of the page says, checked against a value as it was written. */
function expectType(type: string, value: unknown): void {
  if (type.startsWith('null or ')) {
    if (value !== null) expectType(type.slice(8), value);
    return;
  }
  if (type.startsWith('list of ')) {
    expect(Array.isArray(value)).toBe(true);
    for (const item of value as unknown[]) expectType(type.slice(8), item);
    return;
  }
  if (names.includes(type)) {
    if (Array.isArray(value)) expectRecord(type, value);
    else expectProperties(type, value);
    return;
  }
  const bytes = /^bytes(?:\((\d+)\))?$/.exec(type === 'id' ? 'bytes(32)' : type);
  if (bytes !== null) {
    expect(value).toBeInstanceOf(Uint8Array);
    if (bytes[1] !== undefined) expect(value).toHaveLength(Number(bytes[1]));
  } else if (type === 'key') expect(decodeKey(value as Uint8Array, 0).end).toBe((value as Uint8Array).length);
  else if (type === 'uint' || type === 'time') expect(Number.isSafeInteger(value) && (value as number) >= 0).toBe(true);
  else if (type === 'bool') expect(typeof value).toBe('boolean');
  else if (type === 'text') expect(typeof value).toBe('string');
  else throw new Error(`The page names no type "${type}".`);
}

const rowsOf = (name: string) => page.rowsAfter(`<!-- record: ${name} -->`);

function expectRecord(name: string, value: unknown): void {
  const rows = rowsOf(name);
  expect(value).toHaveLength(rows.length);
  rows.forEach(([item, , type = ''], i) => {
    expect(item).toBe(String(i));
    expectType(type, (value as unknown[])[i]);
  });
}

function expectProperties(name: string, value: unknown): void {
  const rows = rowsOf(name);
  expect(Object.keys(value as object)).toEqual(rows.map(([, property]) => quoted(property)));
  for (const [, property, type = ''] of rows)
    expectType(type, (value as Record<string, unknown>)[quoted(property) ?? '']);
}

const id = toObjectId(pattern(32, 1));
const extent: Extent = { codec: 1, segments: [{ object: id, offset: 0, length: 9 }] };
const commit: CommitRecord = {
  id: pattern(32, 2),
  sequence: 2 ** 40,
  time: Date.UTC(2024, 0),
  message: 'm',
  parent: pattern(32, 3),
  nonce: pattern(16, 4),
  data: Uint8Array.of(1),
};
const run: RunRef = {
  firstKey: 'a',
  lastKey: 5n,
  count: 2,
  firstSequence: 1,
  lastSequence: 2,
  sequenced: true,
  isUnique: false,
  plainLength: 10,
  index: extent,
  shadowedBy: 3,
};
const field = { name: 'f', type: 't', strategy: 'local' };
const placed = { run, objects: [id], bytes: 5 };
const change: FieldChange = { field, cleared: false, inline: Uint8Array.of(1), run: placed };
const log = [{ firstSequence: 1, lastSequence: 2, extent }];
const base: Base = {
  last: commit,
  fields: [{ field, clears: [1] }],
  packs: [{ objects: [id], bytes: 5, runs: [{ field, run }], log }],
  isYoung: true,
};
const body = encodeCommitBody(commit, [change]);
const replaced = { objects: [id], headSequence: 1, epoch: 1, time: 1 };
const credential = {
  id: pattern(16, 5),
  kind: 1,
  live: true,
  created: 1,
  label: 'l',
  keyObjects: [id, id] as const,
  headerKey: new Secret(pattern(32, 6)),
  publicKey: pattern(32, 7),
  question: pattern(3, 8),
  role: 2,
};
const dropbox = {
  id: pattern(16, 1),
  label: 'l',
  created: 1,
  live: true,
  fields: ['f'],
  shared: new Secret(pattern(32, 2)),
  secret: new Secret(pattern(32, 3)),
  keyEpoch: 0,
  verificationKey: pattern(32, 4),
  chains: [{ chain: 1, counter: 2, hash: pattern(32, 5), deleted: 1 }],
};
const key = new Secret(pattern(32, 9));
const sealedSecret = { ephemeralKey: pattern(32, 13), sealed: pattern(48, 12) };
const epoch = {
  keyEpoch: 0,
  ownKey: key,
  applicationKey: key,
  data: { storageKey: key, storagePair: undefined, paddingKey: key },
  successor: pattern(32, 10),
  heads: [id],
};
const epochOfSplitTree = {
  ...epoch,
  data: {
    storageKey: undefined,
    storagePair: { publicKey: pattern(32, 15), secret: sealedSecret },
    paddingKey: key,
  },
};
const copy = { credentialId: pattern(16, 11), ephemeralKey: pattern(32, 13), sealed: pattern(80, 12) };
const nextSecret = { keyEpoch: 1, copies: [copy], exposed: false };
const care = {
  tail: [body],
  credentials: [credential],
  olderHeads: [1],
  replaced: [replaced],
  fork: pattern(16, 8),
  dropboxes: [dropbox],
  history: { contentKey: new Secret(pattern(32, 9)), epochs: [epoch, epochOfSplitTree], below: 1 },
  rotation: { stage: 'prepared', next: nextSecret } as const,
};
const pointer = { object: pattern(32, 6), offset: 1, size: 2, tag: pattern(16, 7), codec: 1 };

describe('records are written as the page says', () => {
  test('checkpoints, with all that is in them', () => {
    expectRecord('checkpoint', decodeCbor(encodeCheckpoint({ base, ...care })));
    expectRecord(
      'checkpoint',
      decodeCbor(encodeCheckpoint({ base: extent, ...care, fork: undefined, history: undefined, rotation: undefined })),
    );
    const of = { epoch: 1, headSequence: 2, hash: pattern(32, 14) };
    const others = { fork: undefined, rotation: { stage: 'first', of } as const };
    expectRecord('checkpoint', decodeCbor(encodeCheckpoint({ base, ...care, ...others })));
    expectRecord('base', decodeCbor(encodeBase(base)));
  });

  test('commits', () => {
    expectRecord('commit body', decodeCbor(body.encoded));
    const bare = encodeCommitBody({ ...commit, parent: undefined, data: undefined }, [
      { ...change, inline: undefined, run: undefined },
    ]);
    expectRecord('commit body', decodeCbor(bare.encoded));
  });

  test('batches', () => {
    const written = encodeBatch({ message: 'm', changes: [{ field, cleared: false, blocks: [Uint8Array.of(1)] }] });
    expectRecord('batch', decodeCbor(written));
  });

  test('nodes of the log, and indexes of runs', () => {
    for (const written of decodeCbor(logNodeOf([encodeLogEntry(commit)])) as unknown[]) expectRecord('commit', written);
    const block: BlockRef = { firstKey: 1, lastKey: 2, count: 2, plainLength: 3, extent };
    const filters = [{ blocks: 1, length: 32, extent }];
    expectRecord('run index', decodeCbor(encodeRunIndex({ blocks: [block], filters })));
  });

  test('pointers and blobs', async () => {
    await using tree = await Infinitree.create((await import('../vectors/garden.js')).Garden, {
      backend: new MemoryBackend(),
      key: Key.random(),
      objectSize: 65_536,
    });
    const ref = await tree.blobs.put(new Uint8Array(100_000));
    expectProperties('blob reference', ref);
    expect(ref.chunkSize).toBe(65_536);
    expectProperties('chunk pointer', ref.chunks[0]);
    expectProperties('sparse pointer', { chunk: writeChunk([pointer]), at: 0 });
    await using split = await Infinitree.create(VersionedMap, {
      backend: new MemoryBackend(),
      key: Key.splitReader(Key.random()),
      objectSize: 65_536,
    });
    expectProperties('sealed chunk pointer', (await split.blobs.put(new Uint8Array(5))).chunks[0]);
  });

  test('the place of a chunk', () => {
    const layout = { object: [0, 32], offset: [32, 4], size: [36, 4], tag: [40, 16] };
    expectLayout(page.layoutOf('chunk piece'), layout, 56);
    const text = writeChunk([pointer, pointer]);
    expect(text).toHaveLength(2 * (1 + 2 * 56));
    expect(text.slice(0, 2)).toBe('01');
    expect(readChunk(text)).toEqual([pointer, pointer]);
    expectLayout(page.layoutOf('sealed chunk piece'), { ...layout, seal: [56, 48] }, 104);
    const sealed = { ...pointer, seal: pattern(48, 9) };
    const longer = writeChunk([sealed, sealed]);
    expect(longer).toHaveLength(2 * (1 + 2 * 104));
    expect(longer.slice(0, 2)).toBe('81');
    expect(readChunk(longer)).toEqual([sealed, sealed]);
  });

  test('where chunks are that were sealed again', () => {
    expectLayout(page.layoutOf('moved chunk'), MOVED_CHUNK, MOVED_CHUNK_SIZE);
    const { name, type, strategy } = MOVED_FIELD;
    for (const word of [name.slice(1), type, strategy]) expect(page.text).toContain(`\`${word}\``);
    const [here, there] = [pattern(32, 1), pattern(32, 2)];
    const place = (object: Uint8Array, offset: number): NewPlace => ({ object, offset, tag: pattern(16, offset) });
    const chunks = new Map([
      [70, place(there, 3)],
      [0, place(here, 1)],
      [9, place(there, 2)],
    ]);
    const written = writeMovedObject(chunks);
    expectRecord('moved object', decodeCbor(encodeCbor(written)));
    expect(written.map((part) => part.length)).toEqual([64, 0, 3 * 28]);
    const read = readMovedObject(written);
    expect(read.objects).toEqual([here, there].map(toObjectId));
    for (const [from, expected] of chunks) expect(read.find(from)).toEqual(expected);
    expect(read.find(1)).toBeUndefined();
    // The second row: from 9, in the second object, at 2.
    expect([...written[2].subarray(28, 40)]).toEqual([0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2]);
    const sealed = new Map([[5, { ...place(here, 6), seal: pattern(48, 3) }]]);
    expectRecord('moved object', decodeCbor(encodeCbor(writeMovedObject(sealed))));
    expect(readMovedObject(writeMovedObject(sealed)).find(5)).toEqual(sealed.get(5));
  });

  test('every record is compared', () => {
    const compared = [
      'extent',
      'segment',
      'checkpoint',
      'dropbox',
      'chain',
      'credential',
      'replaced',
      'key history',
      'earlier epoch',
      'data keys',
      'storage pair',
      'rotation',
      'next secret',
      'secret copy',
      'state',
      'base',
      'pack',
      'packed run',
      'log reference',
      'field',
      'run',
      'placed run',
      'run index',
      'block reference',
      'filter reference',
    ];
    const pointers = ['sparse pointer', 'chunk pointer', 'sealed chunk pointer', 'blob reference'];
    const others = ['commit body', 'commit', 'change', 'batch', 'batch change', ...pointers];
    expect(names).toEqual([...compared, ...others, 'moved object']);
    expect(page.marked('table')).toEqual(['chunk piece', 'sealed chunk piece', 'moved chunk']);
  });
});
