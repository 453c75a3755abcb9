import type { Cancel } from '../backend/backend.js';
import { sameBytes } from '../bytes/compare.js';
import type { Asking } from '../crypto/ask.js';
import type { Credential } from '../crypto/credential.js';
import { InfinitreeError } from '../errors.js';
import type { ChunkPointer } from '../format/chunk-pointer.js';
import { KEY_OBJECT_HEADERS } from '../format/header-layout.js';
import type { ObjectId } from '../format/ids.js';
import type { ObjectContext } from '../object/context.js';
import type { OpenedKeyObject } from '../object/key-object.js';
import { isMissingObject } from '../object/missing.js';
import type { ObjectReader } from '../object/object-reader.js';
import type { Environment } from '../platform/environment.js';
import { isPromise } from '../platform/promise.js';
import type { BoundField } from './bind.js';
import type { Chain } from './chain.js';
import type { HeadStore, ReadHeads } from './heads/head-store.js';
import { keepEarlier } from './keys/kept-keys.js';
import type { WriterLock } from './lock.js';
import type { MemoryBudget } from './options.js';
import type { AtHand } from './read/at-hand.js';
import { BlockStore } from './read/block-store.js';
import { MovedObjects, movedSources } from './read/moved-objects.js';
import { SparseValues } from './read/sparse-values.js';
import { StoredValues } from './read/stored-values.js';
import type { FieldIdentity } from './records/commit.js';
import type { CredentialEntry } from './records/credential.js';
import type { EndedChain } from './rotation/choose-chain.js';
import { successorOf } from './rotation/successor.js';
import { comparePositions, type Snapshot, sequenceOf } from './snapshot.js';
import { BegunObjects } from './storage/begun-objects.js';
import { checkSameFork, goesOnUnderNewKeys, requireGoesOn } from './succession.js';

/** Bytes of decoded blocks kept for lookups, where nothing else was asked for. */
const BLOCK_CACHE = 64 * 1024 * 1024;

/** How often chunks are looked for that are sealed again at the same time. */
const ATTEMPTS = 8;

/** A writer of raw chunks, as the tree sees it. */
export interface OpenWriter {
  flush(): Promise<void>;
  /** Whether the object, or a part of it, may not be in storage before the next flush. */
  holds(object: ObjectId): boolean;
  /** Whether it is the object that is being filled, which is nowhere but in memory. */
  isFilling(object: ObjectId): boolean;
  /** The packed content of a chunk in that object; `undefined` for any other. */
  peek(pointer: ChunkPointer): Uint8Array | undefined;
}

/** What the key has opened: whose it is, and its headers as they stood in storage then. */
export interface UsedKeyObject extends Pick<OpenedKeyObject, 'id' | 'sealed'> {
  readonly credentialId: Uint8Array;
}

export function usedKeyObject({ id, sealed, record }: OpenedKeyObject): UsedKeyObject {
  return { id, sealed, credentialId: record.credentialId };
}

/** A rotation that is under way. */
export interface BegunRotation {
  /** From which key epoch. */
  readonly keyEpoch: number;
  /** Whether nobody can know the next secrets but those who may open the tree with them. */
  readonly isSafe: boolean;
}

export interface SessionParts extends Chain {
  readonly environment: Environment;
  readonly credential: Credential;
  readonly keyObject: UsedKeyObject;
  readonly lock: WriterLock | undefined;
  readonly snapshot: Snapshot;
  readonly ownsBackend: boolean;
  readonly readonly: string | undefined;
  readonly acceptsOlderHead: boolean;
  readonly memory: MemoryBudget | undefined;
}

