import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { toCanonical } from '../../../src/codec/canonical-key.js';
import { encodeCbor } from '../../../src/codec/cbor.js';
import { KeyHashes } from '../../../src/codec/key-filter.js';
import { newObjectId } from '../../../src/crypto/own-ids.js';
import { type Fixture } from '../fixture.js';
import { toNotation } from '../notation.js';
import { inHex, type Json, Maker, type Vector } from '../vector.js';

/** What heads, frames and index objects hold. */
export function recordVectors(fixture: Fixture): Vector[] {
  const parts = new Parts(fixture);
  return [
    ...commitBodies(parts),
    ...frameBodies(parts),
    ...checkpoints(parts),
    ...logNodes(parts),
    ...runIndexes(parts),
    ...keyFilters(),
  ];
}

/** Records as lists, to be spoiled one item at a time. */
export class Parts {
  readonly object: Uint8Array;
  readonly id: Uint8Array;
  readonly nonce: Uint8Array;

  constructor({ random, keys, context }: Fixture) {
    this.object = fromHex(newObjectId(keys, context.entropy)) ?? new Uint8Array(0);
    this.id = random.bytes(32);
    this.nonce = random.bytes(16);
  }

  extent(): unknown[] {
    return [1, [[this.object, 4096, 100]]];
  }

  commit(over: Readonly<Record<number, unknown>> = {}): unknown[] {
    return replaced([this.id, 3, 1_704_067_200_000, 'a message', null, this.nonce, null], over);
  }

  run(over: Readonly<Record<number, unknown>> = {}): unknown[] {
    const [first, last] = [Uint8Array.of(8), Uint8Array.of(9)];
    return replaced([first, last, 2, 3, 3, false, true, 40, this.extent(), null], over);
  }

  placed(run = this.run()): unknown[] {
    return [run, [this.object], 60];
  }

  change(over: Readonly<Record<number, unknown>> = {}): unknown[] {
    return replaced(['plants', 'versioned-map', 'local', false, Uint8Array.of(1, 2), null], over);
  }

  body(commit = this.commit(), changes: unknown = [this.change()]): Uint8Array {
    return encodeCbor([commit, changes]);
  }

  base(over: Readonly<Record<number, unknown>> = {}): unknown[] {
    return replaced([this.commit(), [['plants', 'versioned-map', 'local', [2]]], [this.pack()], true], over);
  }

  pack(over: Readonly<Record<number, unknown>> = {}): unknown[] {
    const history = this.run({ 5: true, 6: false, 9: 3 });
    return replaced(
      [
        [this.object],
        200,
        [
          [0, this.run()],
          [0, history],
        ],
        [[1, 3, this.extent()]],
      ],
      over,
    );
  }

  checkpoint(over: Readonly<Record<number, unknown>> = {}): unknown[] {
    const gone = [[this.object], 7, 2, 1_704_067_200_000];
    return replaced(
      [this.base(), null, [this.body()], [this.credential()], [1, 2], [gone], null, [], null, null],
      over,
    );
  }

  credential(over: Readonly<Record<number, unknown>> = {}): unknown[] {
    const question = new Uint8Array(0);
    const keyObjects = [this.object, this.id];
    return replaced([this.nonce, 1, true, 1_704_067_200_000, 'Ada', keyObjects, this.id, this.id, question, 0], over);
  }

  dropbox(over: Readonly<Record<number, unknown>> = {}): unknown[] {
    const chains = [[9, 3, this.id, 2]];
    return replaced(
      [this.nonce, 'worker', 1_704_067_200_000, true, ['plants'], this.id, this.id, this.id, chains, 1],
      over,
    );
  }

  readonly expectedDropbox = (): Json => ({
    id: toHex(this.nonce),
    label: 'worker',
    created: 1_704_067_200_000,
    live: true,
    fields: ['plants'],
    shared: toHex(this.id),
    secret: toHex(this.id),
    keyEpoch: 1,
    verificationKey: toHex(this.id),
    chains: [{ chain: 9, counter: 3, hash: toHex(this.id), deleted: 2 }],
  });

