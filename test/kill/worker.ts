// The program of a worker: a process, or a thread, that is told what to do by messages and works until it is told to stop.
import { parentPort } from 'node:worker_threads';
import { SeededRandom } from '@infinitree/testing';
import { Notebook } from './notes.js';
import { ROLES, type Role } from './roles.js';
import { openStorage } from './storage.js';

/** What a worker is told to do. */
export interface Task {
  readonly role: Role;
  /** Tells this worker and this task from all others. */
  readonly name: string;
  /** The directory or URL of the tree, and the directory of the notes. */
  readonly storage: string;
  readonly notes: string;
  readonly seed: number;
  /** By how many milliseconds its clock is wrong. */
  readonly skewMs: number;
}

const port = parentPort;
let over = false;
let working = Promise.resolve();

function answer(message: 'ready' | 'done'): void {
  if (port === null) process.send?.(message);
  else port.postMessage(message);
}

async function work({ role, name, storage, notes, seed, skewMs }: Task): Promise<void> {
  over = false;
  const notebook = new Notebook(notes, name);
  let closing = async (): Promise<void> => undefined;
  try {
    const backend = await openStorage(storage);
    closing = () => backend.close();
    const environment = { clock: { now: () => Date.now() + skewMs } };
    const random = new SeededRandom(seed);
    await ROLES[role]({ name, backend, random, notebook, environment, over: () => over });
  } catch (error) {
    notebook.write({ kind: 'failed', what: describe(error) });
  } finally {
    await closing();
    notebook.close();
  }
}

/** An error with all that caused it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function told(message: Task | 'stop'): void {
  if (message !== 'stop') {
    working = work(message);
    return;
  }
  over = true;
  // It may have ended long ago, by a failure.
  void working.then(() => answer('done'));
}

if (port === null) {
  process.on('message', (message) => told(message as Task | 'stop'));
  // Nobody is left to work for.
  process.on('disconnect', () => process.exit());
} else {
  port.on('message', told);
}
answer('ready');
