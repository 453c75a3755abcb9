import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { command, optionsOf, refuse, wholeNumber } from '../command-line.js';
import { crashAgain, newTally, type Tally } from './crash-run.js';
import type { SourceEdit } from './mutation-kinds.js';
import { tryMutations } from './mutation-report.js';
import { MUTATIONS } from './mutations.js';
import { type Part, sum, type Tallies } from './work.js';
import { WORKLOADS } from './workloads.js';

const USAGE = `npm run test:crash -- [options]
  --states <n>     how many crash states are looked at (20000)
  --long           1000000 of them
  --seed <n>       the first seed (1)
  --only <name>    one workload, or the state that a failure named
  --processes <n>  how many share the work (2, or 1 where there is one processor)
  --mutations      whether the suite notices each mistake on the list; with --only those of that name
  --from <name>    goes on in that list with the first mistake of that name
`;

interface Options {
  readonly states: number;
  readonly seed: number;
  readonly only: string | undefined;
  readonly processes: number;
  readonly mutations: boolean;
  readonly from: string;
}

/** Gives the script of a process that shares the work, made of sources with that edit. */
export type Bundle = (edit?: SourceEdit) => Promise<string>;

/** Makes everything that was asked for, and resolves to the code to exit with. */
export function main(args: readonly string[], bundle: Bundle): Promise<number> {
  return command(USAGE, args, () => crash(readOptions(args), bundle));
}

async function crash(options: Options, bundle: Bundle): Promise<number> {
  if (options.mutations) {
    const first = MUTATIONS.findIndex(({ name }) => name.includes(options.from));
    const chosen = MUTATIONS.slice(first).filter(({ name }) => name.includes(options.only ?? ''));
    const start = async (edit?: SourceEdit): Promise<ChildProcess> => started(await bundle(edit));
    const wrong = await tryMutations(chosen, options, start, (line) => process.stdout.write(`${line}\n`));
    return wrong === 0 ? 0 : 1;
  }
  if (options.only?.includes(':') === true) return again(options.only);
  const began = performance.now();
  const tallies = await inProcesses(await bundle(), options);
  process.stderr.write('\r\u001b[2K');
  process.stdout.write(table(tallies, (performance.now() - began) / 1000));
  return report(Object.values(tallies).flatMap(({ failures }) => failures));
}

function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { states: text, long: flag, seed: text, only: text, processes: text, mutations: flag, from: text };
  const { long, only, mutations, from = '', ...numbers } = optionsOf(args, options);
  const workload = only?.split(':')[0];
  if (!mutations && workload !== undefined && !Object.hasOwn(WORKLOADS, workload)) {
    refuse(`There is no workload "${workload}", only ${Object.keys(WORKLOADS).join(', ')}`);
  }
  if (!MUTATIONS.some(({ name }) => name.includes(from))) refuse(`No mistake on the list is called "${from}"`);
  return {
    states: wholeNumber('states', numbers.states, long ? 1_000_000 : 20_000),
    seed: wholeNumber('seed', numbers.seed, 1),
    processes: wholeNumber('processes', numbers.processes, Math.min(2, availableParallelism()), 1),
    only,
    mutations,
    from,
  };
}

async function again(name: string): Promise<number> {
  const tally = newTally();
  await crashAgain(name, tally);
  process.stdout.write(`${tally.states + tally.recoveries} states, ${tally.failures.length} failures\n`);
  return report(tally.failures);
}

async function inProcesses(script: string, options: Options): Promise<Tallies> {
  const of = options.processes;
  const parts: Tallies[] = Array.from({ length: of }, () => ({}));
  await Promise.all(
    parts.map(async (_, part) =>
      inProcess(script, { options, part, of }, (tallies) => {
        parts[part] = tallies;
        show(sum(parts), options.states);
      }),
    ),
  );
  return sum(parts);
}

function started(script: string): ChildProcess {
  return fork(script, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

function inProcess(script: string, part: Part, progress: (tallies: Tallies) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = started(script);
    child.on('message', (tallies: Tallies) => progress(tallies));
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a process ended with ${String(code)}`))));
    child.send(part);
  });
}

function show(tallies: Tallies, states: number): void {
  if (!process.stderr.isTTY) return;
  const all = Object.values(tallies);
  const done = all.reduce((count, tally) => count + tally.states, 0);
  const failures = all.reduce((count, tally) => count + tally.failures.length, 0);
  const bar = '━'.repeat(Math.min(30, Math.round((done / states) * 30))).padEnd(30, '·');
  process.stderr.write(`\r\u001b[2K${bar} ${done}/${states} states, ${failures} failures`);
}

function table(tallies: Tallies, seconds: number): string {
  const header = ['workload', 'runs', 'boundaries', 'states', 'recovery crashes', 'failures'];
  const rows = Object.entries(tallies).map(([name, { runs, boundaries, states, recoveries, failures }]) => [
    name,
    ...[runs, boundaries, states, recoveries, failures.length].map(String),
  ]);
  const totals = header.slice(1).map((_, i) => String(rows.reduce((count, row) => count + Number(row[i + 1]), 0)));
  const lines = [header, ...rows, ['all', ...totals]].map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(15) : cell.padStart(header[i]!.length + 2))).join(''),
  );
  return `${lines.join('\n')}\n${seconds.toFixed(0)} s\n`;
}

function report(failures: Tally['failures']): number {
  for (const { name, what } of failures.slice(0, 20)) {
    process.stdout.write(`\n${what}\n  again with: npm run test:crash -- --only ${name}\n`);
  }
  return failures.length > 0 ? 1 : 0;
}
