import { tmpdir } from 'node:os';
import { optionsOf, refuse } from '../command-line.js';

export interface Options {
  readonly only: readonly string[];
  readonly small: boolean;
  readonly dir: string;
}

export const usage = (
  names: readonly string[],
): string => `What Infinitree does at sizes that the tests leave out, and the bounds it has to keep.

  npm run test:scale -- [options]

  --only a,b   these scenarios: ${names.join(', ')}
  --small      less of everything, to see whether it runs
  --dir path   where to make the temporary folder (default: ${tmpdir()})
  --help

The table goes to standard output, progress to standard error. The exit code is 1 where a bound is broken.
`;

/** What the command line asks for. */
export function readOptions(args: readonly string[], names: readonly string[]): Options {
  const { only, small, dir } = optionsOf(args, {
    only: { type: 'string', default: names.join(',') },
    small: { type: 'boolean', default: false },
    dir: { type: 'string', default: tmpdir() },
  });
  const chosen = only.split(',');
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown !== undefined) refuse(`There is no scenario "${unknown}": choose from ${names.join(', ')}`);
  return { only: chosen, small, dir };
}
