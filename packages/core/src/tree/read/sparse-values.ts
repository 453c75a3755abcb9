import { decodeValue } from '../../codec/value-codec.js';
import { InfinitreeError } from '../../errors.js';
import { admitLoaded } from '../../fields/values.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import { readChunk, readPointer } from '../records/sparse-pointer.js';

/** Bytes of chunks, before decoding, that are kept: neighbours by key lie in one, so scans read each chunk once. */
const BUDGET = 8 * 1024 * 1024;

interface Kept {
  readonly values: Promise<readonly unknown[]>;
  /** Bytes before decoding; 0 until they are here. */
  size: number;
}

/** Where chunks are read. */
export interface ChunkSource {
  /** How many are worth asking for at once. */
  readonly atOnce: number;
  /** The content of chunks that were packed as one. */
  readDetached(pointers: readonly ChunkPointer[]): Promise<Uint8Array>;
}

/** Fetches values that stand apart from their keys. */
export class SparseValues {
  readonly #source: ChunkSource;
  /** Used last stands last. */
  readonly #chunks = new Map<string, Kept>();
  #used = 0;

  constructor(source: ChunkSource) {
    this.#source = source;
  }

  /** How many chunks are worth fetching at once. */
  get atOnce(): number {
    return this.#source.atOnce;
  }

  /** The value that a pointer stands for, in stored form. */
  async get(pointer: unknown): Promise<unknown> {
    const { chunk, at } = readPointer(pointer);
    const values = await this.#chunk(chunk);
    if (at < values.length) return values[at];
    throw new InfinitreeError(
      'CORRUPT',
      `A chunk of ${values.length} values has none at ${at}. It was sealed like that.`,
    );
  }

  #chunk(chunk: string): Promise<readonly unknown[]> {
    const known = this.#chunks.get(chunk);
    if (known !== undefined) {
      this.#chunks.delete(chunk);
      this.#chunks.set(chunk, known);
      return known.values;
    }
    const values = this.#fetch(chunk);
    this.#chunks.set(chunk, { values, size: 0 });
    values.catch(() => this.#chunks.delete(chunk));
    return values;
  }

  async #fetch(chunk: string): Promise<readonly unknown[]> {
    const plain = await this.#source.readDetached(readChunk(chunk));
    const values = decodeChunk(plain);
    this.#keep(chunk, plain.length);
    return values;
  }

  /** Counts a chunk that is here now, and lets go of others that were not used for longest. */
  #keep(chunk: string, size: number): void {
    const kept = this.#chunks.get(chunk) as Kept;
    kept.size = size;
    this.#used += size;
    for (const [name, other] of this.#chunks) {
      if (this.#used <= BUDGET) return;
      if (other === kept || other.size === 0) continue;
      this.#chunks.delete(name);
      this.#used -= other.size;
    }
  }
}

function decodeChunk(plain: Uint8Array): readonly unknown[] {
  const { value, plain: unboxed } = decodeValue(plain);
  if (!Array.isArray(value)) {
    throw new InfinitreeError('CORRUPT', 'A chunk of values holds no list. It was sealed like that.');
  }
  return unboxed ? value : value.map((one: unknown) => admitLoaded(one, false));
}
