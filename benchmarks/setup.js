import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildRustProgram } from './peers/rust-program.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const MEASURED = ['core', 'schema', 'backend-directory', 'backend-cache', 'testing'];

/**
 * Brings a fresh clone to where the benchmarks run: dependencies of both, and the packages built. All that is printed
 * goes to standard error, since standard output may be somebody's JSON.
 *
 * @param {readonly import('./peers/index.js').PeerName[]} peers
 */
export function setUp(peers) {
  if (!existsSync(new URL('../node_modules/typescript', import.meta.url))) npm(ROOT, 'install');
  npm(HERE, 'install');
  // Only what is measured: an example that does not build, or needs more installed, is no reason not to measure.
  npm(ROOT, 'exec', '--', 'tsc', '-b', ...MEASURED.map((name) => `packages/${name}`));
  execFileSync(process.execPath, [join(ROOT, 'scripts/bundle.mjs'), ...MEASURED], { stdio: ['ignore', 2, 2] });
  if (peers.includes('rust')) buildRustProgram();
}

/** @param {string} cwd @param {...string} args */
function npm(cwd, ...args) {
  // The settings of the npm that started this stand in its environment, and would hide those of `cwd`.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  execFileSync('npm', args, { cwd, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
}
