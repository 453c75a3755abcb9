// What `npm run test:rotate` does with a large tree, here with a small one.
import { join } from 'node:path';
import { run } from './consumer/packages.js';
import { ROOT } from './docs/repository.js';

test('a tree opens wherever a process that gives it new keys is killed, and the next one finishes that', async () => {
  const options = ['--mib', '12', '--object-kib', '64', '--kills', '2'];
  const printed = await run(process.execPath, [join(ROOT, 'test', 'rotate', 'run.mjs'), ...options], ROOT);
  const figures = new Map(
    [...printed.matchAll(/^([a-z][a-z ]*) (\d+)$/gm)].map(([, name, figure]) => [name!, Number(figure)]),
  );
  expect(figures.get('kills')).toBe(2);
  for (const name of ['complaints', 'faults', 'commits with the secret of before']) expect(figures.get(name)).toBe(0);
}, 120_000);
