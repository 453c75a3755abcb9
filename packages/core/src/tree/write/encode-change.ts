import { pack } from '../../codec/compression.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import type { Suite } from '../../crypto/suite.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import type { Changes } from '../../fields/delta.js';
import { BLOCK_MAX_ENTRIES } from '../../format/limits.js';
import type { BoundField } from '../bind.js';
import { TOMBSTONE } from '../read/inline-table.js';
import { changesOf, type FieldChange } from '../records/commit.js';
import type { Slices } from '../slices.js';
import { applyStrategy } from './apply-strategy.js';
import { type Entries, encodeBlocks } from './block-plan.js';
import type { ObjectWriters } from './object-writers.js';
import { roughSize } from './rough-size.js';
import { RunWriter } from './run-writer.js';
import { moveValuesApart } from './sparse-writer.js';

/** Encodings up to this size ride in the frame without being packed first to see how small they get. */
const SURELY_SMALL = 4096;

export interface EncodedChange {
  readonly change: FieldChange;
  readonly digest: Uint8Array;
}

/** Encodes what one commit changes, field by field. */
export class ChangeEncoder {
  readonly #keys: TreeKeys;
  readonly #suite: Suite;
  readonly #objects: ObjectWriters;
  readonly #slices: Slices;
  #inlineLeft: number;

  /** `inlineRoom`: how many packed bytes this commit may still carry inside its frame. */
  constructor(keys: TreeKeys, objects: ObjectWriters, slices: Slices, inlineRoom: number) {
    this.#keys = keys;
    this.#suite = keys.suite;
    this.#objects = objects;
    this.#slices = slices;
    this.#inlineLeft = inlineRoom;
  }

  /** The change, with a hash of all its content for the commit's id; several where it takes several runs. */
  async encode(bound: BoundField, changes: Changes, sequence: number): Promise<EncodedChange[]> {
    const { identity: field, strategy } = bound;
    const { cleared } = changes;
    let entries = sortedEntries(changes);
    if (strategy !== undefined) {
      entries = await applyStrategy(bound, strategy, this.#keys, this.#objects.storage, this.#slices, entries);
    }
    // What rides in a frame is read by all who write the tree, and in a split one not all of them may read such values.
    const staysInside = field.strategy !== 'sparse' || this.#keys.storage === undefined;
    let inline = staysInside ? this.#tryInline(entries) : undefined;
    if (inline === undefined && field.strategy === 'sparse') {
      entries = await moveValuesApart(this.#keys, this.#objects.storage, this.#slices, entries);
      inline = this.#tryInline(entries);
    }
    if (inline !== undefined) {
      // What is not frozen, somebody may change before it is folded.
      const decoded = bound.store.keeping.freeze === false ? undefined : entries;
      return [{ change: { field, cleared, inline, decoded, run: undefined }, digest: this.#suite.sha256(inline) }];
    }
    const digests: Uint8Array[] = [];
    const writer = new RunWriter(this.#objects.index);
    for (const block of encodeBlocks(entries)) {
      digests.push(this.#suite.sha256(block.bytes));
      await writer.add(block);
      await this.#slices.pause();
    }
    const span = {
      firstSequence: sequence,
      lastSequence: sequence,
      sequenced: false,
      isUnique: true,
      shadowedBy: undefined,
    };
    const digest = this.#suite.sha256(...digests);
    const runs = await writer.placed(span);
    return changesOf({ field, cleared, inline: undefined }, runs).map((change) => ({ change, digest }));
  }

  /** The entries as one block, where that is small enough to ride in the frame. */
  #tryInline(entries: Entries): Uint8Array | undefined {
    if (entries.keys.length === 0 || isSurelyLarge(entries, this.#inlineLeft)) return undefined;
    const [block] = encodeBlocks(entries);
    if (block?.count !== entries.keys.length) return undefined;
    const { bytes } = block;
    const size = bytes.length <= SURELY_SMALL ? bytes.length : pack(bytes).bytes.length;
    if (size > this.#inlineLeft) return undefined;
    this.#inlineLeft -= size;
    return bytes;
  }
}

/** Whether it is not worth trying: nothing in use gets much smaller than an eighth of its size by packing. */
function isSurelyLarge({ keys, values }: Entries, room: number): boolean {
  if (keys.length > BLOCK_MAX_ENTRIES) return true;
  let size = 0;
  for (const value of values) {
    size += roughSize(value);
    if (size > 8 * room) return true;
  }
  return false;
}

/** The operations of a change in key order. */
export function sortedEntries(changes: Changes): Entries {
  if (changes.columns !== undefined) return { ...changes.columns, kinds: undefined, sequences: undefined };
  const { ops } = changes;
  const keys = new Array<CanonicalKey>(ops.size);
  const values = new Array<unknown>(ops.size);
  let kinds: Uint8Array | undefined;
  let at = 0;
  let before: CanonicalKey | undefined;
  // Bulk loads usually come in key order; seeing that is much cheaper than sorting again.
  let inOrder = true;
  for (const [key, op] of ops) {
    inOrder &&= before === undefined || compareCanonical(before, key) < 0;
    before = key;
    keys[at] = key;
    values[at] = op.value;
    if (op.kind === 'tombstone') {
      kinds ??= new Uint8Array(ops.size);
      kinds[at] = TOMBSTONE;
    }
    at += 1;
  }
  const entries = { keys, values, kinds, sequences: undefined };
  return inOrder ? entries : sortEntries(entries);
}

function sortEntries({ keys, values, kinds }: Entries): Entries {
  const order = Array.from(keys.keys()).sort((a, b) =>
    compareCanonical(keys[a] as CanonicalKey, keys[b] as CanonicalKey),
  );
  return {
    keys: order.map((i) => keys[i] as CanonicalKey),
    values: order.map((i) => values[i]),
    kinds: kinds && Uint8Array.from(order, (i) => kinds[i] as number),
    sequences: undefined,
  };
}