/** What the handle of an open tree and its views share. */
export class Session {
  readonly environment: Environment;
  /** Which key opened the tree; another one after resealing. */
  credential: Credential;
  keyObject: UsedKeyObject;
  /** The note that this writer is there. */
  lock: WriterLock | undefined;
  /** The chain that this one goes on from, until that is said in this one. */
  before: EndedChain | undefined;
  /** What this handle knows of a rotation that it has begun, until the tree goes on under those keys. */
  rotating: BegunRotation | undefined;
  /** Under the keys of which chain storage objects are being sealed again, or were until that was interrupted. */
  moving: Chain | undefined;
  /** The name of the lock under the next keys that this handle has drawn; tells them without giving them away. */
  drawn: ObjectId | undefined;
  readonly ownsBackend: boolean;
  /** Why nothing can be changed through this handle; undefined where it can. */
  readonly readonly: string | undefined;
  /** Whether the state may be an older one, since the newest head does not open. */
  readonly acceptsOlderHead: boolean;
  /** The newest state this handle knows to be durable. */
  snapshot: Snapshot;
  /** Fields whose values were staged under a new name; the commit that stores them drops the old one. */
  readonly moves = new Map<BoundField, FieldIdentity>();
  /** Writers of raw chunks, which a commit flushes. */
  readonly openWriters = new Set<OpenWriter>();
  /** What those writers have begun and no commit refers to yet. */
  readonly begun = new BegunObjects();
  /**
   * Open views, which close with the tree, and what they look at. Weakly: one that was forgotten must not keep what it has
   * loaded.
   */
  readonly views = new Map<WeakRef<{ close(): Promise<void> }>, Snapshot>();
  /** Reads under way and open views: what they use is not deleted meanwhile. */
  pins = 0;
  /** What is read and written through: other ones after the tree was given new keys. */
  #chain: Chain;
  readonly #blockCache: number;
  #blocks: BlockStore;
  #values: StoredValues;
  /** The newest state of this chain that was seen, though it may not be shown. */
  #seen: Snapshot;
  #moved: MovedObjects;
  #following: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(parts: SessionParts) {
    this.environment = parts.environment;
    this.#chain = { context: parts.context, reader: parts.reader, heads: parts.heads };
    this.#blockCache = parts.memory?.blockCache ?? BLOCK_CACHE;
    this.#blocks = new BlockStore(parts.reader, this.#blockCache);
    this.#values = new StoredValues(new SparseValues(this));
    this.#seen = parts.snapshot;
    this.#moved = new MovedObjects(parts.context.keys, this.#blocks, movedSources(parts.snapshot));
    this.credential = parts.credential;
    this.lock = parts.lock;
    this.keyObject = parts.keyObject;
    this.snapshot = parts.snapshot;
    this.ownsBackend = parts.ownsBackend;
    this.readonly = parts.readonly;
    this.acceptsOlderHead = parts.acceptsOlderHead;
  }

  get chain(): Chain {
    return this.#chain;
  }

  get context(): ObjectContext {
    return this.#chain.context;
  }

  get reader(): ObjectReader {
    return this.#chain.reader;
  }

  get heads(): HeadStore {
    return this.#chain.heads;
  }

  get blocks(): BlockStore {
    return this.#blocks;
  }

  get values(): StoredValues {
    return this.#values;
  }

  /** Where storage objects are that were sealed again, as the newest state that was seen says. */
  get moved(): MovedObjects {
    const { keys } = this.context;
    const { snapshot } = this;
    if (comparePositions(snapshot.position, this.#seen.position) >= 0) this.#seen = snapshot;
    const sources = movedSources(this.#seen);
    if (sources !== this.#moved.sources) this.#moved = new MovedObjects(keys, this.#blocks, sources);
    return this.#moved;
  }

  /** How many pieces are worth asking for at once. */
  get atOnce(): number {
    return this.reader.atOnce;
  }

  /**
   * The content of data chunks that were packed as one, wherever they are now. Once sealed again they are deleted where they
   * were: then the newest state tells where to look.
   */
  async readDetached(pointers: readonly ChunkPointer[], maxPlain?: number, signal?: AbortSignal): Promise<Uint8Array> {
    let tried: readonly ChunkPointer[] | undefined;
    let missing: unknown;
    for (let attempt = 1; ; attempt++) {
      try {
        const places = await this.moved.places(pointers);
        if (tried !== undefined && samePlaces(tried, places)) throw missing;
        tried = places;
        return await this.reader.readDetached(places, maxPlain, signal);
      } catch (error) {
        if (!isMissingObject(error) || error === missing || attempt === ATTEMPTS) throw error;
        missing = error;
        this.#seen = await this.later(this.#seen, error);
      }
    }
  }

  get closed(): boolean {
    return this.closing.aborted;
  }

  /** Aborted when the handle is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  markClosed(): void {
    this.#closing.abort();
  }

  requireOpen(): void {
    if (this.closed) throw new InfinitreeError('CLOSED', 'The tree is closed. Open it again to go on.');
  }

  requireWritable(): void {
    this.requireWriter();
    requireGoesOn(this.snapshot);
  }

  /** That this handle may write, whatever has become of the tree. */
  requireWriter(): void {
    this.requireOpen();
    if (this.readonly !== undefined) throw new InfinitreeError('READONLY', this.readonly);
  }

  /** For calls in which somebody may have to be asked for the key. */
  asking<T extends Cancel>(options: T): T & Asking {
    return { ...options, timer: this.environment.timer };
  }

  /**
   * The newest state; `undefined` where there is no head. Where the tree has been given new keys, this handle goes on with
   * them; the state that it shows stays as it is. Rejects with `WRONG_KEY` where its key is none of those that were kept.
   */
  async newest(options: ReadHeads): Promise<Snapshot | undefined> {
    for (;;) {
      const { heads } = this;
      const found = await heads.newest(options);
      if (found === undefined || !goesOnUnderNewKeys(found)) return found;
      if (heads === this.heads) await this.#follow(found, options);
    }
  }

  #follow(last: Snapshot, options: ReadHeads): Promise<void> {
    const before = { chain: this.#chain, last };
    this.#following ??= successorOf(before, this.credential, this.asking(options))
      .then(({ chain, keyObject, snapshot }) => {
        // It may have gone on by itself meanwhile.
        if (this.#chain === before.chain) this.enter(chain, snapshot, usedKeyObject(keyObject), before);
        else chain.context.keys.wipe();
      })
      .finally(() => {
        this.#following = undefined;
      });
    return this.#following;
  }

  /** Goes on with the next key epoch, of which this is a state. What was read under the keys before can be read on. */
  enter(chain: Chain, state: Snapshot, keyObject: UsedKeyObject, before: EndedChain): void {
    if (this.closed) chain.context.keys.wipe();
    this.requireOpen();
    const { keys } = this.context;
    keepEarlier(chain.context.keys, state.care.history, [keys, ...keys.earlier]);
    this.#chain = chain;
    this.#blocks = new BlockStore(chain.reader, this.#blockCache);
    this.#values = new StoredValues(new SparseValues(this));
    this.#seen = state;
    this.#moved = new MovedObjects(chain.context.keys, this.#blocks, movedSources(state));
    this.keyObject = keyObject;
    this.before = before;
  }

  /** Finds the commit of a snapshot in the newest head, whose objects are there. Rejects as `later` does. */
  async relocate(snapshot: Snapshot, missing: InfinitreeError): Promise<Snapshot> {
    return { ...(await this.later(snapshot, missing)), last: snapshot.last };
  }

  /** A key object was made anew; it may be the one that opened this tree. */
  renewed(entry: CredentialEntry, id: ObjectId, bytes: Uint8Array): void {
    const { credentialId } = this.keyObject;
    if (!sameBytes(entry.id, credentialId)) return;
    this.keyObject = { id, sealed: bytes.slice(0, KEY_OBJECT_HEADERS), credentialId };
  }

  /**
   * The newest state, where an object of this one is missing. Rejects with `missing` where there is no later head: then it
   * is lost. It only ever goes forward, or a storage that withholds an object and shows two heads in turns would keep a
   * reader going for ever.
   */
  async later(snapshot: Snapshot, missing: InfinitreeError): Promise<Snapshot> {
    const newest = await this.newest({});
    if (newest === undefined || sequenceOf(newest) < sequenceOf(snapshot)) throw missing;
    checkSameFork(snapshot, newest);
    if (comparePositions(newest.position, snapshot.position) <= 0) throw missing;
    return newest;
  }

  /** Runs a read while what it may use stays. */
  pinned<T>(read: () => Promise<T>): Promise<T>;
  pinned<T>(read: () => AtHand<T>): AtHand<T>;
  pinned<T>(read: () => AtHand<T>): AtHand<T> {
    this.pins += 1;
    let isWaiting = false;
    try {
      const begun = read();
      if (!isPromise(begun)) return begun;
      isWaiting = true;
      return begun.finally(() => {
        this.pins -= 1;
      });
    } finally {
      if (!isWaiting) this.pins -= 1;
    }
  }
}

function samePlaces(a: readonly ChunkPointer[], b: readonly ChunkPointer[]): boolean {
  return a.every(({ object, offset }, i) => b[i]?.offset === offset && sameBytes(b[i].object, object));
}
