import type { Backend, Cancel, Capabilities, CasHeads, GetOptions, KeyObjects, ObjectId } from '@infinitree/core';
import { requireObjectId, requireRange, throwIfAborted } from '@infinitree/core';
import { agesOf } from './ages.js';
import { casHeads } from './cas-heads.js';
import { clientsOf } from './client.js';
import { Conditions } from './conditions.js';
import { Gate } from './gate.js';
import { listObjects } from './listing.js';
import { type S3Options, settingsOf } from './options.js';
import { readRange, readWhole } from './reading.js';
import { removeObjects } from './removing.js';
import type { Store } from './store.js';
import { optionsOfUrl } from './url.js';
import { createObject } from './writing.js';

/**
 * A tree's storage in a bucket of Amazon S3, or of another store that speaks its protocol. Nothing is asked of the store
 * before the first call.
 */
export class S3Backend implements Backend, AsyncDisposable {
  readonly capabilities: Capabilities;
  readonly heads: CasHeads;
  readonly keyObjects: KeyObjects;
  readonly #store: Store;
  readonly #conditions: Conditions;

  constructor(options: S3Options) {
    const settings = settingsOf(options);
    const gate = new Gate(`${settings.bucket}/${settings.prefix}`, settings.maxConcurrency);
    const store = { settings, gate, clients: clientsOf(settings) };
    const conditions = new Conditions(store);
    this.#store = store;
    this.#conditions = conditions;
    this.capabilities = Object.freeze({ heads: 'cas', ranges: settings.rangeReads });
    this.heads = casHeads(store, conditions);
    this.keyObjects = {
      put: (id, bytes, cancel) => this.#create('keyObjects.put', 'keyObjects', id, bytes, cancel),
      get: (id, cancel) =>
        gate.call('keyObjects.get', cancel, async () => {
          requireObjectId(id);
          // Absent ones are asked for whenever a tree is opened, and waiting for a second answer would show.
          return (await readWhole(store, 'keyObjects.get', id, 'once', cancel))?.bytes;
        }),
      delete: (id, cancel) =>
        gate.call('keyObjects.delete', cancel, () => removeObjects(store, 'keyObjects.delete', [id], cancel)),
      list: (cancel) => listObjects(store, 'keyObjects.list', cancel),
    };
  }

  /** Opens the bucket that `s3://bucket/prefix?region=…&endpoint=…` names. */
  static async open(url: string | URL, options: Cancel = {}): Promise<S3Backend> {
    throwIfAborted(options.signal, 'Opening an S3 backend');
    return new S3Backend(optionsOfUrl(url));
  }

  async put(id: ObjectId, bytes: Uint8Array, options?: Cancel): Promise<void> {
    await this.#create('put', 'objects', id, bytes, options);
  }

  async get(id: ObjectId, options?: GetOptions): Promise<Uint8Array | undefined> {
    return this.#store.gate.call('get', options, async () => {
      requireObjectId(id);
      const range = options?.range;
      if (range !== undefined) requireRange(range);
      if (range !== undefined && this.capabilities.ranges) return readRange(this.#store, 'get', id, range, options);
      const whole = (await readWhole(this.#store, 'get', id, 'twice', options))?.bytes;
      return range === undefined ? whole : whole?.slice(...range);
    });
  }

  async delete(ids: readonly ObjectId[], options?: Cancel): Promise<void> {
    await this.#store.gate.call('delete', options, () => removeObjects(this.#store, 'delete', ids, options));
  }

  list(options?: Cancel): AsyncIterable<ObjectId> {
    return listObjects(this.#store, 'list', options);
  }

  async ages(ids: readonly ObjectId[], options?: Cancel): Promise<(number | undefined)[]> {
    return this.#store.gate.call('ages', options, () => agesOf(this.#store, ids, options));
  }

  async close(): Promise<void> {
    const { gate, clients } = this.#store;
    await gate.close();
    clients.patient.destroy();
    clients.once.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #create(what: string, kind: 'objects' | 'keyObjects', id: ObjectId, bytes: Uint8Array, options: Cancel | undefined) {
    return this.#store.gate.call(what, options, () =>
      createObject(this.#store, this.#conditions, what, kind, id, bytes, options),
    );
  }
}
