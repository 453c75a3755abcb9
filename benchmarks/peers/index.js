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
};

/** @typedef {keyof typeof PEERS} PeerName */

/**
 * Loads a peer, with native parts and all. Rejects where it is not installed or was not built.
 *
 * @param {PeerName} name
 * @returns {Promise<import('./peer.js').Peer>}
 */
export async function loadPeer(name) {
  const module = /** @type {{ peer: import('./peer.js').Peer }} */ (await import(`./${name}.js`));
  return module.peer;
}

/** @param {PeerName} name */
export function versionOf(name) {
  const [main = ''] = PEERS[name];
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
