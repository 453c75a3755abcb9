import { EarlierKeys, type EpochKeys } from '../../crypto/epoch-keys.js';
import { StorageKeys } from '../../crypto/storage-keys.js';
import { openStorageSecret } from '../../crypto/storage-secret.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import type { Label } from '../../format/labels.js';
import type { DataKeys, EarlierEpoch, KeyHistory } from '../records/key-history.js';
import { malformed } from '../records/shape.js';

/**
 * Gives keys what a head says of earlier key epochs.
 *
 * @param known Keys of such epochs that this handle has in full. They go on to open what it has read before.
 */
export function keepEarlier(keys: TreeKeys, history: KeyHistory | undefined, known: readonly EpochKeys[] = []): void {
  if (history === undefined) return;
  const told = history.epochs
    .filter(({ keyEpoch }) => !known.some((one) => one.keyEpoch === keyEpoch))
    .map((epoch) => keysOfEpoch(keys, epoch));
  const earlier = [...told, ...known].sort((a, b) => b.keyEpoch - a.keyEpoch);
  keys.keep({ contentKey: history.contentKey.reveal(), earlier });
}

function keysOfEpoch(keys: TreeKeys, { keyEpoch, ownKey, applicationKey, data }: EarlierEpoch): EarlierKeys {
  const known: [Label, Uint8Array][] = [
    ['ownId', ownKey.reveal()],
    ['application', applicationKey.reveal()],
  ];
  if (data === undefined) return new EarlierKeys(keys, keyEpoch, known);
  known.push(['padding', data.paddingKey.reveal()]);
  if (data.storageKey !== undefined) known.push(['storageObject', data.storageKey.reveal()]);
  return new EarlierKeys(keys, keyEpoch, known, storageKeysOf(keys, keyEpoch, data));
}

/** The storage key pair of an earlier key epoch, or the half of it that who has these keys may have. */
function storageKeysOf(keys: TreeKeys, keyEpoch: number, { storagePair }: DataKeys): StorageKeys | undefined {
  const { suite, treeId, storage } = keys;
  if ((storage === undefined) !== (storagePair === undefined)) throw malformed('data have keys of another kind');
  if (storage === undefined || storagePair === undefined) return undefined;
  const { publicKey, secret } = storagePair;
  const secretKey = storage.copySecretKey();
  if (secretKey === undefined) return StorageKeys.ofWriter(suite, storage.writer, publicKey);
  const own = { secretKey, publicKey: storage.publicKey };
  const opened = openStorageSecret(suite, { treeId, keyEpoch }, own, secret);
  secretKey.fill(0);
  if (opened === undefined) throw malformed('the storage secret of an earlier key epoch does not open');
  const pair = StorageKeys.ofReader(suite, storage.writer, opened);
  opened.fill(0);
  if (suite.equal(pair.publicKey, publicKey)) return pair;
  pair.wipe();
  throw malformed('the storage secret of an earlier key epoch is another one');
}
