import { blindWrites, everyField, type Model, wholeTree } from '../../packages/core/test/tree/models.js';
import { type Heads, KINDS } from '../../packages/core/test/tree/scene.js';
import { command, optionsOf, wholeNumber } from '../command-line.js';

const USAGE = `npm run test:models -- [options]

  --runs N     sequences for each model, half of them for each kind of heads (default 200)
  --steps N    steps of each sequence, reopening among them (default 50)
  --only NAME  models whose name contains this
  --seed N     makes the sequences; the same seed makes the same ones (default: the time)
`;

const MODELS: Readonly<Record<string, Model>> = {
  'every field': everyField,
  'blind writes': blindWrites,
  'whole tree': wholeTree,
};

/** So many sequences are tried in one go; what they need is let go between two. */
const BATCH = 50;

interface Options {
  readonly runs: number;
  readonly steps: number;
  readonly only: string;
  readonly seed: number;
}

/** Gives the exit code: 1 where anything failed, 2 where it was called wrongly. */
export function main(args: readonly string[]): Promise<number> {
  return command(USAGE, args, () => tryAll(readOptions(args)));
}

async function tryAll(options: Options): Promise<number> {
  print(`seed ${options.seed}, ${options.steps} steps each`);
  let failed = 0;
  for (const [name, model] of Object.entries(MODELS)) {
    if (!name.includes(options.only)) continue;
    for (const heads of KINDS) failed += await tryOut(name, model, heads, options);
  }
  print(failed === 0 ? 'nothing failed' : `${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Tries one model, up to its first failure. Gives how many there were. */
async function tryOut(name: string, model: Model, heads: Heads, { runs, steps, seed }: Options): Promise<0 | 1> {
  const all = Math.ceil(runs / KINDS.length);
  const length = { minLength: steps, maxLength: steps };
  const begun = performance.now();
  let done = 0;
  try {
    for (; done < all; done += BATCH) {
      showProgress(`${name}, ${heads}`, done, all);
      await model(heads, length, { numRuns: Math.min(BATCH, all - done), seed: (seed + done) | 0 });
    }
  } catch (error) {
    print(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  } finally {
    const seconds = Math.round((performance.now() - begun) / 1000);
    print(`${name}, ${heads} heads: ${Math.min(done, all)} of ${all} sequences in ${seconds} s`);
  }
  return 0;
}

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const { runs, steps, only = '', seed } = optionsOf(args, { runs: text, steps: text, only: text, seed: text });
  return {
    runs: wholeNumber('runs', runs, 200),
    steps: wholeNumber('steps', steps, 50),
    only,
    seed: wholeNumber('seed', seed, Date.now() % 2 ** 31),
  };
}

const BAR = 30;

/** A bar on terminals; the line that tells the outcome is written over it. */
function showProgress(what: string, done: number, all: number): void {
  if (!process.stderr.isTTY) return;
  const filled = Math.round((BAR * done) / all);
  process.stderr.write(`\r\x1b[K[${'#'.repeat(filled)}${' '.repeat(BAR - filled)}] ${what}`);
}

function print(text: string): void {
  process.stdout.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${text}\n`);
}
