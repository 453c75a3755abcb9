/** What a process is at, where its calls do not tell. */
export interface Doing {
  activity?: 'close' | 'resolve' | 'fold' | 'merge' | undefined;
}

/**
 * Names the calls of one process by their purpose. The same verb syncs a frame, a mark, or what another writer left;
 * which of these it is follows from what the process did before.
 */
export class Purposes {
  readonly #doing: Doing;
  /** The head that this process created last, and whether its last append there was a frame. */
  #own: unknown;
  #frame = false;
  /** Whether it has claimed an epoch and not gone on in it yet, and marked the head before. */
  #succeeding = false;
  #marked = false;
  /** Whether it has claimed an epoch that has no head yet: what it stores now is of a fold. */
  #claimed = false;
  /** Heads that it looked for: who creates one of these puts a fence there. */
  readonly #read = new Set<unknown>();

  constructor(doing: Doing) {
    this.#doing = doing;
  }

  of(verb: string, args: readonly unknown[]): string {
    const [id] = args;
    if (verb === 'heads.claim') {
      this.#succeeding = true;
      this.#marked = false;
      this.#claimed = true;
    }
    if (verb === 'heads.read') this.#read.add(id);
    if (verb === 'heads.create' && this.#read.has(id)) return 'heads.create of a fence';
    if (verb === 'heads.create') {
      this.#own = id;
      this.#frame = false;
      this.#claimed = false;
    }
    if (verb === 'put' && this.#claimed) return 'put of a fold';
    if (verb === 'put' && this.#doing.activity === 'fold') return 'put of a fold beside commits';
    if (verb === 'put' && this.#doing.activity === 'merge') return 'put of a merge';
    if (verb === 'heads.append') return `heads.append of ${this.#append(id)}`;
    if (verb === 'heads.sync') return `heads.sync of ${this.#sync(id)}`;
    return verb;
  }

  #append(id: unknown): string {
    if (id !== this.#own) {
      this.#marked = true;
      return "a successor's mark";
    }
    this.#succeeding = false;
    this.#frame = !this.#frame;
    return this.#frame ? 'a frame' : 'a mark';
  }

  #sync(id: unknown): string {
    if (id === this.#own && this.#frame) return 'a frame';
    if (id === this.#own) return this.#doing.activity === 'close' ? 'a mark at the close' : 'a mark';
    if (!this.#succeeding) return this.#doing.activity === 'resolve' ? 'who asks for an outcome' : 'a reader';
    return this.#marked ? "a successor's mark" : 'a successor';
  }
}
