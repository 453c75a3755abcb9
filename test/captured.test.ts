// Who captures a process that only writes to a split tree: its key, its files, and its memory after it has closed the tree.
import { join } from 'node:path';
import { run } from './consumer/packages.js';
import { ROOT } from './docs/repository.js';

test('opens nothing of what that has written', async () => {
  const printed = await run(process.execPath, [join(ROOT, 'test', 'captured', 'run.mjs')], ROOT);
  const figures = new Map(
    [...printed.matchAll(/^([a-z][a-z ]*) (\d+)$/gm)].map(([, name, figure]) => [name!, Number(figure)]),
  );
  expect(figures.get('chunks')).toBeGreaterThan(40);
  expect(figures.get('opened by the reader')).toBe(figures.get('chunks'));
  expect(figures.get('opened by what was captured')).toBe(0);
  // Memory of another process can be looked at where the system lets its parent do so.
  if (printed.includes('cannot be read here')) return;
  expect(figures.get('public halves in memory')).toBeGreaterThan(0);
  expect([figures.get('secret halves in memory'), figures.get('object keys in memory')]).toEqual([0, 0]);
}, 60_000);
