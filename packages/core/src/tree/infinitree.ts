import type { Cancel } from '../backend/backend.js';
import { toHex } from '../bytes/hex.js';
import { applicationKey } from '../crypto/application-key.js';
import { credentialsOf, type Key, nextOf } from '../crypto/key.js';
import { isInfinitreeError } from '../errors.js';
import { type BoundIndex, bindIndex, checkStoredTypes, type IndexClass } from './bind.js';
import { collectGarbage } from './care/collect.js';
import type { GcOptions, GcReport } from './care/gc-report.js';
import type { RepairOptions, RepairReport } from './care/repair-report.js';
import { repairTree } from './care/repair-tree.js';
import { checkOptions } from './check-options.js';
import { type Commit, toCommit } from './commit-info.js';
import { Dropboxes } from './dropbox/dropboxes.js';
import { headName } from './head-name.js';
import { reseal } from './keys/change-keys.js';
import { type AddKeyOptions, checkNewKey, Keyring } from './keys/keyring.js';
import { infoOf, type KeyInfo } from './keys/registry.js';
import { moveReason, originOf } from './migration.js';
import { createTree, openTree } from './open.js';
import type { CreateOptions, OpenOptions } from './options.js';
import { Reading } from './reading.js';
import { checkRefresh, type RefreshOptions, refreshTree } from './refresh.js';
import { type Ref, resolveRef } from './refs.js';
import { rotateTree } from './rotation/rotate.js';
import type { RotateOptions, RotateReport } from './rotation/rotate-report.js';
import { renameWarning, reportSchema, type SchemaReport } from './schema-report.js';
import type { Session } from './session.js';
import type { Snapshot } from './snapshot.js';
import { Blobs } from './storage/blobs.js';
import { makeStorageReader, makeStorageWriter, type StorageReader, type StorageWriter } from './storage/storage-io.js';
import { keepParts } from './tree-parts.js';
import { View } from './view.js';
import { type WatchOptions, watchCommits } from './watch.js';
import type { CommitOptions } from './write/commit-options.js';
import { Committer } from './write/committer.js';
import type { CompactOptions, CompactReport } from './write/compact-report.js';
import { Compaction } from './write/compaction.js';

/**
 * An encrypted, versioned tree of fields. `tree.index` is an instance of your class: change its fields as ordinary
 * collections, then `commit`.
 *
 * @example
 * await using tree = await Infinitree.create(Measurements, { backend, key });
 * tree.index.measurements.insert(1, { temperature: 23.3 });
 * await tree.commit('first measurement');
 */
export class Infinitree<T extends object> extends Reading<T> implements AsyncDisposable {
  /** Bytes of any length, apart from the fields that refer to them. */
  readonly blobs: Blobs;
  /** The keys that open the tree. */
  readonly keys: Keyring;
  /** For workers who may add to the tree and read nothing of it. */
  readonly dropboxes: Dropboxes;
  readonly #target: IndexClass<T>;
  readonly #committer: Committer;
  readonly #compaction: Compaction;
  #closing: Promise<void> | undefined;

