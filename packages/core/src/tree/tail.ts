import type { CommitBody } from './records/commit.js';

/**
 * The commits since the last fold, oldest first. Never changed: one that goes on shares its list with the one before, which
 * sees only its own beginning of it. A copy for each commit took as long as sealing it.
 */
export class Tail {
  readonly #shared: CommitBody[];
  readonly #length: number;

  private constructor(shared: CommitBody[], length: number) {
    this.#shared = shared;
    this.#length = length;
  }

  static of(bodies: readonly CommitBody[]): Tail {
    return new Tail([...bodies], bodies.length);
  }

  get last(): CommitBody | undefined {
    return this.#shared[this.#length - 1];
  }

  /** The same with further commits. Of two that go on from one, the later one has to copy. */
  with(bodies: readonly CommitBody[]): Tail {
    const shared = this.#shared.length === this.#length ? this.#shared : this.list();
    shared.push(...bodies);
    return new Tail(shared, shared.length);
  }

  /** All of them, in an array of its own. */
  list(): CommitBody[] {
    return this.#shared.slice(0, this.#length);
  }
}
