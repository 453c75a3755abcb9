// The program of a contender: a process with a tree open for writing, that does what it is told and says what came of it.
import { Infinitree, isInfinitreeError } from '@infinitree/core';
import { Bank, type BankTree, KEY } from './bank.js';
import { openStorage } from './storage.js';

export type Order =
  | { readonly verb: 'open'; readonly storage: string }
  | { readonly verb: 'refresh' | 'close' }
  | { readonly verb: 'commit'; readonly token: string };

/** `unknown`: how often it was not told at once what became of a commit. */
export interface Reply {
  readonly outcome: 'done' | 'CONFLICT' | { readonly failed: string };
  readonly unknown: number;
}

let tree: BankTree | undefined;

async function obey(order: Order): Promise<Reply> {
  let unknown = 0;
  try {
    switch (order.verb) {
      case 'open': {
        const backend = await openStorage(order.storage);
        tree = await Infinitree.open(Bank, { backend, key: KEY });
        break;
      }
      case 'refresh':
        await tree?.refresh();
        break;
      case 'close':
        await tree?.close();
        break;
      case 'commit': {
        // Another value under the same key each time: both want to change the same.
        tree?.index.receipts.set('last', order.token);
        let commit = tree?.commit(order.token);
        for (;;) {
          try {
            await commit;
            break;
          } catch (error) {
            if (!isInfinitreeError(error, 'COMMIT_UNKNOWN') || unknown > 20) throw error;
            unknown += 1;
            commit = error.resolve?.();
          }
        }
      }
    }
    return { outcome: 'done', unknown };
  } catch (error) {
    if (isInfinitreeError(error, 'CONFLICT')) return { outcome: 'CONFLICT', unknown };
    return { outcome: { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }, unknown };
  }
}

process.on('message', (order) => void obey(order as Order).then((reply) => process.send?.(reply)));
// Nobody is left to work for.
process.on('disconnect', () => process.exit());
