import type { CanonicalKey } from '../codec/index-key.js';
import { type Changes, compose, Delta } from './delta.js';
import { ABSENT, type Known, UNKNOWN } from './known.js';

/**
 * What is not yet known to be committed: the staged delta, and below it those on their way to storage, oldest lowest.
 * An operation hides what lower layers say of its key, a clear hides them altogether.
 *
 * Deltas settle oldest first, as commits follow each other; a newer one cannot be committed before an older one, and
 * once one has failed, those above it can only fail too. That they are reported in any order is allowed for.
 */
export class Pending {
  #staged = new Delta();
  readonly #inFlight: Delta[] = [];
  readonly #failed = new Set<Delta>();

  get staged(): Delta {
    return this.#staged;
  }

  get isEmpty(): boolean {
    return this.#staged.isEmpty && !this.isInFlight;
  }

  get isInFlight(): boolean {
    return this.#inFlight.length > 0;
  }

  /** Whether nothing shows of what is committed. */
  get cleared(): boolean {
    return this.#staged.cleared || this.#inFlight.some((delta) => delta.cleared);
  }

  get hasConflicts(): boolean {
    return this.#staged.hasConflicts || this.#inFlight.some((delta) => delta.hasConflicts);
  }

  /** Oldest first, the staged delta last. */
  get layers(): readonly Delta[] {
    return [...this.#inFlight, this.#staged];
  }

  find(key: CanonicalKey): Known {
    const known = findIn(this.#staged, key);
    return known === UNKNOWN && this.isInFlight ? this.findInFlight(key) : known;
  }

  findInFlight(key: CanonicalKey): Known {
    for (let i = this.#inFlight.length - 1; i >= 0; i--) {
      const known = findIn(this.#inFlight[i] as Delta, key);
      if (known !== UNKNOWN) return known;
    }
    return UNKNOWN;
  }

  /** The staged delta, to be changed. */
  edit(): Delta {
    if (this.#staged.shared) this.#staged = new Delta(this.#staged);
    return this.#staged;
  }

  replace(staged: Delta): void {
    this.#staged = staged;
  }

  /** Sends the staged delta on its way. From here on its operations never change. */
  swap(): Delta | undefined {
    if (this.#staged.isEmpty) return undefined;
    const delta = this.#staged;
    delta.shared = true;
    this.#inFlight.push(delta);
    this.#staged = new Delta();
    return delta;
  }

  /** Drops a delta that is committed. */
  settle(delta: Delta): void {
    if (this.#inFlight[0] !== delta || this.#failed.has(delta)) {
      throw new Error('A delta settles once, in flight, and after all older ones.');
    }
    this.#inFlight.shift();
  }

  /** Takes back a delta whose commit failed, as soon as no newer one is in flight: it belongs below those. */
  restore(delta: Delta): void {
    if (!this.#inFlight.includes(delta)) throw new Error('Only a delta in flight can be restored.');
    this.#failed.add(delta);
    let newest = this.#inFlight.at(-1);
    while (newest !== undefined && this.#failed.delete(newest)) {
      this.#inFlight.pop();
      this.#staged = compose(newest, this.#staged);
      newest = this.#inFlight.at(-1);
    }
  }

  /** All layers as one. It stays as it is whatever happens afterwards. */
  overlay(): Changes {
    const all = this.layers.reduce(compose);
    all.shared = true;
    return all;
  }
}

function findIn(delta: Delta, key: CanonicalKey): Known {
  const op = delta.find(key);
  if (op !== undefined) return op.kind === 'value' ? op.value : ABSENT;
  return delta.cleared ? ABSENT : UNKNOWN;
}
