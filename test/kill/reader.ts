import { setTimeout as wait } from 'node:timers/promises';
import { Infinitree } from '@infinitree/core';
import { Bank, type BankTree, balances, KEY } from './bank.js';
import type { Shift } from './roles.js';

/** Opens the tree for reading again and again, and looks at whatever is new. */
export async function read(shift: Shift): Promise<void> {
  const { backend, environment, random } = shift;
  while (!shift.over()) {
    const tree = await Infinitree.open(Bank, { backend, key: KEY, readonly: true, environment });
    await tree.load();
    let known = await look(shift, tree, 0);
    for (let left = random.int(40); left > 0 && !shift.over(); left--) {
      // The machine is for the writers, too.
      await wait(random.int(6));
      await tree.refresh();
      known = await look(shift, tree, known);
      if (random.int(5) === 0) await readReceipts(tree);
    }
    await tree.close();
  }
}

/** Notes the commits after `known` that the tree shows, and its balances. Gives the newest. */
async function look({ notebook }: Shift, tree: BankTree, known: number): Promise<number> {
  let newest = 0;
  for await (const { sequence, id } of tree.log()) {
    if (newest === 0) {
      newest = sequence;
      notebook.write({ kind: 'seen', sequence, id, balances: balances(tree) });
    } else {
      notebook.write({ kind: 'shown', sequence, id });
    }
    if (sequence <= known + 1) break;
  }
  if (newest < known) throw new Error(`commit ${known} was shown, and now the newest is ${newest}`);
  return newest;
}

/** Reads values that lie in objects of their own. */
async function readReceipts(tree: BankTree): Promise<void> {
  for await (const [name, receipt] of tree.entries('receipts')) {
    if (!receipt.startsWith(name)) throw new Error(`the receipt of ${name} is another one's: ${receipt.slice(0, 20)}`);
  }
}
