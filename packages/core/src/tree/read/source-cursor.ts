import type { CanonicalKey } from '../../codec/index-key.js';
import type { Batch, Source } from './cursor.js';

const NOTHING: Batch = { keys: [], values: [], kinds: undefined, sequences: undefined, sequence: 0 };

/** A source while it is merged: stands on one entry once its first batch was fetched. */
export class SourceCursor {
  readonly #batches: AsyncGenerator<Batch, void, undefined>;
  #batch: Batch = NOTHING;
  #at = 0;

  constructor(source: Source) {
    this.#batches = source();
  }

  get key(): CanonicalKey {
    return this.#batch.keys[this.#at] as CanonicalKey;
  }

  get sequence(): number {
    return this.#batch.sequences?.[this.#at] ?? this.#batch.sequence;
  }

  get kind(): number {
    return this.#batch.kinds?.[this.#at] ?? 0;
  }

  get value(): unknown {
    return this.#batch.values.at(this.#at);
  }

  /** Steps on inside the batch; false at its end, where `fetch` has to be awaited. */
  step(): boolean {
    this.#at += 1;
    return this.#at < this.#batch.keys.length;
  }

  /** Takes the next batch that has entries; false at the end of the source. */
  async fetch(): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.#batches.next();
      if (done === true) return false;
      if (value.keys.length === 0) continue;
      this.#batch = value;
      this.#at = 0;
      return true;
    }
  }

  async close(): Promise<void> {
    await this.#batches.return();
  }
}
