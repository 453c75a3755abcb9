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
  await settleDisk();
  const child = fork(WORKER, [], { execArgv: ['--expose-gc'], stdio: ['ignore', 2, 2, 'ipc'] });
  child.send(job);
  return new Promise((resolve, reject) => {
    /** @type {{ result?: import('./worker.js').Result, error?: string } | undefined} */
    let answer;
    child.on('message', (message) => {
      answer = /** @type {typeof answer} */ (message);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (answer?.result !== undefined && code === 0) resolve(answer.result);
      else reject(new Error(`${job.peer} failed at ${job.workload}: ${answer?.error ?? `exit ${code ?? signal}`}`));
    });
  });
}

/** Writes out what earlier runs left dirty, or the next one would pay for it in its own sync. */
async function settleDisk() {
  if (process.platform !== 'win32') await promisify(execFile)('sync');
}
