import { isObjectId, type ObjectId } from '../../format/ids.js';
import { requireObjectId, requireObjectIds } from '../arguments.js';
import type { Backend, Cancel, Capabilities, CasHeads, GetOptions, KeyObjects } from '../backend.js';
import type { BucketPort } from './bucket-port.js';
import { type Bucket, readObject, removeObjects } from './bucket-requests.js';
import { BucketWrites } from './bucket-writes.js';
import { Conditions } from './conditions.js';
import { Gate } from './gate.js';

export interface BucketOptions {
  /** Moves only the part of an object that is asked for. */
  readonly rangeReads: boolean;
  /** Requests under way at once. */
  readonly maxConcurrency: number;
  /** Takes a store that ignores conditions, on the word of the caller that there is never more than one writer. */
  readonly unsafeSingleWriter: boolean;
  /** From the system, for names that nobody else takes. */
  readonly randomBytes: (length: number) => Uint8Array;
}

/** A backend on the requests of an object store. What stores do alike is done here; a port makes the requests. */
export class BucketBackend implements Backend, AsyncDisposable {
  readonly capabilities: Capabilities;
  readonly heads: CasHeads;
  readonly keyObjects: KeyObjects;
  readonly #bucket: Bucket;
  readonly #writes: BucketWrites;

  constructor(port: BucketPort, options: BucketOptions) {
    const { rangeReads, maxConcurrency, unsafeSingleWriter, randomBytes } = options;
    const gate = new Gate(maxConcurrency, (what, error) => port.trouble(what, error));
    const bucket = { port, gate, ranges: rangeReads };
    const writes = new BucketWrites(
      bucket,
      new Conditions(bucket, unsafeSingleWriter, randomBytes),
      unsafeSingleWriter,
    );
    this.#bucket = bucket;
    this.#writes = writes;
    this.capabilities = Object.freeze({ heads: 'cas', ranges: rangeReads });
    this.heads = writes.heads();
    this.keyObjects = {
      put: (id, bytes, cancel) =>
        gate.call('keyObjects.put', cancel, () => writes.create('keyObjects.put', 'keyObjects', id, bytes, cancel)),
      get: (id, cancel) =>
        gate.call('keyObjects.get', cancel, async () => {
          requireObjectId(id);
          // Absent ones are asked for whenever a tree is opened, and waiting for a second answer would show.
          return (await readObject(bucket, 'keyObjects.get', id, 'once', cancel, cancel?.range))?.bytes;
        }),
      delete: (id, cancel) => this.#remove('keyObjects.delete', [id], cancel),
      list: (cancel) => this.#list('keyObjects.list', cancel),
    };
  }

  async put(id: ObjectId, bytes: Uint8Array, options?: Cancel): Promise<void> {
    await this.#bucket.gate.call('put', options, () => this.#writes.create('put', 'objects', id, bytes, options));
  }

  async get(id: ObjectId, options?: GetOptions): Promise<Uint8Array | undefined> {
    return this.#bucket.gate.call('get', options, async () => {
      requireObjectId(id);
      return (await readObject(this.#bucket, 'get', id, 'twice', options, options?.range))?.bytes;
    });
  }

  async delete(ids: readonly ObjectId[], options?: Cancel): Promise<void> {
    await this.#remove('delete', ids, options);
  }

  list(options?: Cancel): AsyncIterable<ObjectId> {
    return this.#list('list', options);
  }

  async ages(ids: readonly ObjectId[], options?: Cancel): Promise<(number | undefined)[]> {
    const { gate, port } = this.#bucket;
    return gate.call('ages', options, async () => {
      requireObjectIds(ids);
      const ageOf = (id: ObjectId) =>
        gate.request(options, () => {
          gate.step('ages', options);
          return port.age(id, { signal: options?.signal });
        });
      return Promise.all(ids.map(ageOf));
    });
  }

  async close(): Promise<void> {
    await this.#bucket.gate.close();
    await this.#bucket.port.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #remove(what: string, ids: readonly ObjectId[], options: Cancel | undefined): Promise<void> {
    await this.#bucket.gate.call(what, options, async () => {
      requireObjectIds(ids);
      await removeObjects(this.#bucket, what, ids, options);
    });
  }

  async *#list(what: string, options: Cancel | undefined): AsyncIterable<ObjectId> {
    const { gate, port } = this.#bucket;
    let from: string | undefined;
    do {
      const at = from;
      const page = await gate.call(what, options, () =>
        gate.request(options, () => port.list(at, { signal: options?.signal })),
      );
      for (const name of page.names) {
        gate.step(what, options);
        if (isObjectId(name)) yield name;
      }
      from = page.next;
    } while (from !== undefined);
  }
}
