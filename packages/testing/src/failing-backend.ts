import type {
  AdvisoryLocks,
  Backend,
  Cancel,
  Capabilities,
  CasHeads,
  EpochHeads,
  GetOptions,
  KeyObjects,
  ObjectId,
} from '@infinitree/core';
import { failingHeads } from './failing-heads.js';
import { type Failure, FailurePlan } from './failure-plan.js';
import type { Run, Verb, Walk } from './verbs.js';

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
export class FailingBackend implements Backend {
  readonly capabilities: Capabilities;
  readonly heads: CasHeads | EpochHeads;
  readonly keyObjects: KeyObjects;
  readonly locks?: AdvisoryLocks;
  readonly ages?: NonNullable<Backend['ages']>;
  readonly sweep?: NonNullable<Backend['sweep']>;
  readonly #inner: Backend;
  readonly #plan = new FailurePlan();
  readonly #log: LogEntry[] = [];

  constructor(inner: Backend, ...failures: readonly Failure[]) {
    this.#inner = inner;
    this.capabilities = inner.capabilities;
    const run: Run = (verb, ids, work) => this.#run(verb, ids, work);
    const walk: Walk = (verb, list) => this.#walk(verb, list);
    this.heads = failingHeads(inner, run, walk);
    this.keyObjects = {
      put: (id, bytes, options) => run('keyObjects.put', [id], () => inner.keyObjects.put(id, bytes, options)),
      get: (id, options) => run('keyObjects.get', [id], () => inner.keyObjects.get(id, options)),
      delete: (id, options) => run('keyObjects.delete', [id], () => inner.keyObjects.delete(id, options)),
      list: (options) => walk('keyObjects.list', () => inner.keyObjects.list(options)),
    };
    if (inner.locks !== undefined) this.locks = failingLocks(inner.locks, run);
    const [ages, sweep] = [inner.ages?.bind(inner), inner.sweep?.bind(inner)];
    if (ages !== undefined) this.ages = (ids, options) => run('ages', ids, () => ages(ids, options));
    if (sweep !== undefined) this.sweep = (age, options) => run('sweep', [], () => sweep(age, options));
    for (const failure of failures) this.fail(failure);
  }

  /** Every call so far, in the order in which they were made. */
  get log(): readonly LogEntry[] {
    return this.#log;
  }

  /** How many calls were made so far, of this verb if one is named. */
  count(verb?: Verb): number {
    return verb === undefined ? this.#log.length : this.#log.filter((entry) => entry.verb === verb).length;
  }

  /** Adds a failure; `nth` counts from the next call on. */
  fail(failure: Failure): void {
    this.#plan.add(failure);
  }

  /** Takes all failures away: the trouble is over. */
  heal(): void {
    this.#plan.clear();
  }

  /** Forgets the log. */
  clearLog(): void {
    this.#log.length = 0;
  }

  put(id: ObjectId, bytes: Uint8Array, options?: Cancel): Promise<void> {
    return this.#run('put', [id], () => this.#inner.put(id, bytes, options));
  }

  get(id: ObjectId, options?: GetOptions): Promise<Uint8Array | undefined> {
    return this.#run('get', [id], () => this.#inner.get(id, options));
  }

  delete(ids: readonly ObjectId[], options?: Cancel): Promise<void> {
    return this.#run('delete', ids, () => this.#inner.delete(ids, options));
  }

  list(options?: Cancel): AsyncIterable<ObjectId> {
    return this.#walk('list', () => this.#inner.list(options));
  }

  close(): Promise<void> {
    return this.#run('close', [], () => this.#inner.close());
  }

  async #run<T>(verb: Verb, ids: readonly ObjectId[], work: () => Promise<T>): Promise<T> {
    const due = this.#plan.due(verb);
    this.#log.push({ verb, id: ids[0], ids: [...ids], failed: due !== undefined });
    if (due?.when === 'before') throw due.error();
    const result = await work();
    if (due !== undefined) throw due.error();
    return result;
  }

  /** A listing fails before its first id or behind its last one. */
  async *#walk(verb: Verb, list: () => AsyncIterable<ObjectId>): AsyncIterable<ObjectId> {
    const due = this.#plan.due(verb);
    this.#log.push({ verb, id: undefined, ids: [], failed: due !== undefined });
    if (due?.when === 'before') throw due.error();
    yield* list();
    if (due !== undefined) throw due.error();
  }
}

function failingLocks(inner: AdvisoryLocks, run: Run): AdvisoryLocks {
  return {
    holder: () => inner.holder(),
    describe: (holder) => inner.describe(holder),
    create: (name, bytes, options) => run('locks.create', [name], () => inner.create(name, bytes, options)),
    read: (name, options) => run('locks.read', [name], () => inner.read(name, options)),
    remove: (name, options) => run('locks.remove', [name], () => inner.remove(name, options)),
  };
}
