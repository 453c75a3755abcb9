import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, refuse } from '../command-line.js';
import { blob } from './blob.js';
import { cache } from './cache.js';
import { CHILD, inFreshProcess, obey } from './child.js';
import { commits } from './commits.js';
import { type Options, readOptions, usage } from './options.js';
import type { Figure, Scenario } from './scenario.js';
import { snapshot } from './snapshot.js';
import { sparse } from './sparse.js';
import { values } from './values.js';

const SCENARIOS: Readonly<Record<string, Scenario>> = { blob, sparse, snapshot, commits, values, cache };

if (process.argv.includes(CHILD)) obey(({ scenario, step }) => SCENARIOS[scenario]!.steps[step]!);
else process.exitCode = await measure(process.argv.slice(2), Object.keys(SCENARIOS));

async function measure(args: readonly string[], names: readonly string[]): Promise<number> {
  try {
    return await command(usage(names), args, () => measureAll(readOptions(args, names)));
  } finally {
    rmSync(fileURLToPath(import.meta.url));
  }
}

async function measureAll(options: Options): Promise<number> {
  const root = await mkdtemp(join(options.dir, 'infinitree-scale-')).catch((error: unknown) => refuse(String(error)));
  // The children get the signal too, and end by it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      rmSync(root, { recursive: true, force: true });
      rmSync(fileURLToPath(import.meta.url), { force: true });
      process.exit(130);
    });
  }
  try {
    let broken = 0;
    for (const name of options.only) broken += await measureOne(name, SCENARIOS[name]!, root, options.small);
    return broken === 0 ? 0 : 1;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Gives how many steps failed or broke a bound. */
async function measureOne(name: string, scenario: Scenario, root: string, small: boolean): Promise<number> {
  const size = small ? scenario.small : scenario.full;
  await requireRoom(root, size * scenario.bytesEach);
  const folder = join(root, name);
  const key = randomBytes(32).toString('hex');
  await mkdir(folder);
  process.stdout.write(`\n${scenario.title}: ${size.toLocaleString('en')} ${scenario.unit}\n`);
  let broken = 0;
  for (const step of Object.keys(scenario.steps)) {
    try {
      const figures = await inFreshProcess(
        { scenario: name, step, job: { folder, key, size } },
        showProgress(`${name} ${step}`),
      );
      for (const figure of figures) process.stdout.write(row(step, figure));
      if (figures.some(isBroken)) broken += 1;
    } catch (error) {
      process.stdout.write(`  ${step} failed: ${error instanceof Error ? error.message : String(error)}\n`);
      broken += 1;
      break;
    }
  }
  await rm(folder, { recursive: true, force: true });
  return broken;
}

/** A disk that runs full would end other programs as well. */
async function requireRoom(root: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(root);
  if (bavail * bsize > 1.5 * bytes) return;
  refuse(`${root} has no room for ${Math.ceil((1.5 * bytes) / 2 ** 20)} MiB. Choose another folder with --dir`);
}

/** At most a line a second. */
function showProgress(what: string): (progress: string) => void {
  let shown = performance.now();
  return (progress) => {
    if (performance.now() - shown < 1000) return;
    shown = performance.now();
    process.stderr.write(`${what}: ${progress}\n`);
  };
}

function isBroken({ value, atMost }: Figure): boolean {
  return atMost !== undefined && value > atMost;
}

function row(step: string, figure: Figure): string {
  const { what, value, unit, atMost } = figure;
  const shown = `${value.toLocaleString('en', { maximumFractionDigits: unit === '' ? 0 : 1 })} ${unit}`;
  const bound = atMost === undefined ? '' : `at most ${atMost} ${unit}`.trimEnd();
  return (
    `  ${step.padEnd(10)} ${what.padEnd(32)} ${shown.padStart(14)}   ${bound}${isBroken(figure) ? '  BROKEN' : ''}`.trimEnd() +
    '\n'
  );
}
