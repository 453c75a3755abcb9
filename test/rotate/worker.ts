// The program of a process that gives a tree new keys, and is killed while it does so.
import { opened, type Place } from './orchard.js';

export interface Task {
  readonly place: Place;
  readonly nth: number;
  readonly aheadMs: number;
  readonly policy: 'all' | 'index';
}

process.on('message', (task) => void work(task as Task));
// Nobody is left to work for.
process.on('disconnect', () => process.exit());

async function work({ place, nth, aheadMs, policy }: Task): Promise<void> {
  try {
    await using handle = await opened(place, nth, aheadMs);
    process.send?.('begun');
    await handle.tree.rotate({ policy });
    process.send?.('done');
  } catch (error) {
    process.send?.(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
