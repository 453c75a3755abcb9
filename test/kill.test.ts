// The bounded part of what `npm run test:kill` does at length.
import { join } from 'node:path';
import { run } from './consumer/packages.js';
import { ROOT } from './docs/repository.js';

/** Runs the program and gives its figures by name. It fails where anything is wrong, with the seed in what it prints. */
async function play(...options: readonly string[]): Promise<Map<string, number>> {
  const printed = await run(process.execPath, [join(ROOT, 'test', 'kill', 'run.mjs'), ...options], ROOT);
  const figures = printed.matchAll(/^(\w[\w ]*\w) +(\d+)$/gm);
  return new Map([...figures].map(([, name, figure]) => [name!, Number(figure)]));
}

test('writers, readers and a collector that are killed and held up at any moment lose nothing and show nothing that vanishes', async () => {
  const figures = await play('--rounds', '10', '--blows', '6');
  expect(figures.get('complaints')).toBe(0);
  for (const name of ['kills', 'stops', 'acknowledged', 'seen']) expect(figures.get(name)).toBeGreaterThan(0);
}, 180_000);

test('writers, readers and a collector in threads of one process do neither', async () => {
  const figures = await play('--threads', '--seconds', '3');
  expect(figures.get('complaints')).toBe(0);
  for (const name of ['acknowledged', 'seen']) expect(figures.get(name)).toBeGreaterThan(0);
}, 180_000);

test('readers in processes and threads beside a writer see whole commits, and nothing that vanishes', async () => {
  const figures = await play('--readers', '--seconds', '5');
  expect(figures.get('complaints')).toBe(0);
  for (const name of ['acknowledged', 'seen', 'shown']) expect(figures.get(name)).toBeGreaterThan(0);
}, 180_000);
