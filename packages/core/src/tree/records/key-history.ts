import { Secret } from '../../crypto/secret.js';
import { idBytes } from '../../format/id-bytes.js';
import type { ObjectId } from '../../format/ids.js';
import { bytes, id, integer, list, maybe } from './shape.js';

/** What a tree has kept of one earlier key epoch. */
export interface EarlierEpoch {
  readonly keyEpoch: number;
  /** K_ownId of that epoch: recognises the ids of its objects. */
  readonly ownKey: Secret;
  /** K_application of that epoch. */
  readonly applicationKey: Secret;
  /** K_storageObject and K_padding, as long as there are storage objects of that epoch. */
  readonly data: { readonly storageKey: Secret; readonly paddingKey: Secret } | undefined;
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
}

export function writeKeyHistory({ contentKey, epochs }: KeyHistory): unknown {
  return [contentKey.reveal(), epochs.map(writeEpoch)];
}

export function readKeyHistory(value: unknown): KeyHistory {
  const [contentKey, epochs] = list(value, 2);
  return { contentKey: secret(contentKey), epochs: list(epochs).map(readEpoch) };
}

function writeEpoch({ keyEpoch, ownKey, applicationKey, data, successor, heads }: EarlierEpoch): unknown {
  const keys = data === undefined ? null : [data.storageKey.reveal(), data.paddingKey.reveal()];
  return [keyEpoch, ownKey.reveal(), applicationKey.reveal(), keys, successor, heads.map(idBytes)];
}

function readEpoch(value: unknown): EarlierEpoch {
  const [keyEpoch, ownKey, applicationKey, data, successor, heads] = list(value, 6);
  return {
    keyEpoch: integer(keyEpoch),
    ownKey: secret(ownKey),
    applicationKey: secret(applicationKey),
    data: maybe(data, (keys) => {
      const [storageKey, paddingKey] = list(keys, 2);
      return { storageKey: secret(storageKey), paddingKey: secret(paddingKey) };
    }),
    successor: bytes(successor, 32),
    heads: list(heads).map(id),
  };
}

function secret(value: unknown): Secret {
  return new Secret(bytes(value, 32));
}
