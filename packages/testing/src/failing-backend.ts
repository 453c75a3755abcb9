import {
  type Backend,
  type BackendCall,
  InterceptedBackend,
  type Interception,
  type ObjectId,
  type Verb,
} from '@infinitree/core';
import { type DueFailure, type Failure, FailurePlan } from './failure-plan.js';

/** One call that reached the wrapped backend's door. */
export interface LogEntry {
  readonly verb: Verb;
  /** The id it is about, the first of several; `undefined` for listings and `close`. */
  readonly id: ObjectId | undefined;
  /** All ids it is about. */
  readonly ids: readonly ObjectId[];
  /** Whether a failure was put in its way. */
  readonly failed: boolean;
}

/**
 * Wraps any backend, writes down every call, and makes those fail that the plan names. With no plan it only records.
 *
 * @example
 * const backend = new FailingBackend(new MemoryBackend());
 * backend.fail({ verb: 'heads.cas', nth: 2, when: 'after' }); // the second one takes effect, and its answer is lost
 */
export class FailingBackend extends InterceptedBackend {
  readonly #record: Record;

  constructor(inner: Backend, ...failures: readonly Failure[]) {
    const record = new Record();
    super(inner, failing(record));
    this.#record = record;
    for (const failure of failures) this.fail(failure);
  }

  /** Every call so far, in the order in which they were made. */
  get log(): readonly LogEntry[] {
    return this.#record.log;
  }

  /** How many calls were made so far, of this verb if one is named. */
  count(verb?: Verb): number {
    return verb === undefined ? this.log.length : this.log.filter((entry) => entry.verb === verb).length;
  }

  /** Adds a failure; `nth` counts from the next call on. */
  fail(failure: Failure): void {
    this.#record.plan.add(failure);
  }

  /** Takes all failures away: the trouble is over. */
  heal(): void {
    this.#record.plan.clear();
  }

  /** Forgets the log. */
  clearLog(): void {
    this.#record.log.length = 0;
  }
}

/** What is to fail, and what was called. */
class Record {
  readonly plan = new FailurePlan();
  readonly log: LogEntry[] = [];

  /** The failure that this call runs into, if it is to. */
  due({ verb, ids }: BackendCall): DueFailure | undefined {
    const due = this.plan.due(verb);
    this.log.push({ verb, id: ids[0], ids: [...ids], failed: due !== undefined });
    return due;
  }
}

function failing(record: Record): Interception {
  return {
    async call(call, work) {
      const due = record.due(call);
      if (due?.when === 'before') throw due.error();
      const result = await work();
      if (due !== undefined) throw due.error();
      return result;
    },
    /** A listing fails before its first id or behind its last one. */
    async *walk(call, list) {
      const due = record.due(call);
      if (due?.when === 'before') throw due.error();
      yield* list();
      if (due !== undefined) throw due.error();
    },
  };
}
