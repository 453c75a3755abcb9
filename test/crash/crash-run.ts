import { type CrashState, crashStates, type DiskOperation, type SeededRandom } from '@infinitree/testing';
import { Machine, type Mutate } from './machine.js';
import { inOneLine, recover } from './recover.js';
import { WORKLOADS } from './workloads.js';

/** A run of a workload, of which crash states are looked at. */
export interface Run {
  readonly workload: string;
  readonly seed: number;
  readonly mutate?: Mutate | undefined;
  /** Makes something else of what was recorded: as if the program had done that. */
  readonly rewrite?: Rewrite | undefined;
}

export type Rewrite = (operations: readonly DiskOperation[]) => readonly DiskOperation[];

export interface Failure {
  /** What `--only` takes to have it again. */
  readonly name: string;
  readonly what: string;
}

export interface Tally {
  runs: number;
  boundaries: number;
  states: number;
  recoveries: number;
  readonly failures: Failure[];
  /** After that many failures no more is looked at. */
  readonly mostFailures: number;
}

/** One in that many states has the power fail again while the tree recovers. */
const RECOVERIES = 8;

/** Every name in these folders is random and read by nobody but a sweep, which goes by age. */
const isTemporary = (path: string): boolean =>
  ['/tree/tmp/', '/copy/tmp/', '/cache/incoming/'].some((folder) => path.startsWith(folder));

export function newTally(mostFailures = 10): Tally {
  return { runs: 0, boundaries: 0, states: 0, recoveries: 0, failures: [], mostFailures };
}

/**
 * Runs a workload once and recovers from up to `most` of the states that a power cut may leave of it: from all of them
 * if there are no more, else from as many picked at random.
 */
export async function crashRun(run: Run, most: number, tally: Tally): Promise<void> {
  const name = `${run.workload}:${run.seed}`;
  tally.runs += 1;
  let machine: Machine;
  try {
    machine = await record(run);
  } catch (error) {
    tally.failures.push({ name, what: `without any power cut: ${inOneLine(error)}` });
    return;
  }
  tally.boundaries += machine.now - machine.begin;
  const { random } = machine;
  for (const state of sample(distinctStates(machine, run), most, random)) {
    if (tally.failures.length >= tally.mostFailures) return;
    tally.states += 1;
    const recovered = await attempt(run, `${name}:${nameOf(state)}`, machine, state, tally);
    if (recovered === undefined || random.int(RECOVERIES) > 0) continue;
    if (run.rewrite !== undefined) recovered.rewrite(run.rewrite);
    const [again] = sample(distinctStates(recovered, run), 1, random);
    if (again === undefined) continue;
    tally.recoveries += 1;
    await attempt(run, `${name}:${nameOf(state)}/${nameOf(again)}`, recovered, again, tally);
  }
}

/**
 * Looks at one state by its name, `workload:seed:boundary.variant`, perhaps with another one behind a slash; without a
 * state, at the run as a whole.
 */
export async function crashAgain(name: string, tally: Tally): Promise<void> {
  const [workload = '', seed = '', states = ''] = name.split(':');
  const run = { workload, seed: Number(seed) };
  // What failed before any power was cut is named without a state.
  if (states === '') return crashRun(run, WORKLOADS[workload]!.statesPerRun, tally);
  let machine = await record(run);
  for (const [i, wanted] of states.split('/').entries()) {
    const options = { certain: certainly(run) };
    const found = [...crashStates(machine.disk.initial, machine.operations, options)];
    const state = found.find((candidate) => nameOf(candidate) === wanted);
    if (state === undefined) throw new Error(`there is no state ${wanted} of ${workload}:${seed}`);
    if (i > 0) tally.recoveries += 1;
    else tally.states += 1;
    const recovered = await attempt(run, name, machine, state, tally);
    if (recovered === undefined) return;
    machine = recovered;
  }
}

async function record({ workload, seed, mutate, rewrite }: Run): Promise<Machine> {
  const { run, durability = 'append', cache, split } = WORKLOADS[workload]!;
  const machine = new Machine({ seed, mutate, durability, cache, split });
  await run(machine);
  if (rewrite !== undefined) machine.rewrite(rewrite);
  return machine;
}

async function attempt(
  { workload }: Run,
  name: string,
  machine: Machine,
  state: CrashState,
  tally: Tally,
): Promise<Machine | undefined> {
  const { recovery = recover } = WORKLOADS[workload]!;
  try {
    return await recovery(machine, state);
  } catch (error) {
    const operation = machine.operations[state.boundary - 1];
    const where = operation && `${operation.kind} ${operation.path} of ${operation.during ?? 'opening'}`;
    const what = `${inOneLine(error)} (power cut after ${where ?? 'nothing'}; ${state.survived})`;
    tally.failures.push({ name, what: what.replace(/([0-9a-f]{6})[0-9a-f]{26,}/g, '$1…') });
    return undefined;
  }
}

/** Each state of disk and promises once. */
function* distinctStates(machine: Machine, run: Run): Generator<CrashState> {
  const seen = new Set<string>();
  const options = { certain: certainly(run) };
  for (const state of crashStates(machine.disk.initial, machine.operations, options)) {
    if (state.boundary < machine.begin) continue;
    const promises = machine.chronicle.numberAfter(state.boundary);
    const key = `${promises} ${state.image().fingerprint((path) => !isTemporary(path))}`;
    if (seen.has(key)) continue;
    seen.add(key);
    yield state;
  }
}

/** In every other run temporary names are as the program left them, so that more of all else is combined. */
function certainly({ seed }: Run): (operation: DiskOperation) => boolean {
  const isName = ({ kind }: DiskOperation): boolean => kind === 'create' || kind === 'unlink';
  return seed % 2 === 0 ? () => false : (operation) => isName(operation) && isTemporary(operation.path);
}

/** Up to that many of them, each as likely as any other. */
function sample<T>(items: Iterable<T>, most: number, random: SeededRandom): T[] {
  const kept: T[] = [];
  let seen = 0;
  for (const item of items) {
    seen += 1;
    if (kept.length < most) kept.push(item);
    else {
      const place = random.int(seen);
      if (place < most) kept[place] = item;
    }
  }
  return kept;
}

function nameOf({ boundary, variant }: CrashState): string {
  return `${boundary}.${variant}`;
}
