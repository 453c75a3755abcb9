import type { Backend, Cancel } from '../../backend/backend.js';
import { openBackend } from '../../backend/registry.js';
import { pack } from '../../codec/compression.js';
import { BatchKeys } from '../../crypto/batch-keys.js';
import { derive } from '../../crypto/derive.js';
import { Entropy } from '../../crypto/entropy.js';
import { dropboxOf } from '../../crypto/key.js';
import { loadSuite } from '../../crypto/suite.js';
import { InfinitreeError, throwIfAborted } from '../../errors.js';
import type { DropboxKey } from '../../format/dropbox-key.js';
import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import type { BatchOrigin } from '../../object/batch-object.js';
import { type Environment, systemEnvironment } from '../../platform/environment.js';
import { loadLz4 } from '../../platform/lz4.js';
import { type BoundField, type BoundIndex, bindIndex, type IndexClass } from '../bind.js';
import { checkTreeOptions } from '../check-tree-options.js';
import type { TreeOptions } from '../options.js';
import { type BatchChange, encodeBatch } from '../records/batch.js';
import type { Progress } from '../types.js';
import { encodeBlocks } from '../write/block-plan.js';
import { checkCommit } from '../write/commit-options.js';
import { sortedEntries } from '../write/encode-change.js';
import { type StagedField, swapAll } from '../write/job.js';
import { type Letter, Outbox } from './outbox.js';

export interface SendOptions extends Cancel, Progress {}

/** A letter, and the changes that are in it. */
interface Outgoing {
  readonly letter: Letter;
  readonly staged: readonly StagedField[];
}

const UNREADABLE =
  'A dropbox takes changes and shows nothing: set, delete, push and clear work, what has to read does not.';

/**
 * A tree as a worker sees it who may only add to it: it hands in changes, in batches that are sealed to the owners of the
 * tree and signed, and can read neither the tree nor what it has handed in before. The owners merge them with
 * `tree.dropboxes.merge()`; what a batch holds becomes one commit then.
 *
 * Fields of `dropbox.index` take what needs no look at what is there: `set`, `add`, `delete`, `push`, `clear`, and the value
 * of a `Serialized`. Everything else throws `UNSUPPORTED`.
 *
 * @example
 * await using dropbox = await Dropbox.open(VersionedMap<number, number>, { backend, key });
 * dropbox.index.set(7, 19.5);
 * await dropbox.send('from the greenhouse');
 */
