import { bar } from './chart.js';
import { stylesFor, type Terminal } from './terminal.js';

const WIDTH = 30;
const CLEAR_LINE = '\r\u001b[2K';

/** Shows how far something is: a bar that moves on a terminal, and a line for each finished part everywhere else. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #total: number;
  readonly #format: (amount: number) => string;

  /** `format` writes an amount, such as bytes; by default a plain number. */
  constructor(terminal: Terminal, total: number, format: (amount: number) => string = String) {
    this.#terminal = terminal;
    this.#total = total;
    this.#format = format;
  }

  /** Draws the bar anew; off a terminal, nothing. */
  update(done: number, what: string): void {
    const { stderr } = this.#terminal;
    if (stderr.isTTY !== true) return;
    const { blue, dim } = stylesFor(stderr, this.#terminal);
    const drawn = bar((this.#total === 0 ? 1 : done / this.#total) * WIDTH);
    const rest = '·'.repeat(WIDTH - drawn.length);
    stderr.write(`${CLEAR_LINE}${blue(drawn)}${dim(rest)} ${this.#format(done)}/${this.#format(this.#total)} ${what}`);
  }

  /** Writes a line that stays. */
  line(text: string): void {
    this.clear();
    this.#terminal.stderr.write(`${text}\n`);
  }

  /** Takes the bar away. */
  clear(): void {
    const { stderr } = this.#terminal;
    if (stderr.isTTY === true) stderr.write(CLEAR_LINE);
  }
}
