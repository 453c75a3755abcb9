import type { ObjectId } from '../format/ids.js';
import type {
  AdvisoryLocks,
  Backend,
  Cancel,
  Capabilities,
  CasHeads,
  EpochHeads,
  GetOptions,
  KeyObjects,
  StoreOptions,
} from './backend.js';
import type { Interception } from './calls.js';
import { backendCall, interceptedHeads } from './intercepted-heads.js';

/**
 * A backend around another one, with something in front of every call: what retrying, limiting, measuring and failing
 * have in common. It has the members that the inner one has, hands on all options, and closes what it wraps.
 */
export class InterceptedBackend implements Backend, AsyncDisposable {
  readonly capabilities: Capabilities;
  readonly heads: CasHeads | EpochHeads;
  readonly keyObjects: KeyObjects;
  readonly locks?: AdvisoryLocks;
  readonly ages?: NonNullable<Backend['ages']>;
  readonly sweep?: NonNullable<Backend['sweep']>;
  readonly flush?: NonNullable<Backend['flush']>;
  readonly #inner: Backend;
  readonly #by: Interception;

  constructor(inner: Backend, by: Interception) {
    this.#inner = inner;
    this.#by = by;
    this.capabilities = inner.capabilities;
    this.heads = interceptedHeads(inner, by);
    this.keyObjects = interceptedKeyObjects(inner.keyObjects, by);
    if (inner.locks !== undefined) this.locks = interceptedLocks(inner.locks, by);
    const [ages, sweep, flush] = [inner.ages?.bind(inner), inner.sweep?.bind(inner), inner.flush?.bind(inner)];
    if (ages !== undefined) {
      this.ages = (ids, options) => by.call(backendCall('ages', ids, options), () => ages(ids, options));
    }
    if (sweep !== undefined) {
      this.sweep = (age, options) => by.call(backendCall('sweep', [], options), () => sweep(age, options));
    }
    if (flush !== undefined) {
      this.flush = (options) => by.call(backendCall('flush', [], options), () => flush(options));
    }
  }

  put(id: ObjectId, bytes: Uint8Array, options?: StoreOptions): Promise<void> {
    return this.#by.call(backendCall('put', [id], options, bytes), () => this.#inner.put(id, bytes, options));
  }

  get(id: ObjectId, options?: GetOptions): Promise<Uint8Array | undefined> {
    return this.#by.call(backendCall('get', [id], options), () => this.#inner.get(id, options));
  }

  delete(ids: readonly ObjectId[], options?: Cancel): Promise<void> {
    return this.#by.call(backendCall('delete', ids, options), () => this.#inner.delete(ids, options));
  }

  list(options?: Cancel): AsyncIterable<ObjectId> {
    return this.#by.walk(backendCall('list', [], options), () => this.#inner.list(options));
  }

  close(): Promise<void> {
    return this.#by.call(backendCall('close', [], undefined), () => this.#inner.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function interceptedKeyObjects(inner: KeyObjects, by: Interception): KeyObjects {
  return {
    put: (id, bytes, options) =>
      by.call(backendCall('keyObjects.put', [id], options, bytes), () => inner.put(id, bytes, options)),
    get: (id, options) => by.call(backendCall('keyObjects.get', [id], options), () => inner.get(id, options)),
    delete: (id, options) => by.call(backendCall('keyObjects.delete', [id], options), () => inner.delete(id, options)),
    list: (options) => by.walk(backendCall('keyObjects.list', [], options), () => inner.list(options)),
  };
}

function interceptedLocks(inner: AdvisoryLocks, by: Interception): AdvisoryLocks {
  return {
    holder: () => inner.holder(),
    describe: (holder) => inner.describe(holder),
    create: (name, bytes, options) =>
      by.call(backendCall('locks.create', [name], options, bytes), () => inner.create(name, bytes, options)),
    read: (name, options) => by.call(backendCall('locks.read', [name], options), () => inner.read(name, options)),
    remove: (name, options) => by.call(backendCall('locks.remove', [name], options), () => inner.remove(name, options)),
  };
}
