import { loadPeer, versionOf } from './peers/index.js';

/**
 * @typedef {object} PeerInfo
 * @property {import('./peers/index.js').PeerName} peer
 * @property {string} title
 * @property {string} version
 * @property {string} encryption
 * @property {string} durability
 * @property {readonly string[] | undefined} [notes]
 * @property {Record<string, string> | undefined} [notOffered]  workloads, and why
 * @property {{ records: number, why: string } | undefined} [atMost]
 *
 * @typedef {{ peer: string, reason: string }} Skipped
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
  /** @type {Skipped[]} */
  const skipped = [];
  for (const peer of names) {
    try {
      const { title, encryption, durability, ...rest } = await loadPeer(peer);
      const { atMost } = rest;
      const { notes, notOffered } = 'workloads' in rest ? rest : {};
      present.push({ peer, title, version: versionOf(peer), encryption, durability, notes, notOffered, atMost });
    } catch (error) {
      if (peer === 'infinitree' || peer === 'sqlite') throw error;
      skipped.push({ peer, reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) });
    }
  }
  return { present, skipped };
}

/** Those that more records than they are asked for would keep everybody waiting. @param {readonly PeerInfo[]} peers @param {readonly number[]} sizes @returns {Skipped[]} */
export function leftOutAt(peers, sizes) {
  return sizes.flatMap((records) =>
    peers
      .filter((peer) => !isFit(peer, records))
      .map(({ peer, atMost }) => ({ peer, reason: `at ${records.toLocaleString('en')} records: ${atMost?.why}` })),
  );
}

/** @param {PeerInfo} peer @param {number} records */
export function isFit({ atMost }, records) {
  return atMost === undefined || records <= atMost.records;
}
