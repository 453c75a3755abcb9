import type { CanonicalKey } from '../../codec/index-key.js';
import { BLOCK_MAX_ENTRIES, BLOCK_TARGET } from '../../format/limits.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import type { Version } from '../read/inline-table.js';
import type { RunRef } from '../records/run.js';
import { encodeBlocks } from './block-plan.js';
import { roughSize } from './rough-size.js';
import { RunWriter } from './run-writer.js';

/** Takes entries in the order of a run, and writes a block whenever there is enough for one. */
export class RunSink {
  readonly #run: RunWriter;
  #rows = new Rows();
  #first = Number.POSITIVE_INFINITY;
  #last = 0;

  constructor(objects: ObjectWriter) {
    this.#run = new RunWriter(objects);
  }

  /** Whether a block is full: `flush` is to be awaited before the next entry. */
  add(key: CanonicalKey, version: Version): boolean {
    this.#first = Math.min(this.#first, version.sequence);
    this.#last = Math.max(this.#last, version.sequence);
    this.#rows.add(key, version);
    return this.#rows.isFull;
  }

  async flush(): Promise<void> {
    const rows = this.#rows;
    this.#rows = new Rows();
    for (const block of encodeBlocks(rows)) await this.#run.add(block);
  }

  /** The run; undefined where there were no entries. */
  async finish(shadowedBy: number | undefined): Promise<RunRef | undefined> {
    await this.flush();
    if (this.#last === 0) return undefined;
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
  #size = 0;

  get kinds(): Uint8Array | undefined {
    return this.#kinds.every((kind) => kind === 0) ? undefined : Uint8Array.from(this.#kinds);
  }

  get isFull(): boolean {
    return this.#size > BLOCK_TARGET || this.keys.length === BLOCK_MAX_ENTRIES;
  }

  add(key: CanonicalKey, { sequence, kind, value }: Version): void {
    this.keys.push(key);
    this.values.push(value);
    this.sequences.push(sequence);
    this.#kinds.push(kind);
    this.#size += roughSize(value);
  }
}
