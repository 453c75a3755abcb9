import type { ObjectId } from '../format/ids.js';

/** What every call that does I/O takes. */
export interface Cancel {
  readonly signal?: AbortSignal | undefined;
}

/** What a backend can do; declared, never guessed. */
export interface Capabilities {
  /** Which of the two head protocols the `heads` member speaks. */
  readonly heads: 'cas' | 'epoch';
  /**
   * Whether `get` with a `range` moves only that range. Where it does not (or where a deployment prefers that storage
   * does not see which part of an object is read), objects are fetched whole, and `get` cuts the range out of them.
   */
  readonly ranges: boolean;
}

/**
 * Where a tree's objects live. Anyone may implement this interface; `@infinitree/testing` has the suite that tells
 * whether an implementation keeps the contract. A backend sees ids, sizes and ciphertext, nothing else.
 *
 * Rules for all members:
 *
 * - Every rejection is an {@link InfinitreeError}: `BACKEND` for trouble on the way (with `cause`, `retryable` telling
 *   whether trying again can help, and `denied` whether a permission or valid credentials are missing), `EXISTS` where
 *   something create-only is already there, `ABORTED` for a signal, `CLOSED` after `close()`, `INVALID_ARGUMENT` for what is
 *   no id or no range, `UNSUPPORTED` where the storage lacks what the contract rests on. Absence is never an error: it is
 *   `undefined` (or `false`).
 * - Trouble is never reported as absence. A read that could not be made rejects.
 * - A promise that resolves means *durable*: what was written survives a crash of the process and of the machine,
 *   and is seen by every later call, from any process.
 * - A promise that rejects means *unknown*, unless the code says otherwise: the write may or may not be there.
 * - Bytes handed in are not changed, and not used after the promise settles; bytes handed out belong to the caller.
 * - Calls may run concurrently. Ids are 64 lower-case hex digits; anything else found in storage is not listed.
 */
export interface Backend {
  readonly capabilities: Capabilities;
  /** The mutable part: a few small sealed objects that point at everything else. A cache forwards it untouched. */
  readonly heads: CasHeads | EpochHeads;
  /** Objects that a credential opens. Never cached: a cached one would let a removed password open the tree. */
  readonly keyObjects: KeyObjects;
  /** A courtesy that tells a second writer early; safety never depends on it. Absent where it makes no sense. */
  readonly locks?: AdvisoryLocks;

  /**
   * Stores a new object. Create-only and atomic: nobody ever sees a part of it, nothing is ever overwritten.
   * Rejects with `EXISTS` where the id is taken. Called twice with the same id after a rejection, the second call may
   * find that the first one took effect, and rejects with `EXISTS`.
   */
  put(id: ObjectId, bytes: Uint8Array, options?: StoreOptions): Promise<void>;

  /**
   * Reads an object, or the bytes `[start, end)` of it; `undefined` where there is none. A range that reaches beyond
   * the end gives what is there. `fresh` passes every cache by. May be called any number of times.
   */
  get(id: ObjectId, options?: GetOptions): Promise<Uint8Array | undefined>;

  /** Removes objects; an absent one is no error. Called twice, the second call has nothing to do. */
  delete(ids: readonly ObjectId[], options?: Cancel): Promise<void>;

  /** Every object id in this storage, of any kind and any tree, in no particular order. */
  list(options?: Cancel): AsyncIterable<ObjectId>;

  /**
   * How long ago each of these objects was last written, in milliseconds by the clock of the storage itself; `undefined`
   * for one that is not there. In the order of the ids. A storage that cannot tell leaves this out; `tree.gc()` is then
   * `UNSUPPORTED`, since it would have to trust the clock of whichever machine it runs on.
   */
  ages?(ids: readonly ObjectId[], options?: Cancel): Promise<(number | undefined)[]>;

  /**
   * Removes what calls that were never finished have left behind, such as temporary files, where it is at least
   * `olderThanMs` old by the clock of the storage. Gives what was removed, or with `dryRun` what would be. Absent where
   * nothing can be left.
   */
  sweep?(olderThanMs: number, options?: SweepOptions): Promise<Leftovers>;

  /**
   * Waits until all that `put` has resolved for in this process is where other machines find it; rejects where it cannot
   * be brought there now, and may be called again. The tree calls it before it writes a head that refers to new
   * objects. Only a cache that writes back has it: everywhere else `put` itself resolves no earlier.
   */
  flush?(options?: Cancel): Promise<void>;

  /** Releases what the backend holds. Later calls reject with `CLOSED`; a second `close()` does nothing. */
  close(): Promise<void>;
}

/** How an object will be used, for caches. A backend that keeps nothing has no use for it, and no storage is told. */
export interface WarmHint {
  /** It will be asked for again and again, as an index object is: to be kept rather than others. */
  readonly warm?: boolean | undefined;
}

export interface StoreOptions extends Cancel, WarmHint {}

export interface RangeOptions extends Cancel {
  /** Byte offsets `[start, end)`. What reaches beyond the end of an object gives what is there. */
  readonly range?: readonly [number, number] | undefined;
}

