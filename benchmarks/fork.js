import { execFile, fork } from 'node:child_process';
import { promisify } from 'node:util';

const WORKER = new URL('worker.js', import.meta.url);

/**
 * Runs a job in a fresh process. What that prints goes to standard error.
 *
 * @param {import('./worker.js').Job} job
 * @returns {Promise<import('./worker.js').Result>}
 */
export async function runJob(job) {
  return inFreshProcess(WORKER, job, `${job.peer} at ${job.workload}`);
}

/**
 * Sends a message to a program, and resolves to what it answers, once it has ended.
 *
 * @template T
 * @param {URL} program  which calls `obey`
 * @param {import('node:child_process').Serializable} message
 * @param {string} name  for what is said where it fails
 * @param {readonly string[]} [flags]  of Node
 * @returns {Promise<T>}
 */
export async function inFreshProcess(program, message, name, flags = []) {
  await settleDisk();
  const child = fork(program, [], { execArgv: ['--expose-gc', ...flags], stdio: ['ignore', 2, 2, 'ipc'] });
  child.send(message);
  return new Promise((resolve, reject) => {
    /** @type {{ result?: T, error?: string } | undefined} */
    let answer;
    child.on('message', (message) => {
      answer = /** @type {typeof answer} */ (message);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (answer?.result !== undefined && code === 0) resolve(answer.result);
      else reject(new Error(`${name} failed: ${answer?.error ?? `exit ${code ?? signal}`}`));
    });
  });
}

/** Writes out what earlier runs left dirty, or the next one would pay for it in its own sync. */
async function settleDisk() {
  if (process.platform !== 'win32') await promisify(execFile)('sync');
}
