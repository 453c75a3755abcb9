import { decodeBlock, ENTRY_KIND } from '../../codec/block.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import { admitLoaded } from '../../fields/values.js';

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

/**
 * The entries of one field that ride in frames, gathered into one table. It only grows, in the order of sequences, and
 * is shared by all snapshots since the last fold: each reads what is not newer than itself.
 *
 * Blocks are decoded when the table is first asked, so that opening a tree costs nothing for fields nobody reads.
 */
export class InlineTable {
  readonly #pending: { readonly sequence: number; readonly block: Uint8Array }[] = [];
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

  /** Takes a commit's block. Sequences ascend from call to call. */
  add(sequence: number, block: Uint8Array): void {
    this.#first = Math.min(this.#first, sequence);
    this.#last = sequence;
    this.#pending.push({ sequence, block });
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
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      const { sequence, block } = next;
      // Before it is taken off: a block that does not decode fails every reader, and is never left out silently.
      const { keys, values, kinds, plain } = decodeBlock(block);
      this.#pending.shift();
      keys.forEach((key, i) => {
        const kind = kinds?.[i] ?? 0;
        const value = kind === TOMBSTONE ? undefined : admitLoaded(values[i], plain);
        const known = this.#versions.get(key);
        if (known === undefined) {
          this.#versions.set(key, [{ sequence, kind, value }]);
          this.#sorted = undefined;
        } else {
          known.push({ sequence, kind, value });
        }
      });
    }
  }
}
