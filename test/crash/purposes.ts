/**
 * Names the calls of one process by their purpose. The same verb syncs a frame, a mark, or what another writer left;
 * which of these it is follows from what the process did before.
 */
export class Purposes {
  /** The head that this process created last, and whether its last append there was a frame. */
  #own: unknown;
  #frame = false;
  /** Whether it has claimed an epoch and not gone on in it yet, and marked the head before. */
  #succeeding = false;
  #marked = false;

  of(verb: string, args: readonly unknown[]): string {
    const [id] = args;
    if (verb === 'heads.claim') {
      this.#succeeding = true;
      this.#marked = false;
    }
    if (verb === 'heads.create') {
      this.#own = id;
      this.#frame = false;
    }
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
    if (id === this.#own) return this.#frame ? 'a frame' : 'a mark';
    if (!this.#succeeding) return 'a reader';
    return this.#marked ? "a successor's mark" : 'a successor';
  }
}
