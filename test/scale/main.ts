import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blob } from './blob.js';
import { cache } from './cache.js';
import { CHILD, inFreshProcess, obey } from './child.js';
import { commits } from './commits.js';
import { type Options, readOptions } from './options.js';
import type { Figure, Scenario } from './scenario.js';
import { snapshot } from './snapshot.js';
import { sparse } from './sparse.js';
import { values } from './values.js';

const SCENARIOS: Readonly<Record<string, Scenario>> = { blob, sparse, snapshot, commits, values, cache };

if (process.argv.includes(CHILD)) obey(({ scenario, step }) => SCENARIOS[scenario]!.steps[step]!);
else await measure();

async function measure(): Promise<void> {
  try {
    const options = readOptions(process.argv.slice(2), Object.keys(SCENARIOS));
    if (options !== undefined) await measureAll(options);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  } finally {
    rmSync(fileURLToPath(import.meta.url));
  }
}

async function measureAll(options: Options): Promise<void> {
  const root = await mkdtemp(join(options.dir, 'infinitree-scale-'));
  // The children get the signal too, and end by it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      rmSync(root, { recursive: true, force: true });
      rmSync(fileURLToPath(import.meta.url), { force: true });
      process.exit(130);
    });
  }
  try {
    for (const name of options.only) await measureOne(name, SCENARIOS[name]!, root, options.small);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function measureOne(name: string, scenario: Scenario, root: string, small: boolean): Promise<void> {
  const size = small ? scenario.small : scenario.full;
  await requireRoom(root, size * scenario.bytesEach);
  const folder = join(root, name);
  const key = randomBytes(32).toString('hex');
  await mkdir(folder);
  process.stdout.write(`\n${scenario.title}: ${size.toLocaleString('en')} ${scenario.unit}\n`);
  for (const step of Object.keys(scenario.steps)) {
    try {
      const figures = await inFreshProcess(
        { scenario: name, step, job: { folder, key, size } },
        showProgress(`${name} ${step}`),
      );
      for (const figure of figures) process.stdout.write(row(step, figure));
      if (figures.some(isBroken)) process.exitCode = 1;
    } catch (error) {
      process.stdout.write(`  ${step} failed: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
      break;
    }
  }
  await rm(folder, { recursive: true, force: true });
}

/** A disk that runs full would end other programs as well. */
async function requireRoom(root: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(root);
  if (bavail * bsize > 1.5 * bytes) return;
  throw new Error(
    `${root} has no room for ${Math.ceil((1.5 * bytes) / 2 ** 20)} MiB. Choose another folder with --dir.`,
  );
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
