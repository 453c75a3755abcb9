import { SeededRandom, TestClock } from '@infinitree/testing';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { Entropy } from '../../../src/crypto/entropy.js';
import { claimName, epochOfHeadId, headIdOfEpoch } from '../../../src/crypto/own-ids.js';
import type { ObjectId } from '../../../src/format/ids.js';
import { PAGE_SIZE } from '../../../src/format/limits.js';
import type { ObjectContext } from '../../../src/object/context.js';
import { buildHead, type HeadImage, parseHead } from '../../../src/object/head-image.js';
import { type Journal, scanJournal } from '../../../src/object/journal-scan.js';
import { buildFence } from '../../../src/tree/heads/fence.js';
import { isExtent } from '../../../src/tree/records/base.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../../src/tree/records/checkpoint.js';
import { decodeFrameBody } from '../../../src/tree/records/commit.js';
import { OBJECT_SIZE } from '../fixture.js';
import { summaryOf } from '../garden.js';
import { type Json, type JsonObject, Maker, textOf, type Vector } from '../vector.js';
import type { MadeStore } from './stores.js';

/** What happens to stores, and what whoever opens them has to notice. */
export function damagedStoreVectors(stores: readonly MadeStore[]): Vector[] {
  const maker = new Maker('damaged-store');
  for (const store of stores) new Damages(maker, store).add();
  return maker.vectors;
}

class Damages {
  readonly #maker: Maker;
  readonly #store: MadeStore;
  readonly #name: string;
  readonly #content: { readonly head: string };
  readonly #whole: Json;

  constructor(maker: Maker, store: MadeStore) {
    this.#maker = maker;
    this.#store = store;
    this.#name = store.vector.name;
    this.#content = store.vector.expected as unknown as { head: string };
    this.#whole = summaryOf(store.vector.expected);
  }

