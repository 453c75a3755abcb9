import type { Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { toHex } from '../../bytes/hex.js';
import { toUtf8 } from '../../bytes/utf8.js';
import { isWellFormed } from '../../bytes/well-formed.js';
import { BatchKeys } from '../../crypto/batch-keys.js';
import { derive } from '../../crypto/derive.js';
import { type Key, keyOfDropbox } from '../../crypto/key.js';
import { keyPairOf } from '../../crypto/key-pair.js';
import { Secret } from '../../crypto/secret.js';
import type { StorageKeys } from '../../crypto/storage-keys.js';
import { InfinitreeError, throwIfAborted } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { MAX_LABEL } from '../../format/limits.js';
import type { BoundField } from '../bind.js';
import { checkOptions } from '../check-options.js';
import type { DropboxEntry } from '../records/dropbox.js';
import type { Session } from '../session.js';
import type { Committer } from '../write/committer.js';
import { Merge } from './merge.js';
import type { MergeOptions, MergeReport } from './merge-report.js';

export interface AddDropboxOptions extends Cancel {
  /** Whose it is: at most 256 bytes of UTF-8. It stands in the data of the commits that are made of its batches. */
  readonly label?: string | undefined;
  /** The stored names of the fields that its worker may change; of all fields, where it is left out. */
  readonly fields?: readonly string[] | undefined;
}

/** One of the dropboxes of a tree. Frozen plain data, and nothing of it secret. */
export interface DropboxInfo {
  /** 32 hexadecimal digits, made when it was added. */
  readonly id: string;
  readonly label: string;
  readonly created: Date;
  /** Undefined where its worker may change all fields. */
  readonly fields: readonly string[] | undefined;
}

export interface NewDropbox extends DropboxInfo {
  /** What its worker is given, as the text that `key.toText()` gives. It is kept nowhere else. */
  readonly key: Key;
}

/**
 * The dropboxes of a tree: for workers who may add to it and read nothing. Each has a key of its own; `Dropbox` is what a
 * worker does with it, `merge` what owners do with what workers have handed in.
 */
export class Dropboxes {
  readonly #session: Session;
  readonly #committer: Committer;
  readonly #fields: readonly BoundField[];

  constructor(session: Session, committer: Committer, fields: readonly BoundField[]) {
    this.#session = session;
    this.#committer = committer;
    this.#fields = fields;
  }

  /** The dropboxes of the tree as this handle knows it. `refresh()` takes over what others have changed. Throws `CLOSED`. */
  list(): readonly DropboxInfo[] {
    this.#session.requireOpen();
    return Object.freeze(this.#session.snapshot.care.dropboxes.filter(({ live }) => live).map(infoOf));
  }

  /**
   * Makes a dropbox, and the key for its worker.
   *
   * Throws `INVALID_ARGUMENT`, `READONLY`, `CONFLICT` where another writer was first, `UNSUPPORTED` where there is no room for
   * more, `BACKEND`, `ABORTED`: it can be called again then.
   *
   * @example
   * const { key } = await tree.dropboxes.add({ label: 'greenhouse 7', fields: ['measurements'] });
   * print(key.toText());
   */
  async add(options: AddDropboxOptions = {}): Promise<NewDropbox> {
    const { label, fields } = checkAdd(options);
    this.#session.requireWritable();
    throwIfAborted(options.signal, 'Adding a dropbox');
    return this.#committer.exclusively(options, async (writer) => {
      const session = this.#session;
      const { context, environment, snapshot } = session;
      const { suite, treeId, storage } = context.keys;
      const { dropboxes } = snapshot.care;
      const most = context.objectSize / 4096;
      if (dropboxes.length >= most) {
        throw new InfinitreeError(
          'UNSUPPORTED',
          `A tree of objects this size has at most ${most} dropboxes. Remove one first.`,
        );
      }
      const seed = context.entropy.bytes32();
      // Whoever only writes to a split tree reads its heads, and is not to read what workers hand in.
      const pair = storage === undefined ? keyPairOf(suite, context.entropy.bytes32()) : undefined;
      const signing = derive(suite, seed, 'batchSigning');
      const entry: DropboxEntry = {
        id: context.entropy.bytes32().slice(0, 16),
        label,
        created: Math.trunc(environment.clock.now()),
        live: true,
        fields,
        shared: new Secret(derive(suite, seed, 'batchShared')),
        secret: pair && new Secret(pair.secretKey),
        keyEpoch: context.keys.keyEpoch,
        verificationKey: suite.verificationKey(signing),
        chains: [],
      };
      signing.fill(0);
      session.snapshot = await writer.writeDropboxes(snapshot, [...dropboxes, entry], [], options);
      const objectSizeLog2 = Math.log2(context.objectSize);
      const key = keyOfDropbox({
        objectSizeLog2,
        treeId: treeId.slice(),
        dropboxId: entry.id,
        recipient: pair?.publicKey ?? (storage as StorageKeys).publicKey.slice(),
        seed,
      });
      return Object.freeze({ ...infoOf(entry), key });
    });
  }

  /**
   * Takes nothing more from a dropbox, named by its id, and deletes what lies in it: merge before. Its worker is not told and
   * may go on filling storage, as long as that lets it.
   *
   * Throws `NOT_FOUND` where there is none of this id, and the others as `add` does. Called again it goes on.
   */
  async remove(id: string, options: Cancel = {}): Promise<void> {
    checkOptions(options);
    this.#session.requireWritable();
    await this.#committer.exclusively(options, async (writer) => {
      const session = this.#session;
      const { dropboxes } = session.snapshot.care;
      const entry = dropboxes.find((one) => toHex(one.id) === id);
      if (entry === undefined) {
        throw new InfinitreeError('NOT_FOUND', 'The tree has no dropbox of this id: see dropboxes.list().');
      }
      if (entry.live) {
        const ended = dropboxes.map((one) => (one === entry ? { ...one, live: false } : one));
        session.snapshot = await writer.writeDropboxes(session.snapshot, ended, [], options);
      }
      await this.#erase(entry, options);
    });
  }

  /**
   * Makes a commit of each batch that workers have handed in, in the order in which each handed them in. The commits have
   * the batches' messages, and where they come from in their data: `{ dropbox: { id, label, chain, counter, time } }`. What is
   * staged in this handle stays staged, and fields show what was merged.
   *
   * Batches are verified before anything is taken from them; whatever is wrong is told in the report, and what stands behind
   * it waits, unless `giveUp` says otherwise. Nothing is merged twice, whatever storage shows and wherever it is stopped.
   *
   * `done` of the progress counts batches. Throws `READONLY`, `CONFLICT` where another writer was first, `BACKEND`, `ABORTED`:
   * batches that were merged by then are so, and calling it again goes on. `UNSUPPORTED` by who only writes to a split tree.
   *
   * @example
   * const { merged, faults } = await tree.dropboxes.merge();
   * for (const { message } of faults) print(message);
   */
  async merge(options: MergeOptions = {}): Promise<MergeReport> {
    checkOptions(options);
    this.#session.requireWritable();
    if (!this.#session.context.keys.readsStorage) {
      throw new InfinitreeError(
        'UNSUPPORTED',
        'The tree was opened with Key.splitWriter(), and what workers hand in is for those who read it. Open it with ' +
          'Key.splitReader() to merge that.',
      );
    }
    throwIfAborted(options.signal, 'Merging dropboxes');
    return this.#committer.exclusively(options, async (writer) => {
      const report = await new Merge(this.#session, this.#fields, this.#committer, writer, options).run();
      const ended = this.#session.snapshot.care.dropboxes.filter(({ live }) => !live);
      for (const entry of ended) await this.#erase(entry, options);
      return report;
    });
  }

  /** Deletes what is left of a dropbox that a durable head has ended. Later heads list it no more. */
  async #erase({ id, shared }: DropboxEntry, options: Cancel): Promise<void> {
    const session = this.#session;
    const { backend, keys } = session.context;
    const batches = new BatchKeys(keys.suite, shared.reveal());
    const own: ObjectId[] = [];
    for await (const object of backend.list(options)) if (batches.placeOf(object) !== undefined) own.push(object);
    batches.wipe();
    for (const object of own) await backend.keyObjects.delete(object, options);
    const { snapshot } = session;
    const dropboxes = snapshot.care.dropboxes.filter((one) => !sameBytes(one.id, id));
    session.snapshot = { ...snapshot, care: { ...snapshot.care, dropboxes } };
  }
}

function infoOf({ id, label, created, fields }: DropboxEntry): DropboxInfo {
  const allowed = fields.length === 0 ? undefined : Object.freeze([...fields]);
  return Object.freeze({ id: toHex(id), label, created: new Date(created), fields: allowed });
}

/** Refuses what plain JavaScript lets through. */
function checkAdd(options: AddDropboxOptions): Pick<DropboxEntry, 'label' | 'fields'> {
  checkOptions(options);
  const { label = '', fields = [] } = options;
  if (toUtf8(label).length > MAX_LABEL || !isWellFormed(label)) {
    throw invalid(`The label of a dropbox has at most ${MAX_LABEL} bytes, and no lone surrogates`);
  }
  const given: unknown = fields;
  if (!Array.isArray(given) || given.some((name) => typeof name !== 'string')) {
    throw invalid('The fields of a dropbox are a list of stored names');
  }
  if (options.fields !== undefined && fields.length === 0) {
    throw invalid('A dropbox whose worker may change no field is of no use: name some, or leave "fields" out for all');
  }
  return { label, fields: [...fields] };
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', `${what}.`);
}
