import { decodeValue } from '../../codec/value-codec.js';
import { InfinitreeError } from '../../errors.js';
import { admitLoaded } from '../../fields/values.js';
import { MAX_EXTENT_PLAIN } from '../../format/limits.js';
import type { ObjectReader } from '../../object/object-reader.js';
import { readChunk, readPointer } from '../records/sparse-pointer.js';

/** Chunks of sparse values that are kept: neighbours by key lie in one, so scans read each chunk once. */
const KEPT_CHUNKS = 64;

/** Fetches values that stand apart from their keys. */
export class SparseValues {
  readonly #reader: ObjectReader;
  readonly #chunks = new Map<string, Promise<readonly unknown[]>>();

  constructor(reader: ObjectReader) {
    this.#reader = reader;
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
      return known;
    }
    const fetched = this.#fetch(chunk);
    this.#chunks.set(chunk, fetched);
    fetched.catch(() => this.#chunks.delete(chunk));
    const oldest = this.#chunks.size > KEPT_CHUNKS ? this.#chunks.keys().next().value : undefined;
    if (oldest !== undefined) this.#chunks.delete(oldest);
    return fetched;
  }

  async #fetch(chunk: string): Promise<readonly unknown[]> {
    const { value, plain } = decodeValue(await this.#reader.readDetached(readChunk(chunk), MAX_EXTENT_PLAIN));
    if (!Array.isArray(value))
      throw new InfinitreeError('CORRUPT', 'A chunk of values holds no list. It was sealed like that.');
    const values: readonly unknown[] = value;
    return plain ? values : values.map((one) => admitLoaded(one, false));
  }
}