  readonly expectedCredential = (): Json => ({
    id: toHex(this.nonce),
    kind: 1,
    live: true,
    created: 1_704_067_200_000,
    label: 'Ada',
    keyObjects: [toHex(this.object), toHex(this.id)],
    headerKey: toHex(this.id),
    publicKey: toHex(this.id),
    question: '',
    role: 0,
  });

  readonly expectedCare = (): Record<string, Json> => ({
    tail: [this.expectedBody()],
    credentials: [this.expectedCredential()],
    olderHeads: [1, 2],
    replaced: [{ objects: [toHex(this.object)], headSequence: 7, epoch: 2, time: 1_704_067_200_000 }],
    fork: null,
    dropboxes: [],
    history: null,
    rotation: null,
  });

  readonly expectedExtent = (): Json => ({
    codec: 1,
    segments: [{ object: toHex(this.object), offset: 4096, length: 100 }],
  });

  readonly expectedCommit = (): Json => ({
    id: toHex(this.id),
    sequence: 3,
    time: 1_704_067_200_000,
    message: 'a message',
    parent: null,
    nonce: toHex(this.nonce),
    data: null,
  });

  readonly expectedRun = (): Json => ({
    firstKey: false,
    lastKey: true,
    count: 2,
    firstSequence: 3,
    lastSequence: 3,
    sequenced: false,
    isUnique: true,
    plainLength: 40,
    index: this.expectedExtent(),
    shadowedBy: null,
  });

  readonly expectedBody = (): Json => ({
    commit: this.expectedCommit(),
    changes: [{ field: FIELD, cleared: false, inline: '0102', run: null }],
    encoded: toHex(this.body()),
  });

  readonly expectedBase = (): Json => ({
    last: this.expectedCommit(),
    fields: [{ field: FIELD, clears: [2] }],
    packs: [
      {
        objects: [toHex(this.object)],
        bytes: 200,
        runs: [
          { field: FIELD, run: this.expectedRun() },
          { field: FIELD, run: { ...(this.expectedRun() as object), sequenced: true, isUnique: false, shadowedBy: 3 } },
        ],
        log: [{ firstSequence: 1, lastSequence: 3, extent: this.expectedExtent() }],
      },
    ],
    isYoung: true,
  });
}

const FIELD = { name: 'plants', type: 'versioned-map', strategy: 'local' };

function replaced(list: readonly unknown[], over: Readonly<Record<number, unknown>>): unknown[] {
  return list.map((item, i) => (i in over ? over[i] : item));
}

/** Adds hostile records of one kind. */
function spoiler(maker: Maker) {
  return (name: string, description: string, record: unknown) => {
    const bytes = record instanceof Uint8Array ? record : encodeCbor(record);
    maker.hostile(name, description, { input: { bytes: toHex(bytes) } });
  };
}

