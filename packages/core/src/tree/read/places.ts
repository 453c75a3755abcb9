import { InfinitreeError } from '../../errors.js';
import type { KeyRange } from './cursor.js';

/** Gives the elements of a list their places while they are walked, and says which of them lie in a range of places. */
export class Places {
  readonly #first: number;
  readonly #end: number;
  readonly #step: number;
  #next: number;

  /** `count`: of the elements; only who walks from the last one has to know it. */
  constructor(range: KeyRange, count: number) {
    const { gte = 0, lt = Number.POSITIVE_INFINITY } = range;
    this.#first = Number(gte);
    this.#end = Number(lt);
    this.#step = range.reverse === true ? -1 : 1;
    this.#next = this.#step < 0 ? count - 1 : 0;
  }

  /** The place of the element that comes now, if it is in the range; `end` where all that come are beyond it. */
  next(): number | 'before' | 'end' {
    const place = this.#next;
    this.#next += this.#step;
    if (place >= this.#first && place < this.#end) return place;
    return place < this.#first === this.#step > 0 ? 'before' : 'end';
  }
}

/** Refuses a range whose bounds are no places. */
export function requirePlaces({ gte = 0, lt = 0 }: KeyRange): void {
  if (typeof gte === 'number' && typeof lt === 'number') return;
  throw new InfinitreeError('INVALID_ARGUMENT', 'A range of a list is given by places, which are numbers.');
}
