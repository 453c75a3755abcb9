import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

export interface Options {
  readonly only: readonly string[];
  readonly small: boolean;
  readonly dir: string;
}

const USAGE = `What Infinitree does at sizes that the tests leave out, and the bounds it has to keep.

  npm run test:scale -- [options]

  --only a,b   these scenarios: NAMES
  --small      less of everything, to see whether it runs
  --dir path   where to make the temporary folder (default: TMP)
  --help

The table goes to standard output, progress to standard error. The exit code is 1 where a bound is broken.
`;

/** What the command line asks for; `undefined` where it was help, which has been printed. Throws for what is wrong. */
export function readOptions(args: readonly string[], names: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: names.join(',') },
      small: { type: 'boolean', default: false },
      dir: { type: 'string', default: tmpdir() },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE.replace('NAMES', names.join(', ')).replace('TMP', tmpdir()));
    return undefined;
  }
  const only = values.only.split(',');
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`There is no scenario "${unknown}": choose from ${names.join(', ')}.`);
  return { only, small: values.small, dir: values.dir };
}
