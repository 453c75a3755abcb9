import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('rust', import.meta.url));
const BINARY = process.platform === 'win32' ? 'infinitree-peer.exe' : 'infinitree-peer';
const PROGRAM = fileURLToPath(new URL(`rust/target/release/${BINARY}`, import.meta.url));

/**
 * Compiles the program where there is a cargo. Where there is none, or crates cannot be fetched, the peer is skipped:
 * nothing else depends on it. What cargo prints goes to standard error.
 */
export function buildRustProgram() {
  if (hasCargo())
    spawnSync('cargo', ['build', '--release'], { cwd: FOLDER, stdio: ['ignore', 2, 2], env: environment() });
}

/** The path of the program. Throws where there is none. */
export function rustProgram() {
  if (existsSync(PROGRAM)) return PROGRAM;
  throw new Error(
    hasCargo() ? 'its program is not built: `cargo build --release` in benchmarks/peers/rust' : 'needs cargo',
  );
}

function hasCargo() {
  return spawnSync('cargo', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** The program belongs beside its sources, wherever other builds of this machine go. */
function environment() {
  return { ...process.env, CARGO_TARGET_DIR: fileURLToPath(new URL('rust/target', import.meta.url)) };
}
