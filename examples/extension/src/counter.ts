import { CustomField, InfinitreeError, VersionedList } from '@infinitree/core';

/**
 * A number that several writers count up and down without knowing it, and without losing what others have counted. It
 * keeps the increments and not their sum: whoever stores a sum has read it before, and stores it over everybody else's.
 * So it has an entry for every increment.
 */
export class Counter extends CustomField<VersionedList<number>, 'cell'> {
  constructor() {
    super({ name: 'example/counter', kind: 'cell', inner: new VersionedList() });
  }

  /** Works on a counter that is not loaded. Throws `INVALID_ARGUMENT` for what is no whole number. */
  increment(by = 1): void {
    if (!Number.isSafeInteger(by)) {
      throw new InfinitreeError('INVALID_ARGUMENT', 'A counter is incremented by a whole number.');
    }
    this.inner.push(by);
  }

  /** Throws `NOT_LOADED` where the counter is not loaded. */
  get value(): number {
    let sum = 0;
    for (const by of this.inner) sum += by;
    return sum;
  }
}
