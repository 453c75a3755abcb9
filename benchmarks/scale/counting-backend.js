import { MemoryBackend } from '@infinitree/core';

/** How many ids a listing or a deletion of a bucket gives or takes at once. */
const PAGE = 1000;
const ID_SIZE = 32;
/** Ids are kept in pieces of that many. */
const IDS_EACH = 65_536;

/**
 * What is asked of a bucket. `heads`: conditional writes of heads; `head reads`: reads of heads and key objects.
 *
 * @typedef {{ put: number, get: number, list: number, delete: number, heads: number, headReads: number, bytesPut: number, bytesRead: number, dropped: number, longest: number }} Counts
 * @typedef {import('@infinitree/core').ObjectId} ObjectId
 * @typedef {import('@infinitree/core').Backend} Backend
 */

/** @returns {Counts} */
const none = () => ({
  put: 0,
  get: 0,
  list: 0,
  delete: 0,
  heads: 0,
  headReads: 0,
  bytesPut: 0,
  bytesRead: 0,
  dropped: 0,
  longest: 0,
});

/**
 * A bucket that keeps index objects, heads and key objects, and of storage objects nothing but their number, so that a tree
 * can grow beyond any disk. Which is which a backend cannot see; but the tree says of index objects that they will be asked
 * for again.
 *
 * What a listing gives are also the ids of objects that were only made up, see `pretend`.
 *
 * @implements {Backend}
 */
export class CountingBackend {
  capabilities = Object.freeze({ heads: /** @type {const} */ ('cas'), ranges: true });
  counts = none();
  /** Called with the verb when a call has done its work: the moment to look at memory. @type {(verb: string) => void} */
  onCall = () => undefined;
  #inner;
  #made;
  #keepsAll;
  #closed = false;

  /**
   * `keepsAll`: storage objects and batches, too. The others are what stays from another handle.
   *
   * @param {{ keepsAll?: boolean, made?: Ids, inner?: MemoryBackend }} [options]
   */
  constructor({ keepsAll = false, made = new Ids(), inner = new MemoryBackend() } = {}) {
    this.#inner = inner;
    this.#made = made;
    this.#keepsAll = keepsAll;
    this.heads = this.#heads();
    this.keyObjects = this.#keyObjects();
  }

  /** Objects that are there only in name. */
  get madeUp() {
    return this.#made.count;
  }

  /** Another handle on the same storage, which counts for itself. */
  reopen() {
    return new CountingBackend({ keepsAll: this.#keepsAll, made: this.#made, inner: this.#inner.reopen() });
  }

  /** Adds an object that nobody has written. @param {Uint8Array} id */
  pretend(id) {
    this.#made.add(id);
  }

  /** Counts anew, and gives what was counted. */
  take() {
    const { counts } = this;
    this.counts = none();
    return counts;
  }

  /** @param {ObjectId} id @param {Uint8Array} bytes @param {import('@infinitree/core').StoreOptions} [options] */
  async put(id, bytes, options) {
    this.counts.put += 1;
    this.counts.bytesPut += bytes.length;
    if (this.#keepsAll || options?.warm === true) await this.#inner.put(id, bytes, options);
    else this.counts.dropped += 1;
    this.onCall('put');
  }

  /** @param {ObjectId} id @param {import('@infinitree/core').GetOptions} [options] */
  async get(id, options) {
    const bytes = await this.#inner.get(id, options);
    this.#read('get', bytes);
    return bytes;
  }

  /** @param {readonly ObjectId[]} ids @param {import('@infinitree/core').Cancel} [options] */
  async delete(ids, options) {
    this.counts.delete += Math.ceil(ids.length / PAGE);
    await this.#inner.delete(ids, options);
  }

  /** @param {import('@infinitree/core').Cancel} [options] */
  async *list(options) {
    let given = 0;
    const next = () => {
      if (given++ % PAGE === 0) this.counts.list += 1;
    };
    for await (const id of this.#inner.list(options)) {
      next();
      yield id;
    }
    for (const id of this.#made.all()) {
      next();
      yield id;
    }
    this.onCall('list');
  }

  /** @param {readonly ObjectId[]} ids @param {import('@infinitree/core').Cancel} [options] */
  async ages(ids, options) {
    this.counts.headReads += ids.length;
    this.onCall('ages');
    return this.#inner.ages(ids, options);
  }

  async close() {
    if (this.#closed) return;
    this.#closed = true;
    await this.#inner.close();
  }

  /** @param {'get' | 'headReads'} verb @param {Uint8Array | undefined} bytes */
  #read(verb, bytes) {
    this.counts[verb] += 1;
    this.counts.bytesRead += bytes?.length ?? 0;
    this.counts.longest = Math.max(this.counts.longest, bytes?.length ?? 0);
  }

  /** @returns {import('@infinitree/core').CasHeads} */
  #heads() {
    const { heads } = this.#inner;
    return {
      read: async (id, options) => {
        const found = await heads.read(id, options);
        this.#read('headReads', found?.bytes);
        return found;
      },
      cas: async (id, bytes, etag, options) => {
        this.counts.heads += 1;
        this.counts.bytesPut += bytes.length;
        return heads.cas(id, bytes, etag, options);
      },
      remove: (id, options) => heads.remove(id, options),
    };
  }

  /** @returns {import('@infinitree/core').KeyObjects} */
  #keyObjects() {
    const { keyObjects } = this.#inner;
    return {
      put: (id, bytes, options) => keyObjects.put(id, bytes, options),
      get: async (id, options) => {
        const bytes = await keyObjects.get(id, options);
        this.#read('headReads', bytes);
        return bytes;
      },
      delete: (id, options) => keyObjects.delete(id, options),
      list: (options) => keyObjects.list(options),
    };
  }
}

/** Ids by the million, as bytes: as texts they would take more memory than what is measured. */
class Ids {
  count = 0;
  /** @type {Buffer[]} */
  #pieces = [];

  /** @param {Uint8Array} id */
  add(id) {
    const at = this.count % IDS_EACH;
    if (at === 0) this.#pieces.push(Buffer.alloc(IDS_EACH * ID_SIZE));
    this.#pieces.at(-1)?.set(id, at * ID_SIZE);
    this.count += 1;
  }

  *all() {
    for (let i = 0; i < this.count; i++) {
      const start = (i % IDS_EACH) * ID_SIZE;
      const piece = /** @type {Buffer} */ (this.#pieces[Math.floor(i / IDS_EACH)]);
      yield/** @type {ObjectId} */ (piece.toString('hex', start, start + ID_SIZE));
    }
  }
}