function commitBodies(parts: Parts): Vector[] {
  const maker = new Maker('commit-body');
  const input = { bytes: toHex(parts.body()) };
  maker.good('inline', 'A commit whose change rides inside the frame.', { input }, parts.expectedBody());
  const [parent, data] = [Uint8Array.from({ length: 32 }, () => 5), Uint8Array.of(0x18, 42)];
  const commit = parts.commit({ 4: parent, 6: data });
  const change = parts.change({ 3: true, 4: null, 5: parts.placed() });
  const bytes = parts.body(commit, [change]);
  const expected = {
    commit: { ...(parts.expectedCommit() as object), parent: toHex(parent), data: '182a' },
    changes: [
      {
        field: FIELD,
        cleared: true,
        inline: null,
        run: { run: parts.expectedRun(), objects: [toHex(parts.object)], bytes: 60 },
      },
    ],
    encoded: toHex(bytes),
  };
  maker.good(
    'run',
    'A commit that clears a field and has a run in objects.',
    { input: { bytes: toHex(bytes) } },
    inHex(expected),
  );

  const bad = spoiler(maker);
  bad('no-list', 'No list.', 1);
  bad('three-parts', 'A part too many.', [parts.commit(), [], 1]);
  bad('commit-short', 'A commit without data.', parts.body(parts.commit().slice(0, 6)));
  bad('id-short', 'An id of 31 bytes.', parts.body(parts.commit({ 0: parts.id.subarray(1) })));
  bad('id-text', 'An id in text.', parts.body(parts.commit({ 0: 'id' })));
  bad('sequence-negative', 'A negative sequence.', parts.body(parts.commit({ 1: -1 })));
  bad('sequence-fraction', 'A sequence that is no integer.', parts.body(parts.commit({ 1: 1.5 })));
  bad('sequence-beyond', 'A sequence beyond 2^53.', parts.body(parts.commit({ 1: 2n ** 60n })));
  bad('time-nan', 'A time that is no number.', parts.body(parts.commit({ 2: Number.NaN })));
  bad('message-bytes', 'A message of bytes.', parts.body(parts.commit({ 3: Uint8Array.of(97) })));
  bad('parent-short', 'A parent of 16 bytes.', parts.body(parts.commit({ 4: parts.nonce })));
  bad('nonce-long', 'A nonce of 32 bytes.', parts.body(parts.commit({ 5: parts.id })));
  bad(
    'change-short',
    'A change without a place for its run.',
    parts.body(parts.commit(), [parts.change().slice(0, 5)]),
  );
  bad('flag-number', 'A flag that is a number.', parts.body(parts.commit(), [parts.change({ 3: 1 })]));
  bad('inline-text', 'A block of text.', parts.body(parts.commit(), [parts.change({ 4: 'block' })]));
  bad(
    'run-key',
    'A run whose first key is not canonical.',
    parts.body(parts.commit(), [parts.change({ 5: parts.placed(parts.run({ 0: Uint8Array.of(0x18, 0xff, 0xff) })) })]),
  );
  bad(
    'run-key-trailing',
    'A run whose last key has a byte behind it.',
    parts.body(parts.commit(), [parts.change({ 5: parts.placed(parts.run({ 1: Uint8Array.of(9, 9) })) })]),
  );
  bad('trailing', 'A byte behind the record.', Uint8Array.of(...parts.body(), 0));
  return maker.vectors;
}

function frameBodies(parts: Parts): Vector[] {
  const maker = new Maker('frame-body');
  const good = (name: string, description: string, bodies: readonly Uint8Array[]) => {
    const input = { bytes: toHex(encodeCbor(bodies)) };
    maker.good(name, description, { input }, { commits: bodies.map(parts.expectedBody) });
  };
  good('one', 'A frame of one commit.', [parts.body()]);
  good('two', 'A frame that two calls share.', [parts.body(), parts.body()]);
  const bad = spoiler(maker);
  bad('no-list', 'No list.', parts.body());
  bad('body-not-encoded', 'A commit that is not in a byte string.', [[parts.commit(), [parts.change()]]]);
  bad('body-truncated', 'A commit that ends early.', [parts.body().subarray(0, -1)]);
  return maker.vectors;
}

