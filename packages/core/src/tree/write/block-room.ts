import { ENTRY_KIND } from '../../codec/block.js';
import { MAX_DICTIONARY } from '../../codec/column-kinds.js';
import { BLOCK_MAX_ENTRIES, BLOCK_TARGET } from '../../format/limits.js';
import { isChunkText } from '../records/sparse-pointer.js';
import { roughSize } from './rough-size.js';

/** After so many pointers it shows whether their chunks repeat. */
const SAMPLE = 64;

/**
 * What is left of the room in one block. Every value is looked at: where only some were, a few large ones among the others could
 * make a block that is too large to be read.
 */
export class BlockRoom {
  #count = 0;
  /** With the text of a chunk as often as a pointer has it. */
  #size = 0;
  readonly #chunks = new ChunkTexts();

  /** Takes an entry, where there is room for it; for the first one there always is. */
  take(value: unknown, kind: number): boolean {
    const size = this.#size + roughSize(value);
    const chunk = this.#chunks.of(value, kind);
    if (this.#count > 0) {
      const taken = size - this.#chunks.savedWith(chunk);
      if (this.#count === BLOCK_MAX_ENTRIES || taken > BLOCK_TARGET) return false;
    }
    this.#count += 1;
    this.#size = size;
    this.#chunks.add(chunk);
    return true;
  }
}

/** The text of an entry's chunk; undefined where it is of no account, null where it keeps a block from sharing texts. */
type Chunk = string | undefined | null;

/**
 * The texts of chunks, which a block keeps once for all pointers that have them, as long as they repeat: see the columns of blocks.
 * Counted for each pointer they would end a block at a fraction of its size; never counted, one of texts that do not repeat
 * would become many times as large.
 */
class ChunkTexts {
  readonly #known = new Set<string>();
  #pointers = 0;
  #length = 0;
  #knownLength = 0;
  /** Pointers of this kind have a column to themselves: others, or what is none, would make it another one. */
  #kind: number | undefined;
  /** Whether a block may still keep texts once. */
  #repeats = true;

  of(value: unknown, kind: number): Chunk {
    if (kind === ENTRY_KIND.tombstone || !this.#repeats) return undefined;
    const chunk = chunkOf(value);
    // A user's strategy may store pointers as values.
    if (this.#kind === undefined) this.#kind = kind;
    return kind === this.#kind ? chunk : null;
  }

  /** By how much all pointers are smaller than the sum of them, with this one. */
  savedWith(chunk: Chunk): number {
    if (!this.#repeats || chunk === null) return 0;
    if (chunk === undefined) return this.#saved(this.#pointers, this.#known.size, 0);
    if (!this.#goesOn(chunk)) return 0;
    const isKnown = this.#known.has(chunk);
    return this.#saved(this.#pointers + 1, this.#known.size + (isKnown ? 0 : 1), isKnown ? chunk.length : 0);
  }

  add(chunk: Chunk): void {
    if (!this.#repeats || chunk === undefined) return;
    if (chunk === null || !this.#goesOn(chunk)) {
      this.#repeats = false;
      return;
    }
    this.#pointers += 1;
    this.#length += chunk.length;
    if (this.#known.has(chunk)) return;
    this.#known.add(chunk);
    this.#knownLength += chunk.length;
  }

  #saved(pointers: number, known: number, more: number): number {
    return 2 * known > pointers ? 0 : this.#length + more - this.#knownLength;
  }

  #goesOn(chunk: string): boolean {
    if (this.#known.has(chunk)) return true;
    const known = this.#known.size;
    const isKept = known < MAX_DICTIONARY && (this.#pointers < SAMPLE || 2 * known <= this.#pointers);
    return isKept && isChunkText(chunk);
  }
}

/** The text of a pointer's chunk; null for any other value, and for a pointer that says more than others. */
function chunkOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return null;
  const [first, second, third] = Object.keys(value);
  const { chunk, at } = value as { readonly chunk?: unknown; readonly at?: unknown };
  const isPointer = first === 'chunk' && second === 'at' && third === undefined && typeof at === 'number';
  return isPointer && typeof chunk === 'string' ? chunk : null;
}
