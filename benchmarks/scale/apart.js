import { fork } from 'node:child_process';

const CHILD = new URL('child.js', import.meta.url);
/** Megabytes; what needs more than Node's usual heap is to be seen all the same. */
const HEAP = '--max-old-space-size=12000';

/**
 * Runs a part of the simulation in a fresh process.
 *
 * @template T
 * @param {import('./child.js').Job} job
 * @param {(line: string) => void} progress
 * @returns {Promise<T>}
 */
export async function apart(job, progress) {
  const child = fork(CHILD, [], { execArgv: ['--expose-gc', HEAP], stdio: ['ignore', 2, 2, 'ipc'] });
  child.send(job);
  return new Promise((resolve, reject) => {
    /** @type {{ result?: T, error?: string }} */
    let answer = {};
    child.on('message', (message) => {
      const { progress: line, ...rest } = /** @type {typeof answer & { progress?: string }} */ (message);
      if (line !== undefined) progress(line);
      answer = { ...answer, ...rest };
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (answer.result !== undefined) resolve(answer.result);
      else reject(new Error(`${JSON.stringify(job)} failed: ${answer.error ?? `exit ${code ?? signal}`}`));
    });
  });
}
