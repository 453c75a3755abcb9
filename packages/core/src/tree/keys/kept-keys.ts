import { EarlierKeys, type EpochKeys } from '../../crypto/epoch-keys.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import type { Label } from '../../format/labels.js';
import type { EarlierEpoch, KeyHistory } from '../records/key-history.js';

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
  if (data !== undefined)
    known.push(['storageObject', data.storageKey.reveal()], ['padding', data.paddingKey.reveal()]);
  return new EarlierKeys(keys, keyEpoch, known, keys.storage?.copy());
}
