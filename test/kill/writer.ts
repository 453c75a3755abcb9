import { setTimeout as wait } from 'node:timers/promises';
import { Infinitree, type InfinitreeError, isInfinitreeError } from '@infinitree/core';
import { ACCOUNTS, Bank, type BankTree, KEY, move } from './bank.js';
import type { Shift } from './roles.js';

/** Opens the tree for writing again and again, and commits a few moves each time. */
export async function write(shift: Shift): Promise<void> {
  for (let visit = 0; !shift.over(); visit++) {
    const tree = await openForWriting(shift);
    if (tree === undefined) continue;
    const writer = new Writer(shift, tree, visit);
    await tree.load();
    for (let left = 1 + shift.random.int(30); left > 0 && !shift.over(); left--) await writer.commit();
    await tree.close();
  }
}

/** The tree, or `undefined` where another writer has it; then some time has passed. */
export async function openForWriting(shift: Shift): Promise<BankTree | undefined> {
  const { backend, environment, notebook, random } = shift;
  try {
    const tree = await Infinitree.open(Bank, { backend, key: KEY, environment, takeover: random.int(6) === 0 });
    notebook.write({ kind: 'opened' });
    return tree;
  } catch (error) {
    if (!isInfinitreeError(error, 'LOCKED')) throw error;
    notebook.write({ kind: 'locked' });
    await wait(1 + random.int(10));
    return undefined;
  }
}

/** A handle that is open for writing. Each of its attempts to commit has a token of its own, the commit's message. */
class Writer {
  readonly #shift: Shift;
  readonly #tree: BankTree;
  readonly #visit: number;
  #attempts = 0;
  /** What is staged, by account. */
  #staged = new Map<number, number>();

  constructor(shift: Shift, tree: BankTree, visit: number) {
    this.#shift = shift;
    this.#tree = tree;
    this.#visit = visit;
  }

  /** One attempt. However it ends, it is noted, and the handle is ready for another one. */
  async commit(): Promise<void> {
    const { name, notebook } = this.#shift;
    const token = `${name}.${this.#visit}.${this.#attempts++}`;
    this.#stage(token);
    notebook.write({ kind: 'begun', token });
    try {
      const commit = await this.#tree.commit(token, { data: [...this.#staged] });
      if (commit === undefined) throw new Error(`${token}: nothing was staged`);
      const { sequence, id } = commit;
      notebook.write({ kind: 'acknowledged', token, sequence, id, head: this.#tree.head });
      this.#staged.clear();
    } catch (error) {
      if (isInfinitreeError(error, 'COMMIT_UNKNOWN')) await this.#resolve(token, error);
      else await this.#refused(token, error);
    }
  }

  #stage(token: string): void {
    const { random, name } = this.#shift;
    const [account, amount] = [random.int(ACCOUNTS), 1 + random.int(100)];
    move(this.#tree, account, amount);
    this.#staged.set(account, (this.#staged.get(account) ?? 0) + amount);
    // Frames of one page and of several, and what is too long for a frame and takes objects of its own.
    const length = random.pick([10, 10, 4500, 9000]);
    this.#tree.index.receipts.set(name, token + Buffer.from(random.bytes(length)).toString('base64'));
  }

  async #resolve(token: string, error: InfinitreeError): Promise<void> {
    const { notebook } = this.#shift;
    notebook.write({ kind: 'unknown', token });
    for (let unknown = error; ; ) {
      try {
        const { sequence, id } = await unknown.resolve!();
        notebook.write({ kind: 'acknowledged', token, sequence, id });
        this.#staged.clear();
        return;
      } catch (again) {
        if (!isInfinitreeError(again, 'COMMIT_UNKNOWN')) return this.#refused(token, again);
        unknown = again;
      }
    }
  }

  async #refused(token: string, error: unknown): Promise<void> {
    if (!isInfinitreeError(error, 'CONFLICT')) throw error;
    this.#shift.notebook.write({ kind: 'refused', token, code: error.code });
    await this.#catchUp();
  }

  /** Takes over what others did, and computes again what was computed from it. */
  async #catchUp(): Promise<void> {
    try {
      await this.#tree.refresh();
    } catch (error) {
      if (!isInfinitreeError(error, 'CONFLICT') || error.conflicts === undefined) throw error;
      const accounts = new Set(error.conflicts.map(({ key }) => key as number));
      for (const account of accounts) move(this.#tree, account, this.#staged.get(account)!);
    }
  }
}
