import type { Output, Terminal } from './terminal.js';

/** An output that keeps what is written to it. */
export class MemoryOutput implements Output {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

/** A terminal for tests. */
export class MemoryTerminal implements Terminal {
  readonly stdout: MemoryOutput;
  readonly stderr: MemoryOutput;
  readonly env: Terminal['env'];

  constructor({ isTTY = false, env = {} }: { readonly isTTY?: boolean; readonly env?: Terminal['env'] } = {}) {
    this.stdout = new MemoryOutput(isTTY);
    this.stderr = new MemoryOutput(isTTY);
    this.env = env;
  }
}
