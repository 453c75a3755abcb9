import { setTimeout as wait } from 'node:timers/promises';
import { Infinitree, isInfinitreeError } from '@infinitree/core';
import { Bank, balances, KEY } from './bank.js';
import type { Shift } from './roles.js';

/** Opens the tree for reading again and again, and is told of whatever is new. */
export async function watch(shift: Shift): Promise<void> {
  const { backend, environment, notebook, random } = shift;
  while (!shift.over()) {
    const tree = await Infinitree.open(Bank, { backend, key: KEY, readonly: true, environment });
    await tree.load();
    let known = (await tree.commits()).length;
    const enough = new AbortController();
    void wait(random.int(500)).then(() => enough.abort());
    try {
      for await (const { sequence, id } of tree.watch({ intervalMs: 2, signal: enough.signal })) {
        if (sequence !== known + 1) throw new Error(`told of commit ${sequence} after ${known}`);
        known = sequence;
        const newest = await tree.refresh();
        notebook.write({ kind: 'shown', sequence, id });
        if (newest?.sequence === sequence) notebook.write({ kind: 'seen', sequence, id, balances: balances(tree) });
      }
    } catch (error) {
      if (!isInfinitreeError(error, 'ABORTED')) throw error;
    }
    await tree.close();
  }
}
