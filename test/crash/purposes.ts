/**
 * Names the calls of one process by their purpose. The same verb syncs a frame, a mark, or what another writer left;
 * which of these it is follows from what the process did before.
 */
export class Purposes {
  /** The head that this process wrote last, and whether its last append was a frame. */
  #own: unknown;
  #frame = false;
  /** Whether it has claimed an epoch and not written its head yet, and marked the head before. */
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
      this.#succeeding = false;
    }
    if (verb === 'heads.append') return `heads.append of ${this.#append(id)}`;
    if (verb === 'heads.sync') return `heads.sync of ${this.#sync(id)}`;
    return verb;
  }

  #append(id: unknown): string {
    if (this.#succeeding) {
      this.#marked = true;
      return "a successor's mark";
    }
    this.#frame = id === this.#own && !this.#frame;
    return this.#frame ? 'a frame' : 'a mark';
  }

  #sync(id: unknown): string {
    if (this.#succeeding) return this.#marked ? "a successor's mark" : 'a successor';
    if (id !== this.#own) return 'a reader';
    return this.#frame ? 'a frame' : 'a mark';
  }
}