  add(): void {
    this.#anyHeads();
    if (this.#name === 'cas') this.#slots();
    else this.#epochs();
  }

  #case(
    name: string,
    description: string,
    changes: readonly Json[],
    expected: Json = CORRUPT,
    options: JsonObject = {},
  ): void {
    const input = { store: this.#name, changes, options };
    this.#maker.hostile(`${this.#name}-${name}`, description, { input }, expected);
  }

  #anyHeads(): void {
    const { keyObject, objects, heads } = this.#store;
    const head = heads.at(-1) ?? keyObject;
    for (const [region, at] of [
      ['salt', 0],
      ['commitment', 40],
      ['ciphertext', 100],
      ['tag', 500],
    ] as const) {
      this.#case(`key-object-${region}`, `One bit of the key object (${region}) is turned over.`, [
        { op: 'turn', id: keyObject, at },
      ]);
    }
    this.#case('key-object-cut', 'The key object is cut off within its second header.', [
      { op: 'cut', id: keyObject, length: 1_023 },
    ]);
    this.#case('key-object-copied', 'A head under the id of the key object.', [
      { op: 'copy', id: keyObject, from: head },
    ]);
    const wrongKey = { error: 'WRONG_KEY' };
    this.#case(
      'key-object-missing',
      'The key object is gone: nothing tells that from a wrong key.',
      [{ op: 'remove', id: keyObject }],
      wrongKey,
    );
    this.#case(
      'heads-missing',
      'All heads are gone, the key object is there.',
      heads.map((id) => ({ op: 'remove', id })),
    );
    for (const [i, id] of objects.entries()) {
      this.#case(`object-${i}-missing`, 'An object is gone.', [{ op: 'remove', id }]);
      this.#case(`object-${i}-turned`, 'One bit of an object is turned over.', [{ op: 'turn', id, at: 10 }]);
      this.#case(
        `object-${i}-padding`,
        'One bit of the padding is turned over: readers do not look there.',
        [{ op: 'turn', id, at: OBJECT_SIZE - 1 }],
        this.#whole,
      );
    }
    const [first, second] = objects;
    if (first !== undefined && second !== undefined) {
      this.#case('object-replaced', 'An object under the id of another one.', [
        { op: 'copy', id: first, from: second },
      ]);
    }
    this.#case('expected-head', 'The head is the one that was seen before.', [], this.#whole, {
      expectHead: this.#content.head,
    });
    const later = this.#content.head.replace(
      /\.(\d+)\.([0-9a-f]+)$/,
      (_, sequence: string, hash: string) => `.${Number(sequence) + 1}.${hash}`,
    );
    this.#case('expected-later', 'A later head was seen before.', [], ROLLBACK, { expectHead: later });
    const other = this.#content.head.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    this.#case('expected-other', 'Another head of the same sequence was seen before.', [], ROLLBACK, {
      expectHead: other,
    });
    this.#case(
      'expected-nonsense',
      'What is expected is no name of a head.',
      [],
      { error: 'INVALID_ARGUMENT' },
      { expectHead: '1.2.3' },
    );
  }

  #slots(): void {
    const [zero, one] = this.#store.heads as readonly [ObjectId, ObjectId];
    for (const [i, id] of [zero, one].entries()) {
      this.#case(`slot-${i}-header`, `The head in slot ${i} does not open: it may be the newest.`, [
        { op: 'turn', id, at: 200 },
      ]);
      this.#case(`slot-${i}-checkpoint`, `The checkpoint in slot ${i} is damaged.`, [{ op: 'turn', id, at: 600 }]);
      this.#case(`slot-${i}-short`, `The head in slot ${i} is a byte short.`, [
        { op: 'cut', id, length: OBJECT_SIZE - 1 },
      ]);
      this.#case(`slot-${i}-long`, `The head in slot ${i} is a byte too long.`, [{ op: 'extend', id }]);
    }
    const newest = this.#newestSlot();
    const older = newest === zero ? one : zero;
    const accept = { acceptOlderHead: true };
    const [without, twoBefore] = [this.#before(1), this.#before(2)];
    this.#case(
      'newest-damaged-accepted',
      'The newest head is damaged; who asks for it sees the one before.',
      [{ op: 'turn', id: newest, at: 200 }],
      without,
      accept,
    );
    this.#case(
      'older-damaged-accepted',
      'The older head is damaged; who asks for it sees the newest.',
      [{ op: 'turn', id: older, at: 200 }],
      this.#whole,
      accept,
    );
    this.#case('slots-swapped', 'Each head under the id of the other.', [{ op: 'copy', id: older, from: newest }]);
    this.#goesOn(newest, older, 0, []);
    const rolledBack = [{ op: 'earlier', id: newest }];
    this.#case(
      'newest-rolled-back',
      'The newest head is replaced by what was there two commits before.',
      rolledBack,
      without,
    );
    this.#case('newest-rolled-back-expected', 'The same, and who opens remembers the newest.', rolledBack, ROLLBACK, {
      expectHead: this.#content.head,
    });
    const both = [...rolledBack, { op: 'earlier', id: older }];
    const earlierHead = textOf(this.#store.vector.input, 'earlierHead');
    this.#case('both-rolled-back', 'The whole state of two commits before.', both, twoBefore);
    this.#case('both-rolled-back-expected', 'The same, and who opens remembers the newest.', both, ROLLBACK, {
      expectHead: this.#content.head,
    });
    this.#case('both-rolled-back-unseen', 'The same, and who opens remembers that very state.', both, twoBefore, {
      expectHead: earlierHead,
    });
  }

  /** The newest state in a further head, which ends the chain or is that of a copy. */
  #goesOn(newest: ObjectId, next: ObjectId, epoch: number, claims: readonly Json[]): void {
    const put = (over: { readonly successor?: Uint8Array; readonly fork?: Uint8Array }) => [
      ...claims,
      { op: 'put', id: next, bytes: this.#further(newest, next, epoch, over) },
    ];
    const ended = put({ successor: new Uint8Array(32) });
    this.#case('ended', 'The newest head ends its chain: the tree can be read.', ended, this.#whole);
    const readonly = { error: 'READONLY' };
    this.#case('ended-to-write', 'The same, and it is opened for writing.', ended, readonly, { readonly: false });
    const forked = put({ fork: new Uint8Array(16).fill(7) });
    this.#case('forked', 'The newest head is that of a copy.', forked, this.#whole);
    this.#case('forked-expected', 'The same, and who opens remembers a head of the source.', forked, ROLLBACK, {
      expectHead: this.#content.head,
    });
  }

  #further(
    newest: ObjectId,
    id: ObjectId,
    epoch: number,
    { successor, fork }: { readonly successor?: Uint8Array; readonly fork?: Uint8Array },
  ): string {
    const { keys } = this.#store;
    const entropy = new Entropy(keys.suite, { random: new SeededRandom(epoch + 100), clock: new TestClock() });
    const image = this.#image(newest);
    const { frames } = scanJournal(this.#context, image, this.#bytes(newest));
    const checkpoint = decodeCheckpoint(image.checkpoint);
    const tail = [...checkpoint.tail, ...frames.flatMap(({ body }) => decodeFrameBody(body))];
    const last = frames.at(-1) ?? { headSequence: image.header.headSequence, hash: image.hash };
    const head = buildHead(
      { ...this.#context, entropy },
      {
        id,
        epoch,
        headSequence: last.headSequence + 1,
        sweepSequence: image.header.sweepSequence,
        previousHash: last.hash,
        writeNonce: new Uint8Array(16).fill(9),
        checkpoint: encodeCheckpoint({ ...checkpoint, tail, fork }),
        successor,
      },
    );
    if (head === undefined) throw new Error('The state does not fit into a head.');
    return Buffer.from(head.bytes).toString('base64');
  }

  #newestSlot(): ObjectId {
    const [, , sequence] = this.#content.head.split('.').map(Number);
    const found = this.#store.heads.find((id) => this.#image(id).header.headSequence === sequence);
    if (found === undefined) throw new Error('No slot holds the newest head.');
    return found;
  }

  #bytes(id: ObjectId): Uint8Array {
    const objects = this.#store.vector.input['objects'] as Readonly<Record<string, string>>;
    return Uint8Array.from(Buffer.from(objects[id] ?? '', 'base64'));
  }

  get #context(): ObjectContext {
    return { keys: this.#store.keys, objectSize: OBJECT_SIZE } as ObjectContext;
  }

  #fence(id: ObjectId, epoch: number): string {
    const { keys } = this.#store;
    const entropy = new Entropy(keys.suite, { random: new SeededRandom(epoch), clock: new TestClock() });
    return Buffer.from(buildFence({ ...this.#context, entropy }, id, epoch)).toString('base64');
  }

  #image(id: ObjectId): HeadImage {
    const image = parseHead(this.#context, id, this.#bytes(id));
    if (image === undefined) throw new Error('A head of the store does not open.');
    return image;
  }

  #journal(id: ObjectId): Journal {
    return scanJournal(this.#context, this.#image(id), this.#bytes(id));
  }

  #epochs(): void {
    const { heads, keys } = this.#store;
    const id = heads.at(-1) as ObjectId;
    const { frames, end } = this.#journal(id);
    const [first, middle, last] = [frames[0]!, frames.at(-2)!, frames.at(-1)!];
    if (frames.length < 3) throw new Error('The store has too few frames.');
    const [without, twoBefore] = [this.#before(1), this.#before(2)];
    const expectHead = this.#content.head;

    this.#case('head-header', 'The newest head does not open.', [{ op: 'turn', id, at: 200 }]);
    this.#case('head-checkpoint', 'The checkpoint of the newest head is damaged.', [{ op: 'turn', id, at: 600 }]);
    this.#case('head-short', 'The newest head is a byte short.', [{ op: 'cut', id, length: OBJECT_SIZE - 1 }]);
    this.#case('head-zeros', 'The newest head is zeros, as some file systems leave it.', [
      { op: 'zero', id, from: 0, to: OBJECT_SIZE },
    ]);
    this.#case(
      'head-moved',
      'The newest head under the id of the one before.',
      [{ op: 'copy', id: heads.at(-2) as ObjectId, from: id }],
      this.#whole,
    );
    this.#case('head-under-newest', 'An older head under the id of the newest.', [
      { op: 'copy', id, from: heads.at(-2) as ObjectId },
    ]);
    this.#case('frame-first', 'The first frame is damaged, others follow.', [
      { op: 'turn', id, at: first.offset + 150 },
    ]);
    this.#case('frame-middle', 'A frame before the last one is damaged.', [
      { op: 'turn', id, at: middle.offset + 150 },
    ]);
    this.#case('frame-middle-wiped', 'A frame before the last one and its mark are zeros.', [
      { op: 'zero', id, from: middle.offset, to: middle.markOffset + PAGE_SIZE },
    ]);
    this.#case('frame-last-marked', 'The last frame is damaged although it has its mark.', [
      { op: 'turn', id, at: last.offset + 150 },
    ]);
    const cut = [{ op: 'zero', id, from: last.offset, to: end }];
    this.#case('frame-last-wiped', 'The last frame and its mark are gone: the state before.', cut, without);
    this.#case('frame-last-wiped-expected', 'The same, and who opens remembers the newest.', cut, ROLLBACK, {
      expectHead,
    });
    const torn = [{ op: 'zero', id, from: last.offset + 144, to: end }];
    this.#case('frame-last-torn', 'The last frame was not finished, and nothing follows: no commit.', torn, without);
    const unmarked = [{ op: 'zero', id, from: last.markOffset, to: end }];
    this.#case(
      'mark-missing',
      'The last frame has no mark; no later epoch is claimed, so it counts.',
      unmarked,
      this.#whole,
    );
    const epoch = epochOfHeadId(keys, id) ?? 0;
    const claimed = { op: 'claim', id: claimName(keys, epoch + 1) };
    this.#case(
      'mark-missing-overtaken',
      'The same, and a later epoch is claimed: its writer may not have seen the frame.',
      [...unmarked, claimed],
      without,
    );
    this.#case(
      'overtaken',
      'A later epoch is claimed and has no head yet; the last frame has its mark.',
      [claimed],
      this.#whole,
    );
    const closed = headIdOfEpoch(keys, epoch + 1);
    this.#goesOn(id, closed, epoch + 1, [claimed]);
    this.#case(
      'fenced',
      'A later epoch is claimed, and a fence stands in the place of its head.',
      [claimed, { op: 'put', id: closed, bytes: this.#fence(closed, epoch + 1) }],
      this.#whole,
    );
    this.#case(
      'claims-gone',
      'Somebody took the claims for empty files: the heads themselves are looked for.',
      [{ op: 'drop-claims' }],
      this.#whole,
    );
    this.#case(
      'claim-of-a-stranger',
      'A claim of another tree.',
      [{ op: 'claim', id: toHex((fromHex(expectHead.slice(-64)) ?? new Uint8Array(32)).reverse()) }],
      this.#whole,
    );
    const rolledBack = [{ op: 'earlier', id }];
    this.#case('journal-rolled-back', 'The newest head as it was two commits before.', rolledBack, twoBefore);
    this.#case('journal-rolled-back-expected', 'The same, and who opens remembers the newest.', rolledBack, ROLLBACK, {
      expectHead,
    });
    const beforeIt = heads.at(-2) as ObjectId;
    this.#case(
      'newest-removed',
      'The newest head is gone, its claim is there: the head before it is taken.',
      [{ op: 'remove', id }],
      this.#stateOf(beforeIt),
    );
    this.#case(
      'newest-removed-expected',
      'The same, and who opens remembers the newest.',
      [{ op: 'remove', id }],
      ROLLBACK,
      { expectHead },
    );
    const accept = { acceptOlderHead: true };
    this.#case(
      'newest-damaged-accepted',
      'The newest head is damaged; who asks for it sees the one before.',
      [{ op: 'turn', id, at: 200 }],
      this.#stateOf(beforeIt),
      accept,
    );
  }

  /** What is there without the last commits. */
  #before(commits: number): Json {
    return { ...this.#store.history.at(-1 - commits) };
  }

  /** What a head shows. */
  #stateOf(id: ObjectId): Json {
    const { base, tail } = decodeCheckpoint(this.#image(id).checkpoint);
    const frames = this.#journal(id).frames.flatMap((frame) => decodeFrameBody(frame.body));
    const folded = isExtent(base) ? undefined : base.last;
    const newest = frames.at(-1)?.commit ?? tail.at(-1)?.commit ?? folded;
    return { ...this.#store.history[newest?.sequence ?? 0] };
  }
}

const CORRUPT = { error: 'CORRUPT' };
const ROLLBACK = { error: 'ROLLBACK' };
