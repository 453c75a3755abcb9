import { formatDuration } from './quantities.js';
import { stylesFor, type Terminal } from './terminal.js';

/** Does one step of an example, and prints its title, the lines it gives and how long it took. */
export async function step(terminal: Terminal, title: string, work: () => Promise<readonly string[]>): Promise<void> {
  const { stdout } = terminal;
  const { bold, dim } = stylesFor(stdout, terminal);
  stdout.write(`\n${bold(title)}\n`);
  const start = performance.now();
  const lines = await work();
  const took = dim(`took ${formatDuration(performance.now() - start)}`);
  stdout.write(`${[...lines, took].join('\n')}\n`);
}