export interface GetOptions extends RangeOptions, WarmHint {
  readonly fresh?: boolean;
}

export interface SweepOptions extends Cancel {
  readonly dryRun?: boolean | undefined;
}

/** What unfinished calls have left behind in a storage. */
export interface Leftovers {
  readonly count: number;
  readonly bytes: number;
}

export interface KeyObjects {
  /** Create-only: rejects with `EXISTS` where the id is taken. */
  put(id: ObjectId, bytes: Uint8Array, options?: Cancel): Promise<void>;
  /** What it gives is durable, also where whoever put it was stopped on the way: a tree is built upon it. */
  get(id: ObjectId, options?: RangeOptions): Promise<Uint8Array | undefined>;
  /** Durable when it resolves; an absent one is no error. */
  delete(id: ObjectId, options?: Cancel): Promise<void>;
  /** Every object id that may be a key object; a superset is fine, since storage need not tell the kinds apart. */
  list(options?: Cancel): AsyncIterable<ObjectId>;
}

/** Heads by compare-and-swap: what an object store with conditional writes offers. */
export interface CasHeads {
  /**
   * The newest state of a head, or a range of it, and the version of the whole; `undefined` where there is none. Strongly
   * consistent.
   */
  read(
    id: ObjectId,
    options?: RangeOptions,
  ): Promise<{ readonly bytes: Uint8Array; readonly etag: string } | undefined>;
  /**
   * Writes the head only if its version is still `etag` (`null`: only if there is none). Resolves to the new version,
   * or to `undefined` when the condition did not hold. A rejection means that nobody knows: read before going on. Only
   * `UNSUPPORTED`, and an error that is `denied`, say that nothing was written and never will be: what the storage has
   * denied it has not begun. Never retried below this interface.
   */
  cas(id: ObjectId, bytes: Uint8Array, etag: string | null, options?: Cancel): Promise<string | undefined>;
  /** Removes a head; an absent one is no error. Used only by a creation that lost. */
  remove(id: ObjectId, options?: Cancel): Promise<void>;
}

/**
 * Heads by claimed epochs: what a directory offers, where nothing can be swapped atomically but a name can be created
 * exclusively. `docs/format/commit.md` tells how these verbs are used and why a crash between any two is safe.
 */
export interface EpochHeads {
  /** Creates an empty entry of this name exclusively; durable when it resolves to `true`; `false`: it was there. */
  claim(name: ObjectId, options?: Cancel): Promise<boolean>;
  /** The names of all claims there are, of any tree. */
  claims(options?: Cancel): Promise<ObjectId[]>;
  /** Removes claims; an absent one is no error. Need not be durable when it resolves. */
  release(names: readonly ObjectId[], options?: Cancel): Promise<void>;
  /** Stores a head, create-only, atomic and durable; `false` where the id is taken. */
  create(id: ObjectId, bytes: Uint8Array, options?: Cancel): Promise<boolean>;
  /**
   * The head as it is now, or a range of it; `undefined` where there is none. A head that is being appended to may change
   * while read.
   */
  read(id: ObjectId, options?: RangeOptions): Promise<Uint8Array | undefined>;
  /**
   * Writes `bytes` at `offset` inside an existing head, which keeps its length: beyond its end is `INVALID_ARGUMENT`, and
   * writes nothing. A head that is not there is `BACKEND`, here and in `sync`: whoever appends has just written it. Not
   * durable before `sync`. After any other rejection than those the head is not appended to again.
   */
  append(id: ObjectId, offset: number, bytes: Uint8Array, options?: Cancel): Promise<void>;
  /**
   * Makes all that was appended durable, by whomever: a reader calls it too, and needs no right to write. After a
   * rejection the writer never appends to this head again: what a failed sync left behind is unknown.
   * Where this backend has not appended to the head itself, the head's own entry is durable then, too.
   */
  sync(id: ObjectId, options?: Cancel): Promise<void>;
  /** Removes a head, durably; an absent one is no error. */
  remove(id: ObjectId, options?: Cancel): Promise<void>;
  /** Every object id that may be a head; a superset is fine. Asked only where no claim is found. */
  list(options?: Cancel): AsyncIterable<ObjectId>;
  /**
   * `'append'`: frames may be appended and synced. `'object'`: the file system is not known to keep that promise, so
   * every commit creates a head of its own.
   */
  readonly durability: 'append' | 'object';
}

/** A note left by a writer, so that a second one can be told who is there. Contents are sealed by the caller. */
export interface AdvisoryLocks {
  /** Who this process is: opaque bytes that `describe` of the same kind of backend understands. */
  holder(): Uint8Array;
  /** Leaves the note; `false` where there is one. */
  create(name: ObjectId, bytes: Uint8Array, options?: Cancel): Promise<boolean>;
  read(name: ObjectId, options?: Cancel): Promise<Uint8Array | undefined>;
  remove(name: ObjectId, options?: Cancel): Promise<void>;
  /** Turns a holder into words ("pid 4711 on host alpha"), and tells whether it is surely gone. */
  describe(holder: Uint8Array): { readonly text: string; readonly gone: boolean };
}
