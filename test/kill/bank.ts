import { type Commit, type Infinitree, Key, registerIndex, VersionedMap } from '@infinitree/core';

export const KEY = Key.fromBytes(new Uint8Array(32).fill(0x42));
/** The smallest size, so that little data fills heads, folds and takes many objects. */
export const OBJECT_SIZE = 65_536;
export const ACCOUNTS = 8;

/** Two books of which each commit changes both: what one gains the other loses, account by account. */
export class Bank {
  left = new VersionedMap<number, number>();
  right = new VersionedMap<number, number>();
  receipts = new VersionedMap<string, string>();
}
registerIndex(Bank, {
  fields: [
    { property: 'left', name: 'left' },
    { property: 'right', name: 'right' },
    { property: 'receipts', name: 'receipts', strategy: 'sparse' },
  ],
});

export type BankTree = Infinitree<Bank>;

/** What a commit moves, by account; it stands in the commit's own data, so that the log tells what the books must say. */
export type Moves = readonly (readonly [account: number, amount: number])[];

export function movesOf(commit: Commit): Moves {
  return (commit.data ?? []) as Moves;
}

/** Puts an amount from the right book into the left one. */
export function move(tree: BankTree, account: number, amount: number): void {
  tree.index.left.update(account, (balance) => balance + amount);
  tree.index.right.update(account, (balance) => balance - amount);
}

/** What the left book says, once the right one was seen to agree: a commit that shows in one of them only is torn. */
export function balances(tree: BankTree): number[] {
  const { left, right } = tree.index;
  return Array.from({ length: ACCOUNTS }, (_, account) => {
    const [gained, lost] = [left.get(account), right.get(account)];
    if (gained === undefined || gained !== -(lost ?? Number.NaN)) {
      throw new Error(
        `half a commit: account ${account} is ${gained ?? 'missing'} on the left, ${lost ?? 'missing'} on the right`,
      );
    }
    return gained;
  });
}

/** Empty books, stored as the first commit. */
export async function openBooks(tree: BankTree): Promise<void> {
  for (let account = 0; account < ACCOUNTS; account++) {
    tree.index.left.set(account, 0);
    tree.index.right.set(account, 0);
  }
  await tree.commit('opening');
}