function checkpoints(parts: Parts): Vector[] {
  const maker = new Maker('checkpoint');
  const care = parts.expectedCare();
  const good = (name: string, description: string, record: unknown, expected: Json) => {
    maker.good(name, description, { input: { bytes: toHex(encodeCbor(record)) } }, expected);
  };
  good('with-base', 'A head that holds its base.', parts.checkpoint(), { base: parts.expectedBase(), ...care });
  const apart = parts.checkpoint({ 0: null, 1: parts.extent() });
  good('base-apart', 'A head whose base was put into an object.', apart, { base: parts.expectedExtent(), ...care });
  const empty = { last: null, fields: [], packs: [], isYoung: false };
  const fresh = [[null, [], [], false], null, [], [], [], [], null, [], null, null];
  good('of-a-new-tree', 'The head of a new tree.', fresh, {
    base: empty,
    tail: [],
    credentials: [],
    olderHeads: [],
    replaced: [],
    fork: null,
    dropboxes: [],
    history: null,
    rotation: null,
  });
  const forked = { base: parts.expectedBase(), ...care, fork: toHex(parts.nonce) };
  good('forked', 'A head of a copy.', parts.checkpoint({ 6: parts.nonce }), forked);
  const received = { base: parts.expectedBase(), ...care, dropboxes: [parts.expectedDropbox()] };
  good('dropbox', 'A head of a tree that has a dropbox.', parts.checkpoint({ 7: [parts.dropbox()] }), received);
  const sealed = { ...received, dropboxes: [{ ...(parts.expectedDropbox() as object), secret: null }] };
  const inSplitTree = parts.checkpoint({ 7: [parts.dropbox({ 6: null })] });
  good('dropbox-of-split-tree', 'The same in a split tree, whose storage secret opens it.', inSplitTree, sealed);

  const bad = spoiler(maker);
  bad('nine-parts', 'A part is missing.', parts.checkpoint().slice(0, 9));
  bad('no-base', 'Neither a base nor where it is.', parts.checkpoint({ 0: null }));
  const packed = (pack: unknown): unknown => parts.checkpoint({ 0: parts.base({ 2: [pack] }) });
  bad('base-short', 'A base that does not say what is young.', parts.checkpoint({ 0: parts.base().slice(0, 3) }));
  bad('field-short', 'A field without clears.', parts.checkpoint({ 0: parts.base({ 1: [['a', 'b', 'c']] }) }));
  bad('pack-short', 'A pack without a log.', packed(parts.pack().slice(0, 3)));
  bad('pack-of-no-field', 'A run of a field that is not listed.', packed(parts.pack({ 2: [[1, parts.run()]] })));
  bad('pack-of-negative-field', 'A run of a field before the first.', packed(parts.pack({ 2: [[-1, parts.run()]] })));
  bad('pack-log-short', 'A node of the log that is nowhere.', packed(parts.pack({ 3: [[1, 3]] })));
  bad('shadow-negative', 'History before the first commit.', packed(parts.pack({ 2: [[0, parts.run({ 9: -1 })]] })));
  bad(
    'clear-negative',
    'A clear of a negative sequence.',
    parts.checkpoint({ 0: parts.base({ 1: [['a', 'b', 'c', [-1]]] }) }),
  );
  bad('object-short', 'The id of an object with 31 bytes.', packed(parts.pack({ 0: [parts.object.subarray(1)] })));
  bad(
    'tail-not-encoded',
    'A commit of the tail that is not in a byte string.',
    parts.checkpoint({ 2: [[parts.commit(), []]] }),
  );
  const bare = (over: Readonly<Record<number, unknown>>) => parts.checkpoint({ 7: [parts.dropbox(over)] });
  bad('dropbox-secret', 'A secret key of 31 bytes.', bare({ 6: parts.id.subarray(1) }));
  bad('dropbox-key-epoch', 'A dropbox that does not say which key epoch it is of.', bare({ 9: null }));
  bad('dropbox-chain', 'A chain without what is deleted of it.', bare({ 8: [[9, 3, parts.id]] }));
  bad(
    'credential-id',
    'The id of a credential with 15 bytes.',
    parts.checkpoint({ 3: [parts.credential({ 0: parts.nonce.subarray(1) })] }),
  );
  bad(
    'credential-live',
    'A credential that is perhaps live.',
    parts.checkpoint({ 3: [parts.credential({ 2: null })] }),
  );
  bad(
    'credential-one-key-object',
    'A credential with one id of a key object.',
    parts.checkpoint({ 3: [parts.credential({ 5: [parts.object] })] }),
  );
  bad(
    'credential-public-key',
    'A credential whose public key has 31 bytes.',
    parts.checkpoint({ 3: [parts.credential({ 7: parts.id.subarray(1) })] }),
  );
  bad('epoch-text', 'An epoch in text.', parts.checkpoint({ 4: ['1'] }));
  bad('replaced-short', 'Replaced objects without a time.', parts.checkpoint({ 5: [[[parts.object], 7, 2]] }));
  bad('fork-short', 'A fork of 15 bytes.', parts.checkpoint({ 6: parts.nonce.subarray(1) }));
  bad('fork-flag', 'A fork that is no byte string.', parts.checkpoint({ 6: true }));
  bad('extent-codec', 'An extent without a codec.', parts.checkpoint({ 0: null, 1: [[[parts.object, 0, 1]]] }));
  bad(
    'segment-offset',
    'A segment at a negative offset.',
    parts.checkpoint({ 0: null, 1: [0, [[parts.object, -1, 1]]] }),
  );
  return maker.vectors;
}

