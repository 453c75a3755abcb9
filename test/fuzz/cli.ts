import { Worker } from 'node:worker_threads';
import { command, optionsOf, wholeNumber } from '../command-line.js';
import { allDecoders } from './decoders/all.js';
import type { Report } from './fuzz.js';
import { heading, row } from './table.js';
import type { Work } from './worker.js';

const USAGE = `npm run test:fuzz -- [options]

  --cases N     cases for each decoder (default 20000)
  --only NAME   decoders whose name contains this; may be given more than once
  --seed N      makes the cases; the same seed makes the same ones (default: the time)
  --list        names the decoders
`;

/** A case that takes this long, on however busy a machine, never ends. */
const STUCK_MS = 60_000;
const TICK_MS = 250;

interface Places {
  readonly root: string;
  /** The bundled thread. */
  readonly worker: string;
}

interface Options {
  readonly cases: number;
  readonly seed: number;
  readonly only: readonly string[];
  readonly list: boolean;
}

/** Gives the exit code: 1 where anything failed, 2 where it was called wrongly. */
export function main(args: readonly string[], places: Places): Promise<number> {
  return command(USAGE, args, () => fuzz(readOptions(args), places));
}

async function fuzz({ cases, seed, only, list }: Options, { root, worker }: Places): Promise<number> {
  const names = (await allDecoders(root))
    .map(({ name }) => name)
    .filter((name) => only.some((part) => name.includes(part)));
  if (list) {
    process.stdout.write(`${names.join('\n')}\n`);
    return 0;
  }
  process.stdout.write(`seed ${seed}, ${cases} cases each\n${heading()}\n`);
  let failed = 0;
  for (const decoder of names) {
    const report = await run({ root, decoder, seed, cases, progress: new SharedArrayBuffer(4) }, worker);
    process.stdout.write(`${row(report)}\n`);
    for (const { index, what, input } of report.failures) {
      failed += 1;
      process.stdout.write(`  case ${index}: ${what}\n  input: ${input}\n`);
    }
  }
  process.stdout.write(failed === 0 ? 'nothing failed\n' : `${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const options = { cases: text, only: { ...text, multiple: true }, seed: text, list: { type: 'boolean' } } as const;
  const { cases, seed, only = [''], list = false } = optionsOf(args, options);
  return {
    cases: wholeNumber('cases', cases, 20_000, 1),
    seed: wholeNumber('seed', seed, Date.now() % 2 ** 31),
    only,
    list,
  };
}

/** Runs a decoder in a thread and watches it: one that is stuck, or ends otherwise, has failed. */
function run(work: Work, file: string): Promise<Report> {
  const thread = new Worker(file, { workerData: work });
  const now = new Int32Array(work.progress).fill(-1);
  const begun = Date.now();
  return new Promise((resolve) => {
    let [last, since] = [-1, begun];
    const end = (what: string) => {
      clearInterval(ticking);
      void thread.terminate();
      const index = Atomics.load(now, 0);
      const seconds = (Date.now() - begun) / 1000;
      const failures = [{ index, what, input: `case ${index} of --seed ${work.seed} --only '${work.decoder}'` }];
      resolve({
        decoder: work.decoder,
        cases: index,
        accepted: 0,
        refused: {},
        slowestMs: 0,
        mostBytes: 0,
        seconds,
        failures,
      });
    };
    const ticking = setInterval(() => {
      const index = Atomics.load(now, 0);
      showProgress(work, index);
      // Before its first case a thread has to be loaded.
      if (index !== last || index < 0) [last, since] = [index, Date.now()];
      else if (Date.now() - since > STUCK_MS) end('does not end');
    }, TICK_MS);
    thread.on('error', (error) => end(`ended the thread: ${error.stack ?? error.message}`));
    thread.on('message', (report: Report) => {
      clearInterval(ticking);
      showProgress(work, undefined);
      resolve(report);
    });
  });
}

const BAR = 30;

/** A bar on terminals, which the row of the table then writes over. */
function showProgress({ decoder, cases }: Work, index: number | undefined): void {
  if (!process.stderr.isTTY) return;
  const done = Math.round((BAR * Math.max(0, index ?? 0)) / cases);
  const bar = `[${'#'.repeat(done)}${' '.repeat(BAR - done)}] ${decoder}`;
  process.stderr.write(`\r\x1b[K${index === undefined ? '' : bar}`);
}
