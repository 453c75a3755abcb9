// The programs behind the scripts of package.json: what they say of themselves, and to who asks for what they cannot do.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './docs/repository.js';

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const PROGRAMS = Object.entries(scripts).flatMap(([name, script]) => {
  const program = /^node ((?:test|mutants|benchmarks)\/\S+)$/.exec(script)?.[1];
  return program === undefined ? [] : [[name, program] as const];
});

const run = (program: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [join(ROOT, program), ...args], { cwd: ROOT, encoding: 'utf8' });

test('there are as many as there should be', () => {
  expect(PROGRAMS.length).toBe(11);
});

test.each(PROGRAMS)(
  '%s says how it is used, and in one line what it does not know',
  (name, program) => {
    const { status, stdout, stderr } = run(program, '--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`npm run ${name} -- `);
    const unknown = run(program, '--no-such-option');
    expect([unknown.status, unknown.stdout, unknown.stderr.split('\n').length]).toEqual([2, '', 2]);
    expect(unknown.stderr).toMatch(/^Unknown option '--no-such-option'\. .*See --help\.\n$/);
  },
  60_000,
);