  private constructor(target: IndexClass<T>, bound: BoundIndex<T>, session: Session) {
    super(session, bound);
    this.#target = target;
    this.blobs = new Blobs(session);
    this.#committer = new Committer(session, [this.blobs.contents, ...bound.fields]);
    this.#compaction = new Compaction(session, this.#committer);
    this.#committer.onWritten = () => this.#compaction.consider();
    keepParts(this, { session, committer: this.#committer, compaction: this.#compaction });
    this.keys = new Keyring(session, this.#committer);
    this.dropboxes = new Dropboxes(session, this.#committer, this.fields);
    if (session.readonly !== undefined) for (const { store } of bound.fields) store.setReadonly(session.readonly);
  }

  /**
   * Makes a new tree. Its fields are loaded: empty, or at their initial values, which are not stored themselves.
   *
   * Throws `EXISTS` where a tree of this key stands already, `SCHEMA` for a class that is no index, `BACKEND` where the
   * storage cannot be written.
   */
  static async create<T extends object>(target: IndexClass<T>, options: CreateOptions): Promise<Infinitree<T>> {
    const bound = bindIndex(target);
    const tree = new Infinitree(target, bound, await createTree(options));
    for (const { store } of bound.fields) store.markLoaded();
    return tree;
  }

  /**
   * Opens a tree. No field is loaded.
   *
   * Throws `NOT_FOUND` where the storage is empty, `WRONG_KEY` where it holds nothing that this key opens, `LOCKED`
   * where another writer has it open, `CORRUPT` where its head is damaged or missing, `ROLLBACK` where it is older than
   * `expectHead` or another copy, `READONLY` where it was moved to another storage, `UNSUPPORTED` for another version of the format, `SCHEMA` where class and stored fields do not fit.
   */
  static async open<T extends object>(target: IndexClass<T>, options: OpenOptions): Promise<Infinitree<T>> {
    const bound = bindIndex(target);
    const session = await openTree(options);
    const tree = new Infinitree(target, bound, session);
    try {
      const { snapshot } = session;
      checkStoredTypes(bound.fields, snapshot);
      for (const field of bound.fields) {
        if (originOf(field, snapshot)?.migration !== undefined) field.store.setMustLoad(moveReason(field));
      }
      const { suspectedRenames } = tree.schema();
      if (suspectedRenames.length > 0) options.onWarning?.(renameWarning(suspectedRenames));
      await tree.#changeKey(options);
    } catch (error) {
      await tree.close();
      throw error;
    }
    return tree;
  }

  /**
   * Opens the tree, or makes it where the storage is empty; the fields are loaded only in a tree just made. A storage
   * that holds something else is `WRONG_KEY`, since a mistyped password must not begin a second tree. With `readonly` or
   * `expectHead` nothing is made: an empty storage is `NOT_FOUND`.
   */
  static async openOrCreate<T extends object>(
    target: IndexClass<T>,
    options: OpenOptions & CreateOptions,
  ): Promise<Infinitree<T>> {
    try {
      return await Infinitree.open(target, options);
    } catch (error) {
      if (!isInfinitreeError(error, 'NOT_FOUND')) throw error;
      // Who has seen a head before must not be given an empty tree in place of a lost one.
      if (options.readonly === true || options.expectHead !== undefined) throw error;
    }
    try {
      return await Infinitree.create(target, options);
    } catch (error) {
      // Somebody else made it meanwhile.
      if (!isInfinitreeError(error, 'EXISTS')) throw error;
      return Infinitree.open(target, options);
    }
  }

  /** Names the state this handle is at. Keep it outside of the storage and give it as `expectHead` when opening. */
  get head(): string {
    return headName(this.session.snapshot);
  }

  /** How often the tree was given new keys: 0 when it was made, one more after each `rotate()`. */
  get keyEpoch(): number {
    return this.session.context.keys.keyEpoch;
  }

  /**
   * Tells a copy that `copyTree` has made from its source, which the same key opens: 32 hexadecimal digits, the same for
   * good; `undefined` in a tree that is no copy. It is part of `head`.
   */
  get fork(): string | undefined {
    const { fork } = this.session.snapshot.care;
    return fork && toHex(fork);
  }

  /** What the class declares and what is stored, side by side. */
  schema(): SchemaReport {
    this.session.requireOpen();
    return reportSchema(this.fields, this.session.snapshot);
  }

  protected get snapshot(): Snapshot {
    return this.session.snapshot;
  }

  protected get movesFields(): boolean {
    return this.session.readonly === undefined;
  }

  protected requireOpen(): void {
    this.session.requireOpen();
  }

  /**
   * Stores all that was changed, in all fields, as one commit: all of it or nothing. What is staged is taken at the
   * call; what is changed while this is awaited belongs to the next commit. Resolves once it is durable, to `undefined`
   * when nothing was staged.
   *
   * If it rejects, nothing is lost from memory and it can be called again. `CONFLICT`: another writer was first, call
   * `refresh()`. `COMMIT_UNKNOWN`: the storage failed in the very middle, `error.resolve()` finds out. `BACKEND`: the
   * storage failed before anything was stored. `READONLY`, `INVALID_ARGUMENT`, `ABORTED`, `CLOSED` as everywhere. Commits
   * made meanwhile wait for this one and fail with it, each with an error of its own whose `cause` is that of the first.
   */
  commit(message?: string, options?: Omit<CommitOptions, 'message'>): Promise<Commit | undefined>;
  commit(options: CommitOptions): Promise<Commit | undefined>;
  async commit(
    first?: string | CommitOptions | null,
    rest: Omit<CommitOptions, 'message'> = {},
  ): Promise<Commit | undefined> {
    checkOptions(rest);
    const options = typeof first === 'object' && first !== null ? first : { ...rest, message: first ?? undefined };
    return this.#committer.commit(options);
  }

  /** The tree as it was after a commit. Throws `INVALID_ARGUMENT` where `ref` names none, or several. */
  async at(ref: Ref, options: Cancel = {}): Promise<View<T>> {
    this.session.requireOpen();
    checkOptions(options);
    const { snapshot } = this.session;
    const last = await resolveRef(this.session, snapshot, ref, options);
    return new View(this.session, bindIndex(this.#target), { ...snapshot, last });
  }

  /**
   * Takes over what other writers have committed. Staged changes stay on top; those computed from what others changed
   * (`update`, `insert`, `retain`) are reported as `CONFLICT` with `error.conflicts`: make them again, or drop them with
   * `{ onConflict: 'drop' }`. Resolves to the newest commit, or to `undefined` when there was nothing new.
   */
  async refresh(options: RefreshOptions = {}): Promise<Commit | undefined> {
    this.session.requireOpen();
    checkRefresh(options);
    await this.#committer.idle();
    await this.#committer.resolveUnknown(options);
    const last = await refreshTree(this.session, this.fields, options, this.#committer);
    return last && toCommit(last);
  }

  /**
   * The commits that come after the one this handle shows now, oldest first, each once, by whomever. It only tells of
   * them: call `refresh()` to see what they changed. While there is nothing new, storage is asked for its newest head
   * every `intervalMs`, 1000 by default, for as long as somebody waits for the next commit.
   *
   * Ends when the tree is closed. Throws `CLOSED` and `INVALID_ARGUMENT` at the call; while waiting `ABORTED` when the
   * signal is, `ROLLBACK` where storage shows less than before, `CORRUPT`, `BACKEND`. Called again it begins behind what
   * the handle shows then: who refreshes for each commit misses none.
   *
   * @example
   * for await (const commit of tree.watch({ intervalMs: 200 })) {
   *   await tree.refresh();
   *   print(commit.message, tree.index.lastTime.value);
   * }
   */
  watch(options: WatchOptions = {}): AsyncIterableIterator<Commit> {
    return watchCommits(this.session, options);
  }

  /**
   * Deletes what no commit refers to: abandoned uploads, objects of commits that failed, old heads and claims, and what was
   * replaced long enough ago. Only what belongs to this tree goes, and only what is older than 24 hours; no commit is lost
   * by it. It goes through the whole tree, beside commits, readers and views.
   *
   * `done` of the progress counts objects found in use. Throws `READONLY`, `CONFLICT` where this handle is not the current
   * writer, `CORRUPT` where the tree is damaged (see `verify`), `UNSUPPORTED` where the storage tells no ages, `ABORTED`,
   * `BACKEND`: what was not deleted then is found the next time.
   *
   * @example
   * const { freed } = await tree.gc({ dryRun: true });
   * if (freed.bytes > 1e9) await tree.gc();
   */
  async gc(options: GcOptions = {}): Promise<GcReport> {
    checkOptions(options);
    return collectGarbage(this.session, this.#committer, options);
  }

  /**
   * Brings what was committed into as few runs as there can be, so that reading costs what is there, not what was. Nothing else
   * changes. Commits see to it by themselves, in the background: this is for writers that live too briefly, and before a tree
   * is read a lot. What the last commits hold, half an object at most, waits until there is more of it.
   *
   * It runs beside readers and commits. `done` of the progress counts entries. Throws `READONLY`, `CONFLICT`, `CORRUPT` where
   * the tree is damaged, `BACKEND`, `ABORTED`: then all is as before.
   *
   * @example
   * const { packs } = await tree.compact();
   */
  async compact(options: CompactOptions = {}): Promise<CompactReport> {
    checkOptions(options);
    return this.#compaction.all(options);
  }

  /**
   * Repairs a damaged tree: brings back what the second copy `from`, or an older head, still has, and cuts off what is gone.
   * Only then is there a commit; its data list what was lost. Blobs that lost a chunk stay, as the rest of them can be
   * read. Fields that lost something have to be loaded again.
   *
   * It needs a handle that may write, or, where the newest head does not open, one that was opened with
   * `{ readonly: true, acceptOlderHead: true }`; afterwards the tree opens as usual. `done` of the progress counts pieces of
   * objects looked at. Throws `READONLY`, `LOCKED`, `CONFLICT`, `BACKEND`, `ABORTED`; it can be made again at any time.
   *
   * @example
   * const { lost } = await tree.repair({ dryRun: true });
   * for (const fault of lost) print(fault.field?.name, fault.lost);
   */
  async repair(options: RepairOptions = {}): Promise<RepairReport> {
    this.session.requireOpen();
    checkOptions(options);
    return repairTree(this.session, this.fields, this.#committer, options);
  }

  /**
   * Changes the key that this handle was opened with, such as a password. When it resolves, the new key opens the tree, the
   * old one opens nothing any more, and its key objects are gone; at no moment is there none that opens it. No data are
   * written again: see `docs/guide/keys.md` for what this cannot undo. The label stays, where none is given.
   *
   * Throws `INVALID_ARGUMENT` where it is the same key, `EXISTS` where it opens another tree in the same storage,
   * `READONLY`, `CONFLICT` where another writer was first, `BACKEND`, `ABORTED`: called again it goes on.
   *
   * @example
   * await tree.reseal(Key.fromCredentials('alice', 'a better password'));
   */
  async reseal(key: Key, options: AddKeyOptions = {}): Promise<KeyInfo> {
    const entry = await reseal(this.session, this.#committer, checkNewKey(key, options), options);
    return infoOf(entry, this.session.keyObject.credentialId);
  }

  /**
   * Gives the tree a new root secret, so that one that somebody has kept opens nothing that is written from then on. All keys
   * that the tree has go on to open it: remove those first that are not to. Commits and their ids stay. The index is sealed
   * again; values that stand apart and blobs keep the keys of before, but with `policy: 'all'`: then they are sealed again, too,
   * which writes as much as the tree holds of them. Pointers and references to blobs go on to be what they are. See
   * `docs/guide/keys.md` for what this cannot undo.
   *
   * It runs beside readers and commits, and other handles go on with the new secret at their next `refresh()`. Where it rejects, or
   * was interrupted, the tree opens as before; called again, by whichever key, it goes on with what was begun. `done` of the
   * progress counts objects that were sealed again, and `total`, where it is known, how many there are to be.
   *
   * Throws `READONLY`, `CONFLICT` where another writer was first, `CORRUPT` where the tree is damaged (see `verify`), `UNSUPPORTED`
   * where it was given new keys as often as its heads have room for, `INVALID_ARGUMENT`, `BACKEND`, `ABORTED`.
   *
   * @example
   * const leaver = tree.keys.list().find(({ label }) => label === 'Bob');
   * if (leaver !== undefined) await tree.keys.remove(leaver.id);
   * await tree.rotate({ policy: 'all' });
   */
  async rotate(options: RotateOptions = {}): Promise<RotateReport> {
    checkOptions(options);
    return rotateTree(this.session, this.#committer, options);
  }

  /**
   * A key of 32 bytes for what an application encrypts itself: always the same for one purpose and key epoch, and telling nothing of
   * the tree's keys or of those of other purposes. Whoever can open the tree can compute it.
   *
   * `rotate()` begins a key epoch, and with it another key: keep `tree.keyEpoch` with what you encrypt, and give it here to read that.
   * Throws `CLOSED`, and `INVALID_ARGUMENT` for a purpose that is empty or holds a lone surrogate, and for a key epoch that the tree
   * was never in.
   *
   * @example
   * const key = tree.deriveKey('attachments');
   */
  deriveKey(purpose: string, options: { readonly keyEpoch?: number | undefined } = {}): Uint8Array {
    this.session.requireOpen();
    checkOptions(options);
    return applicationKey(this.session.context.keys, purpose, options.keyEpoch);
  }

  /** A writer of raw chunks, below blobs. Synchronous: nothing is written before its first `write`. */
  storageWriter(): StorageWriter {
    return makeStorageWriter(this.session);
  }

  storageReader(): StorageReader {
    this.session.requireOpen();
    return makeStorageReader(this.session);
  }

  /** Closes the tree and never commits. Waits for commits under way; a second call does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Where the key is being changed, and it was the old one that opened the tree. */
  async #changeKey({ key, signal }: OpenOptions): Promise<void> {
    const next = nextOf(key);
    if (next === undefined || this.session.readonly !== undefined) return;
    const isDone = credentialsOf(next).some((one) =>
      [0, 1].some((slot) => one.keyObjectId(slot as 0 | 1) === this.session.keyObject.id),
    );
    if (!isDone) await this.reseal(next, { signal });
  }

  async #close(): Promise<void> {
    const { session } = this;
    session.markClosed();
    for (const { store } of this.fields) store.close();
    for (const view of session.views.keys()) await view.deref()?.close();
    await this.#compaction.stop();
    await this.#committer.idle();
    try {
      await session.heads.close();
      await session.lock?.release();
    } finally {
      session.context.keys.wipeAll();
      if (session.ownsBackend) await session.context.backend.close();
    }
  }
}
