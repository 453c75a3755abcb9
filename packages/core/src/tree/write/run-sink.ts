import type { CanonicalKey } from '../../codec/index-key.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import type { Version } from '../read/inline-table.js';
import type { RunRef } from '../records/run.js';
import { encodeWhole } from './block-plan.js';
import { BlockRoom } from './block-room.js';
import { RunWriter } from './run-writer.js';

/** Takes entries in the order of a run, and writes a block whenever there is enough for one. */
export class RunSink {
  readonly #run: RunWriter;
  #rows = new Rows();
  /** Blocks that are full and not written. */
  #full: Rows[] = [];
  #first = Number.POSITIVE_INFINITY;
  #last = 0;

  constructor(objects: ObjectWriter) {
    this.#run = new RunWriter(objects);
  }

  /** Whether a block is full: `flush` is to be awaited before the next entry. */
  add(key: CanonicalKey, version: Version): boolean {
    this.#first = Math.min(this.#first, version.sequence);
    this.#last = Math.max(this.#last, version.sequence);
    if (this.#rows.take(key, version)) return false;
    // The entry begins the next block. Taken along it would make the block too large, and be cut off as one of its own.
    this.#full.push(this.#rows);
    this.#rows = new Rows();
    this.#rows.take(key, version);
    return true;
  }

  async flush(): Promise<void> {
    const full = this.#full;
    this.#full = [];
    for (const rows of full) await this.#run.add(encodeWhole(rows));
  }

  /** The runs; none where there were no entries. */
  async finish(shadowedBy: number | undefined): Promise<RunRef[]> {
    if (this.#last === 0) return [];
    this.#full.push(this.#rows);
    await this.flush();
    const [firstSequence, lastSequence] = [this.#first, this.#last];
    const isUnique = shadowedBy === undefined;
    return this.#run.finish({ firstSequence, lastSequence, sequenced: true, isUnique, shadowedBy });
  }
}

/** Entries of one block, by columns. */
class Rows {
  readonly keys: CanonicalKey[] = [];
  readonly values: unknown[] = [];
  readonly sequences: number[] = [];
  readonly #kinds: number[] = [];
  readonly #room = new BlockRoom();

  get kinds(): Uint8Array | undefined {
    return this.#kinds.every((kind) => kind === 0) ? undefined : Uint8Array.from(this.#kinds);
  }

  /** Takes an entry, where there is room for it. */
  take(key: CanonicalKey, { sequence, kind, value }: Version): boolean {
    if (!this.#room.take(value, kind)) return false;
    this.keys.push(key);
    this.values.push(value);
    this.sequences.push(sequence);
    this.#kinds.push(kind);
    return true;
  }
}
