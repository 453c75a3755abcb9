import type { SealedSecret } from '../../crypto/next-secret.js';
import { Secret } from '../../crypto/secret.js';
import { SEALED_STORAGE_SECRET_SIZE } from '../../crypto/storage-secret.js';
import { idBytes } from '../../format/id-bytes.js';
import type { ObjectId } from '../../format/ids.js';
import { bytes, id, integer, list, malformed, maybe } from './shape.js';

/** The storage key pair of an earlier key epoch of a split tree. */
export interface EarlierPair {
  readonly publicKey: Uint8Array;
  /** Its secret half, sealed to the pair of the key epoch of the head. */
  readonly secret: SealedSecret;
}

/** What opens the storage objects of one key epoch, and its K_padding. Of key and pair there is one. */
export interface DataKeys {
  /** K_storageObject; undefined in a split tree. */
  readonly storageKey: Secret | undefined;
  readonly storagePair: EarlierPair | undefined;
  readonly paddingKey: Secret;
}

/** What a tree has kept of one earlier key epoch. */
export interface EarlierEpoch {
  readonly keyEpoch: number;
  /** K_ownId of that epoch: recognises the ids of its objects. */
  readonly ownKey: Secret;
  /** K_application of that epoch. */
  readonly applicationKey: Secret;
  /** As long as there is something of that epoch that they open. */
  readonly data: DataKeys | undefined;
  /** The hash of the head that its last head names; zeros where that is not known yet. */
  readonly successor: Uint8Array;
  /** Its heads that stay: the last one, and where heads stand in slots the one before it. */
  readonly heads: readonly ObjectId[];
}

/** What a tree that was given new keys has kept of its earlier ones. */
export interface KeyHistory {
  /** K_contentId of the first key epoch. */
  readonly contentKey: Secret;
  /** Oldest first. */
  readonly epochs: readonly EarlierEpoch[];
  /**
   * Storage objects of key epochs below this one are to be sealed again, as far as that was done before; undefined where all of
   * it was done, or nothing begun. Above the key epoch of the tree where a key was taken from it since.
   */
  readonly below: number | undefined;
}

export function writeKeyHistory({ contentKey, epochs, below }: KeyHistory): unknown {
  return [contentKey.reveal(), epochs.map(writeEpoch), below ?? null];
}

export function readKeyHistory(value: unknown): KeyHistory {
  const [contentKey, epochs, below] = list(value, 3);
  return { contentKey: secret(contentKey), epochs: list(epochs).map(readEpoch), below: maybe(below, integer) };
}

function writeEpoch({ keyEpoch, ownKey, applicationKey, data, successor, heads }: EarlierEpoch): unknown {
  const keys = data === undefined ? null : writeDataKeys(data);
  return [keyEpoch, ownKey.reveal(), applicationKey.reveal(), keys, successor, heads.map(idBytes)];
}

function writeDataKeys({ storageKey, storagePair, paddingKey }: DataKeys): unknown {
  const pair = storagePair && [storagePair.publicKey, storagePair.secret.ephemeralKey, storagePair.secret.sealed];
  return [storageKey?.reveal() ?? null, pair ?? null, paddingKey.reveal()];
}

function readEpoch(value: unknown): EarlierEpoch {
  const [keyEpoch, ownKey, applicationKey, data, successor, heads] = list(value, 6);
  return {
    keyEpoch: integer(keyEpoch),
    ownKey: secret(ownKey),
    applicationKey: secret(applicationKey),
    data: maybe(data, readDataKeys),
    successor: bytes(successor, 32),
    heads: list(heads).map(id),
  };
}

function readDataKeys(value: unknown): DataKeys {
  const [storageKey, storagePair, paddingKey] = list(value, 3);
  const [key, pair] = [maybe(storageKey, secret), maybe(storagePair, readPair)];
  if ((key === undefined) === (pair === undefined)) throw malformed('data have not one key');
  return { storageKey: key, storagePair: pair, paddingKey: secret(paddingKey) };
}

function readPair(value: unknown): EarlierPair {
  const [publicKey, ephemeralKey, sealed] = list(value, 3);
  return {
    publicKey: bytes(publicKey, 32),
    secret: { ephemeralKey: bytes(ephemeralKey, 32), sealed: bytes(sealed, SEALED_STORAGE_SECRET_SIZE) },
  };
}

function secret(value: unknown): Secret {
  return new Secret(bytes(value, 32));
}
