import { sameBytes } from '../bytes/compare.js';
import { InfinitreeError } from '../errors.js';
import type { ChunkPointer } from '../format/chunk-pointer.js';
import { KEY_OBJECT_HEADERS } from '../format/header-layout.js';
import type { ObjectId } from '../format/ids.js';
import type { ObjectContext } from '../object/context.js';
import type { OpenedKeyObject } from '../object/key-object.js';
import type { ObjectReader } from '../object/object-reader.js';
import type { Environment } from '../platform/environment.js';
import type { BoundField } from './bind.js';
import type { HeadStore } from './heads/head-store.js';
import { BlockStore } from './read/block-store.js';
import { SparseValues } from './read/sparse-values.js';
import { StoredValues } from './read/stored-values.js';
import type { FieldIdentity } from './records/commit.js';
import type { CredentialEntry } from './records/credential.js';
import { comparePositions, type Snapshot, sequenceOf } from './snapshot.js';
import { BegunObjects } from './storage/begun-objects.js';
import { checkSameFork, requireGoesOn } from './succession.js';

/** Bytes of decoded blocks kept for lookups. */
const BLOCK_BUDGET = 64 * 1024 * 1024;

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

export interface SessionParts {
  readonly context: ObjectContext;
  readonly environment: Environment;
  readonly reader: ObjectReader;
  readonly heads: HeadStore;
  readonly keyObject: UsedKeyObject;
  readonly snapshot: Snapshot;
  readonly ownsBackend: boolean;
  readonly readonly: string | undefined;
  readonly acceptsOlderHead: boolean;
}

/** What the handle of an open tree and its views share. */
export class Session {
  readonly context: ObjectContext;
  readonly environment: Environment;
  readonly reader: ObjectReader;
  readonly blocks: BlockStore;
  readonly values: StoredValues;
  readonly heads: HeadStore;
  /** Another one after resealing. */
  keyObject: UsedKeyObject;
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
  readonly #closing = new AbortController();

  constructor(parts: SessionParts) {
    this.context = parts.context;
    this.environment = parts.environment;
    this.reader = parts.reader;
    this.blocks = new BlockStore(parts.reader, BLOCK_BUDGET);
    this.values = new StoredValues(new SparseValues(parts.reader));
    this.heads = parts.heads;
    this.keyObject = parts.keyObject;
    this.snapshot = parts.snapshot;
    this.ownsBackend = parts.ownsBackend;
    this.readonly = parts.readonly;
    this.acceptsOlderHead = parts.acceptsOlderHead;
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
    this.requireOpen();
    if (this.readonly !== undefined) throw new InfinitreeError('READONLY', this.readonly);
    requireGoesOn(this.snapshot);
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
    const newest = await this.heads.newest({});
    if (newest === undefined || sequenceOf(newest) < sequenceOf(snapshot)) throw missing;
    checkSameFork(snapshot, newest);
    if (comparePositions(newest.position, snapshot.position) <= 0) throw missing;
    return newest;
  }

  /** Runs a read while what it may use stays. */
  async pinned<T>(read: () => Promise<T>): Promise<T> {
    this.pins += 1;
    try {
      return await read();
    } finally {
      this.pins -= 1;
    }
  }
}
