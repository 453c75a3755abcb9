import type { TestClock } from '@infinitree/testing';
import type { Operation } from './operation.js';
import type { Way } from './ways.js';

/** A fault that is to come: which operation it strikes first, how, and whether it stays. */
export interface Plan {
  readonly nth: number;
  readonly way: Way;
  readonly forever: boolean;
}

/** More operations than any workload makes, with all that is tried again: who goes on for longer would go on for ever. */
const MOST_OPERATIONS = 20_000;

/** Counts the operations of one program, and lets the planned fault strike. */
export class Faults {
  /** What was asked for while it counts, and whether the storage was being opened. */
  readonly asked: { readonly kind: string; readonly opening: boolean }[] = [];
  /** Whether the storage is being opened. */
  opening = false;
  /** How many writes into files or heads have failed. */
  failedWrites = 0;
  /** Whether what is asked for counts: it is what the workload is about. */
  counting = false;
  /** Descriptors that were opened and not closed. */
  openFiles = 0;
  /** Called once, where the fault strikes first. */
  onFirst: () => Promise<void> = async () => undefined;
  readonly #clock: TestClock;
  readonly #plan: Plan | undefined;
  #strikes = 0;
  #operations = 0;
  #lifted = false;
  #call = new AbortController();

  constructor(clock: TestClock, plan?: Plan) {
    this.#clock = clock;
    this.#plan = plan;
  }

  /** Whether the fault has struck. */
  get struck(): boolean {
    return this.#strikes > 0;
  }

  /** Whether it may strike again. */
  get lasts(): boolean {
    return this.#plan?.forever === true && !this.#lifted;
  }

  /** Whether the program did not come to an end. */
  get endless(): boolean {
    return this.#operations > MOST_OPERATIONS;
  }

  /** The signal for the next call to the tree. */
  signal(): AbortSignal {
    const aborts = this.#call.signal.aborted && this.lasts;
    this.#call = new AbortController();
    if (aborts) this.#abort();
    return this.#call.signal;
  }

  /** That call is over; a fault that was to come once has gone by. */
  callEnded(): void {
    if (this.struck && this.#plan?.forever === false) this.lift();
  }

  lift(): void {
    if (this.#lifted) return;
    this.#lifted = true;
    if (this.struck) this.#plan?.way.lift?.({ clock: this.#clock });
  }

  async run<T>(operation: Operation<T>): Promise<T> {
    this.#operations += 1;
    if (this.counting) this.asked.push({ kind: operation.kind, opening: this.opening });
    if (this.endless) throw new Error('The program goes on and on.');
    const plan = this.#plan;
    if (plan === undefined || !this.#isDue(plan, operation.kind)) return operation.make();
    const first = this.#strikes === 0;
    this.#strikes += 1;
    if (operation.kind === 'write' || operation.kind === 'heads.append') this.failedWrites += 1;
    if (first) await this.onFirst();
    const { way, forever } = plan;
    return way.strike(operation, { clock: this.#clock, forever, first, abort: () => this.#abort() });
  }

  #isDue({ nth, way, forever }: Plan, kind: string): boolean {
    if (this.#lifted || (this.opening && way.sparesOpening === true)) return false;
    if (forever && this.struck) return way.hits(kind);
    return this.counting && this.asked.length === nth && !this.struck;
  }

  #abort(): void {
    this.#call.abort(new Error('enough'));
  }
}
