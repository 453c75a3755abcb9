import { keysOf } from '../../packages/core/src/crypto/own-ids.js';
import { idBytes } from '../../packages/core/src/format/id-bytes.js';
import { partsOf } from '../../packages/core/src/tree/tree-parts.js';
import type { Tree } from './orchard.js';

/** What is left in the storage under keys of earlier key epochs than all storage objects are under, or should be. */
export async function objectsOfEarlierEpochs(tree: Tree): Promise<string[]> {
  const { context, snapshot } = partsOf(tree).session;
  const epochs = snapshot.care.history?.epochs ?? [];
  // The last head of a chain stays for good.
  const ends = new Set<string>(epochs.flatMap(({ heads }) => heads));
  const left = new Map<number, number>();
  for await (const id of context.backend.list()) {
    if (ends.has(id)) continue;
    const { keyEpoch } = keysOf(context.keys, idBytes(id));
    left.set(keyEpoch, (left.get(keyEpoch) ?? 0) + 1);
  }
  left.delete(context.keys.keyEpoch);
  const complaints = [...left].map(([keyEpoch, count]) => `${count} objects are left of key epoch ${keyEpoch}`);
  const kept = epochs.filter(({ data }) => data !== undefined).map(({ keyEpoch }) => keyEpoch);
  return kept.length === 0 ? complaints : [...complaints, `the tree has storage keys of the key epochs ${kept.join()}`];
}
