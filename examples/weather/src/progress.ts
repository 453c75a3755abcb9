import { bar } from './chart.js';
import { stylesFor, type Terminal } from './terminal.js';

const WIDTH = 30;
const CLEAR_LINE = '\r\u001b[2K';

/** Shows how far something is: a bar that moves on a terminal, and a line for each finished part everywhere else. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #total: number;

  constructor(terminal: Terminal, total: number) {
    this.#terminal = terminal;
    this.#total = total;
  }

  /** Draws the bar anew; off a terminal, nothing. */
  update(done: number, what: string): void {
    const { stderr } = this.#terminal;
    if (stderr.isTTY !== true) return;
    const { blue, dim } = stylesFor(stderr, this.#terminal);
    const drawn = bar((done / this.#total) * WIDTH);
    const rest = '·'.repeat(WIDTH - drawn.length);
    stderr.write(`${CLEAR_LINE}${blue(drawn)}${dim(rest)} ${done}/${this.#total} ${what}`);
  }

  /** Writes a line that stays. */
  line(text: string): void {
    const { stderr } = this.#terminal;
    stderr.write(`${stderr.isTTY === true ? CLEAR_LINE : ''}${text}\n`);
  }
}
