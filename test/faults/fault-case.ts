import { Faults, type Plan } from './faults.js';
import { Ledger } from './ledger.js';
import { Onlooker } from './onlooker.js';
import { NO_TROUBLE, Program, type Trouble } from './program.js';
import { WAYS, type Way } from './ways.js';
import { type Leftovers, WORKLOADS } from './workloads.js';
import { STAGES, type World } from './world.js';

/** One operation of one workload going wrong. */
export interface FaultCase extends Plan {
  readonly workload: string;
  /** The kind of storage. */
  readonly stage: string;
}

/** How a case ended. */
export interface Outcome {
  /** Short codes of what calls rejected with. */
  readonly codes: ReadonlySet<string>;
  /** Whether the workload came to the operation. */
  readonly struck: boolean;
  /** What is wrong. */
  readonly finding: string | undefined;
}

interface Prepared {
  readonly world: World;
  readonly ledger: Ledger;
  readonly left: Leftovers;
}

/** A case takes some milliseconds. */
const LONG_MS = 60_000;
const SUBJECT = 1;

/** Runs cases of one workload on one kind of storage. */
export class Bench {
  readonly #workload: string;
  readonly #stage: string;
  readonly #seed: number;
  /** Operations at which somebody has looked: until there, all cases are the same. */
  readonly #looked = new Set<number>();
  #prepared: Promise<Prepared> | undefined;

  constructor(workload: string, stage: string, seed: number) {
    this.#workload = workload;
    this.#stage = stage;
    this.#seed = seed;
  }

  /** All cases, by the operations that are made without any fault. */
  async cases(): Promise<FaultCase[]> {
    if (this.#stage === 'directory-object' && WORKLOADS[this.#workload]!.appendsOnly === true) return [];
    const { outcome, faults, level } = await this.#play(undefined, NO_TROUBLE);
    if (outcome.finding !== undefined) throw new Error(`${this.#workload} on ${this.#stage}: ${outcome.finding}`);
    const [workload, stage] = [this.#workload, this.#stage];
    const cases: FaultCase[] = [];
    for (const way of WAYS.filter((each) => each.level === level)) {
      for (const [i, { kind, opening }] of faults.asked.entries()) {
        if (!way.hits(kind) || (opening && way.sparesOpening === true)) continue;
        for (const forever of [false, true]) cases.push({ workload, stage, way, nth: i + 1, forever });
      }
    }
    return cases;
  }

  async run(plan: Plan): Promise<Outcome> {
    // Where there is something to find out, the next commit has to do so as well as `resolve()`.
    const trouble = { codes: plan.way.codes, resolves: plan.nth % 2 === 1, met: new Set<string>() };
    return (await this.#play(plan, trouble)).outcome;
  }

  async #play(plan: Plan | undefined, trouble: Trouble) {
    this.#prepared ??= this.#prepare();
    const prepared = await this.#prepared;
    const world = await prepared.world.fork();
    const ledger = prepared.ledger.copy();
    const onlooker = new Onlooker(world, ledger);
    const faults = new Faults(world.clock, plan);
    const stage = { world, ledger, onlooker };
    const program = new Program(stage, SUBJECT, this.#seed, faults, trouble);
    const work = async (): Promise<void> => {
      await onlooker.begin();
      faults.onFirst = () => this.#lookOnce(plan?.nth ?? 0, onlooker);
      await WORKLOADS[this.#workload]!.run({ ...stage, seed: this.#seed, program, left: prepared.left });
      faults.lift();
      await onlooker.end();
      if (faults.openFiles !== 0) throw new Error(`${faults.openFiles} files were left open`);
    };
    const finding = await inTime(work()).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return { outcome: { codes: trouble.met, struck: faults.struck, finding }, faults, level: world.level };
  }

  async #lookOnce(nth: number, onlooker: Onlooker): Promise<void> {
    if (this.#looked.has(nth)) return;
    this.#looked.add(nth);
    await onlooker.look();
  }

  async #prepare(): Promise<Prepared> {
    const world = STAGES[this.#stage]!();
    const ledger = new Ledger();
    const stage = { world, ledger, onlooker: new Onlooker(world, ledger) };
    // Other numbers than those of the cases, or objects of both would have one name.
    const left = await WORKLOADS[this.#workload]!.prepare(stage, this.#seed + 1);
    return { world, ledger, left };
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  let timeout: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timeout = setTimeout(() => reject(new Error('it does not come to an end')), LONG_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timeout));
}

export function nameOf({ workload, stage, way, nth, forever }: FaultCase): string {
  return [workload, stage, way.name, nth, forever ? 'ever' : 'once'].join(':');
}

/** The case of that name; undefined where there is none. */
export function caseOf(name: string): FaultCase | undefined {
  const [workload = '', stage = '', wayName, nth, duration = ''] = name.split(':');
  const known = Object.hasOwn(WORKLOADS, workload) && Object.hasOwn(STAGES, stage);
  const level = stage.startsWith('memory') ? 'calls' : 'files';
  const way: Way | undefined = WAYS.find((each) => each.name === wayName && each.level === level);
  if (!known || way === undefined || !(Number(nth) > 0) || !['once', 'ever'].includes(duration)) return undefined;
  return { workload, stage, way, nth: Number(nth), forever: duration === 'ever' };
}
