import { firstIndex } from '../bytes/first-index.js';
import type { ValuesAt } from '../codec/open-column.js';

/** Values that were read together, by their place among those. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly values: ValuesAt;
}

/** The values of a field as they were loaded: in pieces, which need not have been put together yet. */
export class LoadedValues implements ValuesAt {
  readonly #pieces: Piece[] = [];
  #length = 0;
  /** Where the last value was that was asked for: the next one is mostly there too. */
  #last: Piece | undefined;

  /** Takes over `count` values, to follow those that are there. */
  append(values: ValuesAt, count: number): void {
    this.#pieces.push({ start: this.#length, end: this.#length + count, values });
    this.#length += count;
  }

  at(index: number): unknown {
    const last = this.#last;
    const piece = last !== undefined && index >= last.start && index < last.end ? last : this.#find(index);
    return piece?.values.at(index - piece.start);
  }

  /** Puts all of them together, in their order. */
  forEach(visit: (value: unknown, index: number) => void): void {
    for (const { start, end, values } of this.#pieces) {
      for (let i = start; i < end; i++) visit(values.at(i - start), i);
    }
  }

  #find(index: number): Piece | undefined {
    this.#last = this.#pieces[firstIndex(this.#pieces.length, (i) => index < (this.#pieces[i] as Piece).end)];
    return this.#last;
  }
}
