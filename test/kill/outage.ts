import { exec } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Commit, Infinitree, type InfinitreeError, isInfinitreeError } from '@infinitree/core';
import { Bank, type BankTree, KEY, OBJECT_SIZE } from './bank.js';
import { openStorage } from './storage.js';

const COMMITS = 200;
/** How long a store may take to get over the loss of a part, in attempts and milliseconds between them. */
const ATTEMPTS = 120;
const PAUSE_MS = 500;

export interface OutageReport {
  readonly notes: readonly never[];
  readonly commits: number;
  /** How often a call was rejected, and how often a commit was in doubt. */
  readonly rejected: number;
  readonly unknown: number;
  readonly complaints: readonly string[];
}

/**
 * Commits to a storage of which a part is ended, by a command, while the one in the middle is under way. Each call is made
 * again until the storage is there again; in the end all that was acknowledged has to be there, once and in that order.
 */
export async function playOutage(storage: string, command: string): Promise<OutageReport> {
  const backend = await openStorage(storage);
  const tree = await Infinitree.create(Bank, { backend, key: KEY, objectSize: OBJECT_SIZE });
  const patient = new Patient();
  const acknowledged: string[] = [];
  let blow: Promise<unknown> = Promise.resolve();
  for (let n = 0; n < COMMITS; n++) {
    // What is small rides in the head; what is not takes objects of its own.
    tree.index.receipts.set(`${n % 7}`, `${n} ${'x'.repeat(n % 5 === 0 ? 90_000 : 20)}`);
    tree.index.left.set(n % 3, n);
    if (n === COMMITS / 2) blow = promisify(exec)(command);
    acknowledged.push((await patient.commit(tree, `commit ${n}`)).message);
  }
  await blow;
  await tree.close();
  await backend.close();
  const complaints = await patient.until(() => complaintsAbout(storage, acknowledged));
  const { rejected, unknown } = patient;
  return { notes: [], commits: acknowledged.length, rejected, unknown, complaints };
}

/** Makes calls again that fail by trouble, until it is over. */
class Patient {
  rejected = 0;
  unknown = 0;

  commit(tree: BankTree, message: string): Promise<Commit> {
    let doubt: InfinitreeError | undefined;
    return this.until(async () => {
      try {
        const commit = await (doubt === undefined ? tree.commit(message) : doubt.resolve!());
        if (commit === undefined) throw new Error(`${message}: nothing was staged`);
        return commit;
      } catch (error) {
        // Nobody else writes here: what is not stored is staged again, and nothing is to be taken over from others.
        if (doubt !== undefined && isInfinitreeError(error, 'CONFLICT')) {
          doubt = undefined;
          await tree.refresh();
        } else if (isInfinitreeError(error, 'COMMIT_UNKNOWN')) {
          this.unknown += 1;
          doubt = error;
        }
        throw error;
      }
    });
  }

  async until<T>(work: () => Promise<T>): Promise<T> {
    for (let left = ATTEMPTS; ; left--) {
      try {
        return await work();
      } catch (error) {
        const isPassing = ['BACKEND', 'COMMIT_UNKNOWN', 'CONFLICT'].some((code) =>
          isInfinitreeError(error, code as 'BACKEND'),
        );
        if (!isPassing || left === 0) throw error;
        this.rejected += 1;
        await wait(PAUSE_MS);
      }
    }
  }
}

async function complaintsAbout(storage: string, acknowledged: readonly string[]): Promise<string[]> {
  const backend = await openStorage(storage);
  try {
    const tree = await Infinitree.open(Bank, { backend, key: KEY, readonly: true });
    const found = (await tree.commits()).map(({ message }) => message);
    const { faults } = await tree.verify({ readData: true });
    const last = acknowledged.length - 1;
    const complaints = faults.map(({ message }) => message);
    if (found.join() !== acknowledged.join())
      complaints.push(`the log says ${found.join()}, and not ${acknowledged.join()}`);
    if ((await tree.get('left', last % 3)) !== last) complaints.push('the last commit is not what it was');
    await tree.close();
    return complaints;
  } finally {
    await backend.close();
  }
}
