import type { Label } from '../format/labels.js';
import type { StorageKeys } from './storage-keys.js';
import type { Suite } from './suite.js';

/** The keys of one key epoch, as far as somebody has them. */
export interface EpochKeys {
  readonly suite: Suite;
  readonly treeId: Uint8Array;
  readonly keyEpoch: number;
  /** What storage objects are sealed to, where the tree is split. */
  readonly storage: StorageKeys | undefined;
  /** The key for one purpose, or `undefined` where it is not known. Not to be changed by the caller. */
  find(label: Label): Uint8Array | undefined;
  /** Zeroes them. */
  wipe(): void;
}

/** What is kept of an earlier key epoch: keys for a few purposes, and never what they were derived from. */
export class EarlierKeys implements EpochKeys {
  readonly suite: Suite;
  readonly treeId: Uint8Array;
  readonly keyEpoch: number;
  readonly storage: StorageKeys | undefined;
  readonly #keys: ReadonlyMap<Label, Uint8Array>;

  /** Copies the keys it is given, and takes over `storage`. */
  constructor(
    { suite, treeId }: Pick<EpochKeys, 'suite' | 'treeId'>,
    keyEpoch: number,
    keys: Iterable<readonly [Label, Uint8Array]>,
    storage?: StorageKeys,
  ) {
    this.suite = suite;
    this.treeId = treeId;
    this.keyEpoch = keyEpoch;
    this.storage = storage;
    this.#keys = new Map([...keys].map(([label, key]) => [label, key.slice()]));
  }

  find(label: Label): Uint8Array | undefined {
    return this.#keys.get(label);
  }

  wipe(): void {
    this.storage?.wipe();
    for (const key of this.#keys.values()) key.fill(0);
  }

  toJSON(): string {
    return '[EarlierKeys]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'EarlierKeys { [redacted] }';
  }
}
