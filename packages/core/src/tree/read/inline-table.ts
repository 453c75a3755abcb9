import { decodeBlock, ENTRY_KIND } from '../../codec/block.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import { admitLoaded } from '../../fields/values.js';
import type { InlineEntries } from '../records/commit.js';

/** One version of a key: what the commit of this sequence made of it. */
export interface Version {
  readonly sequence: number;
  /** As in a block: see `docs/format/encoding.md`. */
  readonly kind: number;
  readonly value: unknown;
}

/** What a block calls an entry that says its key is gone. */
export const TOMBSTONE = ENTRY_KIND.tombstone;
/** And one whose value stands apart. */
export const POINTER = ENTRY_KIND.pointer;
/** An entry that was never stored: its value is as the field holds it. No block has entries of this kind. */
export const STAGED = 255;

interface Pending {
  readonly sequence: number;
  readonly block: Uint8Array;
  readonly decoded: InlineEntries | undefined;
}

/**
 * The entries of one field that ride in frames, gathered into one table. It only grows, in the order of sequences, and
 * is shared by all snapshots since the last fold: each reads what is not newer than itself.
 *
 * Blocks are decoded when the table is first asked, so that opening a tree costs nothing for fields nobody reads.
 */
export class InlineTable {
  #pending: Pending[] = [];
  readonly #versions = new Map<CanonicalKey, Version[]>();
  #sorted: readonly CanonicalKey[] | undefined;
  #first = Number.POSITIVE_INFINITY;
  #last = 0;

  /** The first commit that has entries here; infinite where none has. */
  get firstSequence(): number {
    return this.#first;
  }

  /** The last commit that has entries here; 0 where none has. */
  get lastSequence(): number {
    return this.#last;
  }

  /** Takes a commit's block, and what is in it where that is known. Sequences ascend from call to call. */
  add(sequence: number, block: Uint8Array, decoded?: InlineEntries): void {
    this.#first = Math.min(this.#first, sequence);
    this.#last = sequence;
    this.#pending.push({ sequence, block, decoded });
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0 && this.#versions.size === 0;
  }

  /** The versions of a key, oldest first. */
  versions(key: CanonicalKey): readonly Version[] {
    this.#decode();
    return this.#versions.get(key) ?? [];
  }

  /** All keys, in key order. */
  keys(): readonly CanonicalKey[] {
    this.#decode();
    this.#sorted ??= [...this.#versions.keys()].sort(compareCanonical);
    return this.#sorted;
  }

  #decode(): void {
    const pending = this.#pending;
    let done = 0;
    try {
      // A block that does not decode fails every reader, and is never left out silently.
      for (; done < pending.length; done++) this.#take(pending[done] as Pending);
    } finally {
      this.#pending = pending.slice(done);
    }
  }

  #take({ sequence, block, decoded }: Pending): void {
    const { keys, values, kinds } = decoded ?? decodeEntries(block);
    keys.forEach((key, i) => {
      const kind = kinds?.[i] ?? 0;
      const version = { sequence, kind, value: kind === TOMBSTONE ? undefined : values[i] };
      const known = this.#versions.get(key);
      if (known === undefined) {
        this.#versions.set(key, [version]);
        this.#sorted = undefined;
      } else {
        known.push(version);
      }
    });
  }
}

function decodeEntries(bytes: Uint8Array): InlineEntries {
  const { keys, values, kinds, plain } = decodeBlock(bytes);
  return { keys, values: plain ? values : values.map((value) => admitLoaded(value, false)), kinds };
}
