import { setTimeout as wait } from 'node:timers/promises';
import { isInfinitreeError } from '@infinitree/core';
import type { Shift } from './roles.js';
import { openForWriting } from './writer.js';

/** Opens the tree for writing again and again, and collects garbage. */
export async function collect(shift: Shift): Promise<void> {
  while (!shift.over()) {
    const tree = await openForWriting(shift);
    if (tree === undefined) continue;
    try {
      await tree.gc({ olderThan: 0 });
      shift.notebook.write({ kind: 'collected' });
    } catch (error) {
      // Another writer was first; the next visit begins anew.
      if (!isInfinitreeError(error, 'CONFLICT') && !isInfinitreeError(error, 'BACKEND')) throw error;
      shift.notebook.write({ kind: 'late' });
    }
    await tree.close();
    await wait(20 + shift.random.int(60));
  }
}
