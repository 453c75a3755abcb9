import { pack } from '../../codec/compression.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import type { Suite } from '../../crypto/suite.js';
import type { Delta } from '../../fields/delta.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import { TOMBSTONE } from '../read/inline-table.js';
import type { FieldChange, FieldIdentity } from '../records/commit.js';
import { type EncodedBlock, type Entries, encodeBlocks } from './block-plan.js';
import { RunWriter } from './run-writer.js';
import type { Slices } from './slices.js';

/** Encodings up to this size ride in the frame without being packed first to see how small they get. */
const SURELY_SMALL = 4096;

/** Encodes what one commit changes, field by field. */
export class ChangeEncoder {
  readonly #suite: Suite;
  readonly #objects: ObjectWriter;
  readonly #slices: Slices;
  #inlineLeft: number;

  /** `inlineRoom`: how many packed bytes this commit may still carry inside its frame. */
  constructor(suite: Suite, objects: ObjectWriter, slices: Slices, inlineRoom: number) {
    this.#suite = suite;
    this.#objects = objects;
    this.#slices = slices;
    this.#inlineLeft = inlineRoom;
  }

  /** The change, and a hash of all its content for the commit's id. */
  async encode(
    field: FieldIdentity,
    delta: Delta,
    sequence: number,
  ): Promise<{ readonly change: FieldChange; readonly digest: Uint8Array }> {
    const cleared = delta.cleared;
    const entries = sortedEntries(delta);
    const digests: Uint8Array[] = [];
    let run: RunWriter | undefined;
    let inline: Uint8Array | undefined;
    for (const block of encodeBlocks(entries)) {
      digests.push(this.#suite.sha256(block.bytes));
      if (run === undefined && block.count === entries.keys.length && this.#fitsInline(block)) {
        inline = block.bytes;
        break;
      }
      run ??= new RunWriter(this.#objects);
      await run.add(block);
      await this.#slices.pause();
    }
    const span = { firstSequence: sequence, lastSequence: sequence, sequenced: false, young: false };
    const change = { field, cleared, inline, run: await run?.finish(span) };
    return { change, digest: this.#suite.sha256(...digests) };
  }

  #fitsInline(block: EncodedBlock): boolean {
    const { bytes } = block;
    const size = bytes.length <= SURELY_SMALL ? bytes.length : pack(bytes).bytes.length;
    if (size > this.#inlineLeft) return false;
    this.#inlineLeft -= size;
    return true;
  }
}

function sortedEntries(delta: Delta): Entries {
  const keys = sortedKeys(delta);
  const values = new Array<unknown>(keys.length);
  let kinds: Uint8Array | undefined;
  keys.forEach((key, i) => {
    const op = delta.ops.get(key);
    if (op?.kind === 'value') {
      values[i] = op.value;
    } else {
      kinds ??= new Uint8Array(keys.length);
      kinds[i] = TOMBSTONE;
    }
  });
  return { keys, values, kinds, sequences: undefined };
}

function sortedKeys(delta: Delta): CanonicalKey[] {
  const keys = [...delta.ops.keys()];
  // Bulk loads usually come in key order; seeing that is much cheaper than sorting again.
  const sorted = keys.every((key, i) => i === 0 || compareCanonical(keys[i - 1] ?? key, key) < 0);
  return sorted ? keys : keys.sort(compareCanonical);
}
