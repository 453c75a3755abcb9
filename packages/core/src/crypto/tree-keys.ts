import { InfinitreeError } from '../errors.js';
import type { Label } from '../format/labels.js';
import { derive } from './derive.js';
import type { EpochKeys } from './epoch-keys.js';
import { checkSizes } from './primitives.js';
import type { StorageKeys } from './storage-keys.js';
import type { Suite } from './suite.js';

/** Bytes in a tree's id. */
export const TREE_ID_SIZE = 16;

/** What a tree that was given new keys has kept of its earlier ones. */
export interface KeptKeys {
  /** The key of content ids, which is that of the first key epoch for good: they stand in the index and nowhere else. */
  readonly contentKey: Uint8Array;
  /** Newest first. */
  readonly earlier: readonly EpochKeys[];
}

/**
 * The keys of an open tree: the root secret of one key epoch and what is derived from it, and what is kept of earlier key
 * epochs. Secrets are private, and appear neither in JSON nor where the object is printed.
 */
export class TreeKeys implements EpochKeys {
  readonly suite: Suite;
  /** Which key epoch this is: 0 for a new tree, one more after each rotation. */
  readonly keyEpoch: number;
  readonly #treeId: Uint8Array;
  readonly #root: Uint8Array;
  readonly #storage: StorageKeys | undefined;
  readonly #subkeys = new Map<Label, Uint8Array>();
  #earlier: readonly EpochKeys[] = [];
  #wiped = false;

  /** Copies what it is given. Throws `INVALID_ARGUMENT` where the secret has not 32 bytes or the tree id not 16. */
  constructor(suite: Suite, rootSecret: Uint8Array, treeId: Uint8Array, keyEpoch: number, storage?: StorageKeys) {
    checkSizes(rootSecret);
    if (treeId.length !== TREE_ID_SIZE) {
      throw new InfinitreeError('INVALID_ARGUMENT', `A tree id has ${TREE_ID_SIZE} bytes, not ${treeId.length}.`);
    }
    this.suite = suite;
    this.keyEpoch = keyEpoch;
    this.#storage = storage;
    this.#treeId = treeId.slice();
    this.#root = rootSecret.slice();
  }

  /** The tree's id, 16 bytes; the same in all key epochs. Not to be changed by the caller. */
  get treeId(): Uint8Array {
    return this.#treeId;
  }

  /**
   * The key for one purpose, derive(root secret, label), 32 bytes; made once, then remembered. Not to be changed by the
   * caller, and zeroed by `wipe`. Throws `CLOSED` after `wipe`.
   */
  subkey(label: Label): Uint8Array {
    this.#refuseWiped();
    let subkey = this.#subkeys.get(label);
    if (subkey === undefined) {
      subkey = derive(this.suite, this.#root, label);
      this.#subkeys.set(label, subkey);
    }
    return subkey;
  }

  /** What storage objects are sealed to, where the tree is split. Wiped with these keys. */
  get storage(): StorageKeys | undefined {
    return this.#storage;
  }

  /** Whether these keys open storage objects. In a split tree those of writers do not. */
  get readsStorage(): boolean {
    return this.storage?.opens ?? true;
  }

  find(label: Label): Uint8Array {
    return this.subkey(label);
  }

  /** Those of earlier key epochs, newest first: they open objects that were not sealed anew since. */
  get earlier(): readonly EpochKeys[] {
    return this.#earlier;
  }

  /** Takes over what is kept of earlier key epochs, which is known once a head was read. */
  keep({ contentKey, earlier }: KeptKeys): void {
    this.#refuseWiped();
    this.#subkeys.set('contentId', contentKey.slice());
    this.#earlier = earlier;
  }

  /** A copy of the root secret, for sealing it into a key object and nothing else. The caller zeroes it. */
  copyRootSecret(): Uint8Array {
    this.#refuseWiped();
    return this.#root.slice();
  }

  /** Whether these are the keys of the same tree and key epoch, in a time that does not depend on how they differ. */
  equals(other: TreeKeys): boolean {
    this.#refuseWiped();
    const same = this.suite.equal(this.#root, other.#root) && this.suite.equal(this.#treeId, other.#treeId);
    return same && this.keyEpoch === other.keyEpoch && this.sealsTo(other.storage?.publicKey);
  }

  /** Whether storage objects are sealed to this public key; to none where the tree is not split. */
  sealsTo(publicKey: Uint8Array | undefined): boolean {
    const { storage, suite } = this;
    return storage === undefined || publicKey === undefined
      ? storage?.publicKey === publicKey
      : suite.equal(storage.publicKey, publicKey);
  }

  /**
   * Zeroes the root secret and all subkeys, but not what is kept of earlier key epochs: see `wipeAll`. What providers copied, and what the engine copied while moving objects, is
   * out of reach.
   */
  wipe(): void {
    this.#wiped = true;
    this.#root.fill(0);
    this.storage?.wipe();
    for (const subkey of this.#subkeys.values()) subkey.fill(0);
    this.#subkeys.clear();
  }

  /** Zeroes all that is known of any key epoch. */
  wipeAll(): void {
    this.wipe();
    for (const keys of this.#earlier) keys.wipe();
  }

  toJSON(): string {
    return '[TreeKeys]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'TreeKeys { [redacted] }';
  }

  #refuseWiped(): void {
    // Without this, a late caller would go on under keys of zero bytes, which everybody knows.
    if (this.#wiped) throw new InfinitreeError('CLOSED', 'The tree is closed and its keys are wiped.');
  }
}
