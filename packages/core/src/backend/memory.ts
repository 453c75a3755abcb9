import { InfinitreeError } from '../errors.js';
import type { ObjectId } from '../format/ids.js';
import { requireObjectId, requireObjectIds } from './arguments.js';
import type {
  AdvisoryLocks,
  Backend,
  Cancel,
  Capabilities,
  CasHeads,
  EpochHeads,
  GetOptions,
  KeyObjects,
} from './backend.js';
import { memoryCasHeads, memoryEpochHeads } from './memory-heads.js';
import { memoryLocks } from './memory-locks.js';
import { MemoryGate, MemoryStore } from './memory-store.js';

export interface MemoryOptions<Heads extends Capabilities['heads'] = 'cas' | 'epoch'> {
  /** Which head protocol it speaks: `'cas'` as a bucket (default), `'epoch'` as a directory. */
  readonly heads?: Heads;
  /** Whether it declares that ranges are read as such. Default: true. */
  readonly ranges?: boolean;
  /** Whether it has advisory locks. Default: false, as a bucket. */
  readonly locks?: boolean;
}

type HeadsOf<Heads> = Heads extends 'cas' ? CasHeads : EpochHeads;

/**
 * A backend in memory, for tests and for trees that need not last. The data live as long as a handle on them:
 * `reopen()` gives a further one, as another process would have it on a directory.
 */
export class MemoryBackend<Heads extends Capabilities['heads'] = 'cas'> implements Backend, AsyncDisposable {
  readonly capabilities: Capabilities;
  readonly heads: HeadsOf<Heads>;
  readonly keyObjects: KeyObjects;
  readonly locks?: AdvisoryLocks;
  readonly #options: MemoryOptions<Heads>;
  readonly #store: MemoryStore;
  readonly #gate = new MemoryGate();

  /** `store` is what `reopen()` hands on; there is no other source of one. */
  constructor(options: MemoryOptions<Heads> = {}, store: MemoryStore = new MemoryStore()) {
    const heads = headsOf(options);
    this.#options = options;
    this.#store = store;
    this.capabilities = Object.freeze({ heads, ranges: options.ranges ?? true });
    const made = heads === 'cas' ? memoryCasHeads(store, this.#gate) : memoryEpochHeads(store, this.#gate);
    this.heads = made as HeadsOf<Heads>;
    this.keyObjects = {
      put: async (id, bytes, cancel) => this.#create('keyObjects.put', id, bytes, cancel),
      get: async (id, cancel) => this.#read('keyObjects.get', id, cancel),
      delete: async (id, cancel) => this.#remove('keyObjects.delete', [id], cancel),
      list: (cancel) => this.#ids('keyObjects.list', cancel),
    };
    if (options.locks === true) this.locks = memoryLocks(store, this.#gate);
  }

  async put(id: ObjectId, bytes: Uint8Array, options?: Cancel): Promise<void> {
    this.#create('put', id, bytes, options);
  }

  async get(id: ObjectId, options?: GetOptions): Promise<Uint8Array | undefined> {
    return this.#read('get', id, options);
  }

  async delete(ids: readonly ObjectId[], options?: Cancel): Promise<void> {
    this.#remove('delete', ids, options);
  }

  list(options?: Cancel): AsyncIterable<ObjectId> {
    return this.#ids('list', options);
  }

  async ages(ids: readonly ObjectId[], options?: Cancel): Promise<(number | undefined)[]> {
    this.#gate.enter('ages', options);
    requireObjectIds(ids);
    return ids.map((id) => this.#store.age(id));
  }

  async close(): Promise<void> {
    this.#gate.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Another backend on the same storage, with the same options; it outlives this one. */
  reopen(): MemoryBackend<Heads> {
    return new MemoryBackend(this.#options, this.#store);
  }

  #create(what: string, id: ObjectId, bytes: Uint8Array, options: Cancel | undefined): void {
    this.#gate.enter(what, options);
    requireObjectId(id);
    if (!this.#store.create(id, bytes)) throw new InfinitreeError('EXISTS', `${what}: ${id} is already there.`);
  }

  #read(what: string, id: ObjectId, options: GetOptions | undefined): Uint8Array | undefined {
    this.#gate.enter(what, options);
    requireObjectId(id);
    return this.#store.read(id, options?.range);
  }

  #remove(what: string, ids: readonly ObjectId[], options: Cancel | undefined): void {
    this.#gate.enter(what, options);
    requireObjectIds(ids);
    for (const id of ids) this.#store.entries.delete(id);
  }

  /** Ids as of the first step: what comes or goes while somebody iterates may be seen or not. */
  async *#ids(what: string, options: Cancel | undefined): AsyncIterable<ObjectId> {
    this.#gate.enter(what, options);
    for (const id of [...this.#store.entries.keys()]) {
      this.#gate.enter(what, options);
      yield id;
    }
  }
}

function headsOf(options: MemoryOptions): Capabilities['heads'] {
  const given: unknown = options;
  if (typeof given === 'object' && given !== null) {
    const { heads = 'cas' } = options;
    if (['cas', 'epoch'].includes(heads)) return heads;
  }
  throw new InfinitreeError(
    'INVALID_ARGUMENT',
    'The options of a MemoryBackend are an object; its heads are "cas" or "epoch".',
  );
}