export class Dropbox<T extends object> implements AsyncDisposable {
  /** An instance of your class, to be changed. */
  readonly index: T;
  readonly #fields: readonly BoundField[];
  readonly #outbox: Outbox;
  readonly #origin: BatchOrigin;
  readonly #backend: Backend | undefined;
  /** What could not be stored yet, oldest first: it goes before all that is newer. */
  readonly #outgoing: Outgoing[] = [];
  #working: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(
    { index, fields }: BoundIndex<T>,
    origin: BatchOrigin,
    outbox: Outbox,
    backend: Backend | undefined,
  ) {
    this.index = index;
    this.#fields = fields;
    this.#origin = origin;
    this.#outbox = outbox;
    this.#backend = backend;
  }

  /**
   * Opens the dropbox that the key is of. Storage is listed once, for where this worker's batches go on.
   *
   * Throws `INVALID_ARGUMENT` for a key that is none of a dropbox, `UNSUPPORTED` for a class with a field that can only be
   * written by who can read it (snapshot fields, and strategies of your own), `SCHEMA`, `BACKEND`, `ABORTED`.
   */
  static async open<T extends object>(target: IndexClass<T>, options: TreeOptions): Promise<Dropbox<T>> {
    checkTreeOptions(options);
    throwIfAborted(options.signal, 'Opening the dropbox');
    const given = dropboxOf(options.key);
    if (given === undefined) {
      throw new InfinitreeError('INVALID_ARGUMENT', 'That is no key of a dropbox: tree.dropboxes.add() gives one.');
    }
    const bound = bindIndex(target);
    refuseUnwritable(bound.fields);
    await loadLz4();
    const isOwn = typeof options.backend === 'string' || options.backend instanceof URL;
    const backend = isOwn ? await openBackend(options.backend, options) : options.backend;
    try {
      const environment = { ...systemEnvironment, ...options.environment };
      const origin = await originOf(given, environment);
      const outbox = await Outbox.find(origin, backend, environment.clock, options);
      return new Dropbox(bound, origin, outbox, isOwn ? backend : undefined);
    } catch (error) {
      if (isOwn) await backend.close();
      throw error;
    }
  }

  /**
   * Hands in all that was changed since the last time, as one batch: all of it is merged, or nothing. Resolves, to how many
   * bytes of storage that took, once it is durable; to 0 where there is nothing to send.
   *
   * If it rejects, nothing is lost from memory: called again it first finds out how that ended, and goes on. Nothing is
   * handed in twice. `done` of the progress counts bytes stored. Throws `BACKEND`, `ABORTED`, `CLOSED`, and `INVALID_ARGUMENT`
   * for a message of more than 16,384 bytes and for changes of more than 64 MiB.
   */
  async send(message = '', options: SendOptions = {}): Promise<number> {
    this.#requireOpen();
    const { signal, onProgress } = checkCommit({ ...options, message });
    throwIfAborted(signal, 'Sending a batch');
    const staged = swapAll(this.#fields);
    if (staged.length > 0) this.#outgoing.push({ letter: this.#write(message, staged), staged });
    let bytes = 0;
    const onStored = () => {
      bytes += this.#origin.objectSize;
      onProgress?.({ done: bytes });
    };
    const work = this.#working.then(async () => {
      this.#requireOpen();
      await this.#deliver({ signal }, onStored);
    });
    this.#working = work.catch(() => undefined);
    await work;
    return bytes;
  }

  /** Closes the dropbox and never sends. Waits for what is being sent; a second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const { store } of this.#fields) store.close();
    await this.#working;
    this.#origin.keys.wipe();
    this.#origin.signing.fill(0);
    await this.#backend?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #deliver(options: Cancel, onStored: () => void): Promise<void> {
    for (let next = this.#outgoing[0]; next !== undefined; next = this.#outgoing[0]) {
      await this.#outbox.deliver(next.letter, options, onStored);
      this.#outgoing.shift();
      for (const { bound, delta } of next.staged) bound.store.settle(delta, 0);
    }
  }

  #write(message: string, staged: readonly StagedField[]): Letter {
    try {
      return { content: pack(encodeChanges(message, staged)), stored: 0, sent: undefined };
    } catch (error) {
      for (const { bound, delta } of staged.toReversed()) bound.store.restore(delta);
      throw error;
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new InfinitreeError('CLOSED', 'The dropbox is closed. Open it again to go on.');
  }
}

async function originOf(key: DropboxKey, environment: Environment): Promise<BatchOrigin> {
  const suite = await loadSuite();
  const shared = derive(suite, key.seed, 'batchShared');
  const origin = {
    keys: new BatchKeys(suite, shared),
    entropy: new Entropy(suite, environment),
    treeId: key.treeId,
    dropboxId: key.dropboxId,
    recipient: key.recipient,
    signing: derive(suite, key.seed, 'batchSigning'),
    objectSize: 2 ** key.objectSizeLog2,
  };
  shared.fill(0);
  return origin;
}

function encodeChanges(message: string, staged: readonly StagedField[]): Uint8Array {
  const changes = staged.map(({ bound, delta }): BatchChange => {
    const written = bound.store.written(delta, 0);
    const blocks = [...encodeBlocks(sortedEntries(written))].map(({ bytes }) => bytes);
    return { field: bound.identity, cleared: written.cleared, blocks };
  });
  const plain = encodeBatch({ message, changes });
  if (plain.length <= MAX_PAYLOAD_PLAIN) return plain;
  throw new InfinitreeError(
    'INVALID_ARGUMENT',
    `A batch holds at most ${MAX_PAYLOAD_PLAIN} bytes of changes, and these take ${plain.length}. Nothing was sent. Open the ` +
      'dropbox anew, and send more often.',
  );
}

function refuseUnwritable(fields: readonly BoundField[]): void {
  for (const { property, store, strategy } of fields) {
    store.setUnreadable(UNREADABLE);
    if (!store.isWhole && strategy === undefined) continue;
    const why = store.isWhole
      ? 'is a snapshot field, which is written by who has read it'
      : 'has a strategy of its own';
    throw new InfinitreeError(
      'UNSUPPORTED',
      `The field "${property}" ${why}. Give the worker a class without it, or with @Skip() on it.`,
    );
  }
}
