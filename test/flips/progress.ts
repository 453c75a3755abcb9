const BAR = 30;
const EVERY_MS = 20_000;

/** A bar on terminals, where the table is written over it; elsewhere a line now and then. */
export class Progress {
  readonly #tree: string;
  #shown = performance.now();

  constructor(tree: string) {
    this.#tree = tree;
  }

  show(kind: string, done: number, all: number, failures: number): void {
    const { isTTY } = process.stderr;
    const now = performance.now();
    if (now - this.#shown < (isTTY ? 100 : EVERY_MS)) return;
    this.#shown = now;
    const text = `${this.#tree}: ${kind}, ${Math.floor(done)} of ${all}, ${failures} failed`;
    const filled = Math.round((BAR * done) / all);
    process.stderr.write(isTTY ? `\r\x1b[K[${'#'.repeat(filled)}${' '.repeat(BAR - filled)}] ${text}` : `${text}\n`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}
