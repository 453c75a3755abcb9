import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Installs what only this folder needs. All that npm prints goes to standard error. */
export function install() {
  // The settings of the npm that started this stand in its environment, and would hide those of this folder.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  execFileSync('npm', ['install'], { cwd: HERE, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
}
