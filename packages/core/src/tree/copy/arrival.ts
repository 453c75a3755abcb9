import type { Backend, Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { InfinitreeError, isInfinitreeError } from '../../errors.js';
import type { ObjectContext } from '../../object/context.js';
import { damagedObject, missingObject } from '../../object/missing.js';
import { ObjectReader } from '../../object/object-reader.js';
import { type HeadPlace, type HeadStore, UnknownOutcome } from '../heads/head-store.js';
import { headStoreOf } from '../heads/head-store-of.js';
import { type StoredKeyObject, storedKeyObject } from '../keys/stored-key-object.js';
import { BlockStore } from '../read/block-store.js';
import type { CredentialEntry } from '../records/credential.js';
import type { Session } from '../session.js';
import type { Snapshot } from '../snapshot.js';
import { isSameFork } from '../succession.js';
import { unknownHead } from '../write/committer.js';
import { type ComposedHead, composeHead } from '../write/compose-head.js';

/** Bytes of decoded blocks kept while what is too large for a head is folded. */
const BLOCK_BUDGET = 16 * 1024 * 1024;

/** The place that a tree is copied to: what is there of it, and what comes last: its key objects, and its first head. */
export class Arrival {
  readonly #session: Session;
  readonly #context: ObjectContext;
  readonly #reader: ObjectReader;
  readonly #heads: HeadStore;
  readonly #options: Cancel;

  constructor(session: Session, backend: Backend, options: Cancel) {
    const { keys, entropy, objectSize } = session.context;
    this.#session = session;
    this.#context = { backend, keys, entropy, objectSize };
    this.#reader = new ObjectReader(this.#context);
    this.#heads = headStoreOf(this.#context, this.#reader);
    this.#options = options;
  }

  /** The newest state of the tree that is there; undefined where none is, nor anything else in the way of one. */
  async look(): Promise<Snapshot | undefined> {
    for (const entry of this.#keys()) await this.#isThere(entry, await this.#keyObject(entry));
    try {
      return await this.#heads.newest(this.#options);
    } catch (error) {
      // One that does not open is somebody's all the same.
      throw isInfinitreeError(error, 'CORRUPT') ? alreadyThere(error) : error;
    }
  }

  /** Gives the keys that open the copy, which are those of now: one that was taken from the tree must not come back. */
  async putKeyObjects(): Promise<readonly CredentialEntry[]> {
    const keys = this.#keys();
    for (const entry of keys) {
      const object = await this.#keyObject(entry);
      if (await this.#isThere(entry, object)) continue;
      try {
        await this.#context.backend.keyObjects.put(object.id, object.bytes, this.#options);
      } catch (error) {
        if (!isInfinitreeError(error, 'EXISTS')) throw error;
        await this.#isThere(entry, object);
      }
    }
    return keys;
  }

  /** Writes the head that stands for a state, and makes a tree of what was brought. */
  async seal(
    state: Snapshot,
    credentials: readonly CredentialEntry[],
    fork: Uint8Array | undefined,
  ): Promise<Snapshot> {
    const care = {
      ...state.care,
      credentials,
      olderHeads: [],
      replaced: [],
      fork,
      rotation: undefined,
      ended: undefined,
    };
    let finish: ComposedHead['finish'] = () => state;
    const prepare = async (place: HeadPlace) => {
      const composed = await this.#compose({ ...state, care }, place);
      finish = composed.finish;
      return composed.content;
    };
    try {
      const position = await this.#heads.begin(state.position, prepare, this.#options);
      return finish(position);
    } catch (error) {
      if (isInfinitreeError(error, 'CONFLICT')) throw alreadyThere(error);
      if (!(error instanceof UnknownOutcome)) throw error;
      const found = await this.#settle(error);
      if (!isSameFork(found.care.fork, fork)) throw alreadyThere(error);
      return found;
    }
  }

  /** The storage failed in the very middle: it may be in order again. */
  async #settle(doubt: UnknownOutcome): Promise<Snapshot> {
    const carry = async (current: Snapshot, place: HeadPlace) => {
      const olderHeads = this.#heads.protocol === 'cas' ? [] : [...current.care.olderHeads, current.position.epoch];
      return (await this.#compose({ ...current, care: { ...current.care, olderHeads } }, place)).content;
    };
    try {
      return await this.#heads.settle(carry, this.#options);
    } catch {
      // What was in doubt still is; the first error says why.
      throw unknownHead(doubt);
    }
  }

  #compose(state: Snapshot, place: HeadPlace): Promise<ComposedHead> {
    const { clock } = this.#session.environment;
    const context = this.#context;
    const writeNonce = context.entropy.bytes32().slice(0, 16);
    const blocks = new BlockStore(this.#reader, BLOCK_BUDGET);
    const tools = { context, reader: this.#reader, blocks, clock };
    return composeHead(tools, state, { bodies: [], place, writeNonce }, this.#options);
  }

  /** The keys that open the source. */
  #keys(): readonly CredentialEntry[] {
    return this.#session.snapshot.care.credentials.filter(({ live }) => live);
  }

  /** The key object of a key, as it stands in the source. */
  async #keyObject(entry: CredentialEntry): Promise<StoredKeyObject> {
    const found = await storedKeyObject(this.#session, this.#session.context, entry, this.#options);
    if (found === undefined) {
      throw missingObject(entry.keyObjects[0], 'It is a key object. Call repair(), which makes it anew.');
    }
    if (found.isWhole) return found;
    const what = `The key object ${found.id} is not what it was. Call repair(), which makes it anew.`;
    throw damagedObject(found.id, undefined, what);
  }

  /** Whether the same key object is in the target. Throws `EXISTS` where another one is, such as that of an earlier key epoch. */
  async #isThere({ keyObjects }: CredentialEntry, { id, bytes }: StoredKeyObject): Promise<boolean> {
    let isThere = false;
    for (const one of keyObjects) {
      const found = await this.#context.backend.keyObjects.get(one, this.#options);
      if (found !== undefined && !(one === id && sameBytes(found, bytes))) throw alreadyThere();
      isThere ||= found !== undefined;
    }
    return isThere;
  }
}

export function alreadyThere(cause?: unknown): InfinitreeError {
  return new InfinitreeError(
    'EXISTS',
    'A tree of this key stands in the target already. Nothing of it was changed. If an earlier copy ended without an ' +
      'answer, it may be that one: open it. Otherwise copy into another place.',
    { cause },
  );
}
