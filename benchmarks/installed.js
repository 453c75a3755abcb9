import { loadPeer, versionOf } from './peers/index.js';

/**
 * @typedef {object} PeerInfo
 * @property {import('./peers/index.js').PeerName} peer
 * @property {string} title
 * @property {string} version
 * @property {string} encryption
 * @property {string} durability
 */

/**
 * Tells the peers that can be loaded from those that cannot. Infinitree and SQLite have to be there: without them there
 * is nothing to compare.
 *
 * @param {readonly import('./peers/index.js').PeerName[]} names
 */
export async function findPeers(names) {
  /** @type {PeerInfo[]} */
  const present = [];
  /** @type {{ peer: string, reason: string }[]} */
  const skipped = [];
  for (const peer of names) {
    try {
      const { title, encryption, durability } = await loadPeer(peer);
      present.push({ peer, title, version: versionOf(peer), encryption, durability });
    } catch (error) {
      if (peer === 'infinitree' || peer === 'sqlite') throw error;
      skipped.push({ peer, reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) });
    }
  }
  return { present, skipped };
}
