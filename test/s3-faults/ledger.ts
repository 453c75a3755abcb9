type Fate = 'begun' | 'acknowledged' | 'refused';

/** What was said of each commit, by its message, against which the log is held. */
export class Ledger {
  readonly #fates = new Map<string, Fate>();
  /** What must be stored under each key. */
  readonly contents = new Map<string, string>();

  copy(): Ledger {
    const copy = new Ledger();
    for (const [message, fate] of this.#fates) copy.#fates.set(message, fate);
    for (const [key, value] of this.contents) copy.contents.set(key, value);
    return copy;
  }

  begin(message: string): void {
    this.#fates.set(message, 'begun');
  }

  acknowledge(message: string, staged: ReadonlyMap<string, string>): void {
    this.#fates.set(message, 'acknowledged');
    for (const [key, value] of staged) this.contents.set(key, value);
  }

  /** It was said that the commit is not stored and will not be. */
  refuse(message: string): void {
    this.#fates.set(message, 'refused');
  }

  /** Throws where the log is not what was said. */
  check(log: readonly string[] | undefined): void {
    const seen = new Set(log);
    if (seen.size !== (log ?? []).length) throw new Error(`a commit is there twice: ${(log ?? []).join(', ')}`);
    for (const [message, fate] of this.#fates) {
      if (fate === 'acknowledged' && !seen.has(message)) throw new Error(`${message} was acknowledged and is lost`);
      if (fate === 'refused' && seen.has(message)) throw new Error(`${message} was said not to be stored, and is`);
    }
    for (const message of seen) if (!this.#fates.has(message)) throw new Error(`nobody has committed ${message}`);
  }
}