function logNodes(parts: Parts): Vector[] {
  const maker = new Maker('log-node');
  const good = (name: string, description: string, count: number) => {
    const bytes = toHex(encodeCbor(Array.from({ length: count }, () => parts.commit())));
    const commits = Array.from({ length: count }, () => parts.expectedCommit());
    maker.good(name, description, { input: { bytes } }, { commits });
  };
  good('one', 'A node of one commit.', 1);
  good('two', 'A node of two commits.', 2);
  const bad = spoiler(maker);
  bad('no-list', 'No list.', 1);
  bad('empty', 'A node of no commits.', []);
  bad('commit-short', 'A commit with six items.', [parts.commit().slice(1)]);
  bad('commit-number', 'A commit that is a number.', [1]);
  return maker.vectors;
}

function runIndexes(parts: Parts): Vector[] {
  const maker = new Maker('run-index');
  const block = [Uint8Array.of(8), Uint8Array.of(9), 2, 40, parts.extent()];
  const expected = { firstKey: false, lastKey: true, count: 2, plainLength: 40, extent: parts.expectedExtent() };
  const filter = [2, 64, parts.extent()];
  const good = (name: string, description: string, record: unknown, blocks: number, filters: Json[]) => {
    const input = { bytes: toHex(encodeCbor(record)) };
    maker.good(name, description, { input }, { blocks: Array.from({ length: blocks }, () => expected), filters });
  };
  good('one', 'One block, and no filter.', [[block], []], 1, []);
  const shown = { blocks: 2, length: 64, extent: parts.expectedExtent() };
  good('filtered', 'Two blocks with one filter.', [[block, block], [filter]], 2, [shown]);
  const bad = spoiler(maker);
  bad('no-filters', 'Nothing is said of filters.', [[block]]);
  bad('block-short', 'A block without an extent.', [[block.slice(0, 4)], []]);
  bad('key-no-bytes', 'A first key that is no byte string.', [[replaced(block, { 0: false })], []]);
  bad('count-negative', 'A negative count.', [[replaced(block, { 2: -2 })], []]);
  bad('segment-short', 'A segment without a length.', [[replaced(block, { 4: [1, [[parts.object, 4096]]] })], []]);
  bad('filter-short', 'A filter that is nowhere.', [[block, block], [[2, 64]]]);
  bad('filter-of-fewer', 'A filter for one block of two.', [[block, block], [replaced(filter, { 0: 1 })]]);
  return maker.vectors;
}

function keyFilters(): Vector[] {
  const maker = new Maker('key-filter');
  const there = [1, -2.5, 'a key', 'ключ', 5n, true, ['a', 1]];
  const absent = [2, 'another', 6n, ['a', 2]];
  const hashes = new KeyHashes();
  for (const key of there) hashes.add(toCanonical(key));
  const keys = [...there, ...absent].map(toNotation);
  const pass = [...there.map(() => true), ...absent.map(() => false)];
  maker.good(
    'some',
    'A filter of keys that pass; others do not.',
    { input: { bytes: toHex(hashes.toFilter()), keys } },
    { pass },
  );
  for (const [name, description, length] of [
    ['empty', 'No line.', 0],
    ['half-a-line', 'A line and a half.', 48],
  ] as const) {
    maker.hostile(name, description, { input: { bytes: toHex(new Uint8Array(length)), keys: [1] } });
  }
  return maker.vectors;
}
