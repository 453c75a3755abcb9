import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, Infinitree, isInfinitreeError } from '@infinitree/core';
import { Bank, balances, KEY, OBJECT_SIZE, openBooks } from './bank.js';
import { type Note, readNotes } from './notes.js';
import { openStorage } from './storage.js';
import { type Final, judge } from './verdict.js';
import type { Task } from './worker.js';

/** Where workers meet. */
export type Places = Pick<Task, 'storage' | 'notes'>;

/** What came of it. */
export interface Report {
  readonly notes: readonly Note[];
  readonly commits: number;
  readonly epochs: number;
  /** What is wrong; empty where nothing is. */
  readonly complaints: readonly string[];
}

/**
 * Lets workers loose on a new tree, and compares what they have witnessed with what is there afterwards. `storage`: the URL
 * of an empty storage; a directory where there is none.
 */
export async function onStage(act: (places: Places) => Promise<void>, storage?: string): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'infinitree-kill-'));
  const places = { storage: storage ?? join(folder, 'tree'), notes: join(folder, 'notes') };
  // Also where the run is interrupted; those who were just killed may not have ended yet.
  const clear = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.on('exit', clear);
  await mkdir(places.notes);
  const backend = await openStorage(places.storage);
  await found(backend);
  await act(places);
  const final = await finalState(backend);
  await backend.close();
  const witnessed = readNotes(places.notes);
  const complaints = judge(witnessed, final);
  process.off('exit', clear);
  if (complaints.length === 0) clear();
  else complaints.push(`all of it is in ${folder}`);
  return { notes: witnessed.flat(), commits: final.commits.length, epochs: final.epoch, complaints };
}

async function found(backend: Backend): Promise<void> {
  const tree = await Infinitree.create(Bank, { backend, key: KEY, objectSize: OBJECT_SIZE });
  await openBooks(tree);
  await tree.close();
}

/** What everybody sees from now on. A commit settles what was left undecided. */
async function finalState(backend: Backend): Promise<Final> {
  const tree = await Infinitree.open(Bank, { backend, key: KEY, takeover: true });
  await tree.load();
  await tree.commit('closing', { mode: 'always' }).catch(async (error: unknown) => {
    // A last commit whose writer was killed may not be shown before somebody builds upon it.
    if (!isInfinitreeError(error, 'CONFLICT')) throw error;
    await tree.refresh();
    await tree.commit('closing', { mode: 'always' });
  });
  const state = { commits: await tree.commits(), balances: balances(tree), epoch: Number(tree.head.split('.')[1]) };
  await tree.close();
  return state;
}
