import { concat } from '../bytes/concat.js';
import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { idBytes } from '../format/id-bytes.js';
import { BATCH_ID, BATCH_PLACE, OWN_ID } from '../format/id-layout.js';
import { type ObjectId, toObjectId } from '../format/ids.js';
import type { Label } from '../format/labels.js';
import { derive } from './derive.js';
import { checkSizes } from './primitives.js';
import type { Suite } from './suite.js';

const RANDOM_SIZE = OWN_ID.random[1];
const MAC_SIZE = OWN_ID.mac[1];
const TAG_SIZE = BATCH_ID.tag[1];
const [, CHAIN_SIZE] = BATCH_PLACE.chain;

/** Chains are numbered below this. */
export const CHAINS = 2 ** (8 * CHAIN_SIZE);
/** So many batches may follow one another in one chain. */
export const MAX_COUNTER = 2 ** (8 * BATCH_PLACE.counter[1]) - 1;

/** Which batch of a dropbox: chains are begun by the worker, each counts from 1. */
export interface BatchPlace {
  readonly chain: number;
  readonly counter: number;
}

/**
 * What the worker of a dropbox and the owners of the tree share: enough to find batches and to read what stands on their
 * outside, and not enough to read their content or to sign one.
 */
export class BatchKeys {
  readonly suite: Suite;
  readonly #shared: Uint8Array;

  /** Copies what it is given: 32 bytes. */
  constructor(suite: Suite, shared: Uint8Array) {
    checkSizes(shared);
    this.suite = suite;
    this.#shared = shared.slice();
  }

  /** The id under which the batch of this place is created: always the same, so that only one can be. */
  id(place: BatchPlace): ObjectId {
    const plain = writePlace(place);
    const tag = this.#tag(plain);
    const first = concat(tag, this.#mask(tag, plain));
    return toObjectId(concat(first, this.#mac(first)));
  }

  /** Which batch has this id; `undefined` where it is none of this dropbox. */
  placeOf(id: ObjectId): BatchPlace | undefined {
    const bytes = idBytes(id);
    const first = bytes.subarray(0, RANDOM_SIZE);
    if (!this.suite.equal(bytes.subarray(RANDOM_SIZE), this.#mac(first))) return undefined;
    const tag = first.subarray(0, TAG_SIZE);
    const plain = this.#mask(tag, first.subarray(TAG_SIZE));
    return this.suite.equal(tag, this.#tag(plain)) ? readPlace(plain) : undefined;
  }

  /** The key that headers of batches are sealed under. The caller zeroes it. */
  headerKey(): Uint8Array {
    return this.#derive('batchHeader');
  }

  /** Fills a batch behind its content; `salt` is that of its header. */
  pad(id: ObjectId, salt: Uint8Array, target: Uint8Array): void {
    const key = this.#derive('batchPadding', idBytes(id), salt);
    this.suite.keyStream(key, target);
    key.fill(0);
  }

  wipe(): void {
    this.#shared.fill(0);
  }

  toJSON(): string {
    return '[BatchKeys]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'BatchKeys { [redacted] }';
  }

  #mac(first: Uint8Array): Uint8Array {
    return this.#derive('batchOwnId', first).subarray(0, MAC_SIZE);
  }

  #tag(place: Uint8Array): Uint8Array {
    return this.#derive('batchId', place).subarray(0, TAG_SIZE);
  }

  /** Hides a place, or shows it again. */
  #mask(tag: Uint8Array, bytes: Uint8Array): Uint8Array {
    const stream = this.#derive('batchMask', tag);
    return bytes.map((byte, i) => byte ^ (stream[i] ?? 0));
  }

  #derive(label: Label, ...context: readonly Uint8Array[]): Uint8Array {
    return derive(this.suite, this.#shared, label, ...context);
  }
}

function writePlace({ chain, counter }: BatchPlace): Uint8Array {
  return new ByteWriter(8)
    .u8(Math.floor(chain / 2 ** 32))
    .u32(chain % 2 ** 32)
    .u8(counter >>> 16)
    .u16(counter & 0xffff).bytes;
}

function readPlace(bytes: Uint8Array): BatchPlace {
  const reader = new ByteReader(bytes);
  const chain = reader.u8() * 2 ** 32 + reader.u32();
  return { chain, counter: reader.u8() * 2 ** 16 + reader.u16() };
}
