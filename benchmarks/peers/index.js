import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The packages of each peer; the first one's version is shown. */
export const PEERS = {
  infinitree: ['@infinitree/core', '@infinitree/schema', '@infinitree/backend-directory'],
  sqlite: ['better-sqlite3-multiple-ciphers'],
  level: ['classic-level'],
  lmdb: ['lmdb'],
  hyperbee: ['hyperbee', 'hypercore'],
  // A program, of which the crate's version is shown.
  rust: ['infinitree'],
};

/** @typedef {keyof typeof PEERS} PeerName */

/**
 * Loads a peer, with native parts and all. Rejects where it is not installed or was not built.
 *
 * @param {PeerName} name
 * @returns {Promise<import('./peer.js').Peer | import('./peer.js').ProgramPeer>}
 */
export async function loadPeer(name) {
  const module = /** @type {{ peer: import('./peer.js').Peer | import('./peer.js').ProgramPeer }} */ (
    await import(`./${name}.js`)
  );
  return module.peer;
}

/** A peer whose stores are opened in this process. @param {PeerName} name */
export async function loadLibrary(name) {
  const peer = await loadPeer(name);
  if ('workloads' in peer) throw new Error(`${name} is a program: it opens nothing in this process.`);
  return peer;
}

/** @param {PeerName} name */
export function versionOf(name) {
  const [main = ''] = PEERS[name];
  if (name === 'rust') return crateVersion(main);
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(main) ?? []) {
    try {
      return String(JSON.parse(readFileSync(join(folder, main, 'package.json'), 'utf8')).version);
    } catch (error) {
      if (/** @type {{ code?: string }} */ (error).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${main} is not installed.`);
}

/** As it is pinned. @param {string} crate */
function crateVersion(crate) {
  const manifest = readFileSync(new URL('rust/Cargo.toml', import.meta.url), 'utf8');
  const found = new RegExp(`^${crate} = .*"=([\\d.]+)"`, 'm').exec(manifest)?.[1];
  if (found === undefined) throw new Error(`peers/rust/Cargo.toml pins no version of ${crate}.`);
  return found;
}
