import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { Infinitree, Key, VersionedMap } from '@infinitree/core';
import { defineIndex } from '@infinitree/schema';

export class Greenhouse {
  /** @type {VersionedMap<number, import('./peer.js').Measurement>} */
  measurements = new VersionedMap();
}

defineIndex(Greenhouse, { measurements: {} });

/** @type {import('./peer.js').Peer} */
export const peer = {
  title: 'Infinitree',
  encryption: 'ChaCha20-Poly1305, all data and metadata, 4 MiB objects',
  durability: 'objects written and synced, then one journal frame and fdatasync',
  create: (dir, secret) => connect('create', dir, secret),
  open: (dir, secret) => connect('open', dir, secret),
};

/**
 * The tree itself, for what other peers have nothing like.
 *
 * @param {'create' | 'open'} verb
 * @param {string} dir
 * @param {Buffer} secret
 * @param {(backend: import('@infinitree/core').Backend) => import('@infinitree/core').Backend} [wrap]
 * @param {new () => Greenhouse} [target]
 * @param {{ now: () => number }} [clock]
 */
export async function connectTree(
  verb,
  dir,
  secret,
  wrap = (backend) => backend,
  target = Greenhouse,
  clock = { now: Date.now },
) {
  const backend = wrap(await DirectoryBackend.open(join(dir, 'tree')));
  // Like Key.random(): 32 bytes and no password, so no Argon2. No other peer derives its key from a password either.
  const tree = await Infinitree[verb](target, { backend, key: Key.fromBytes(secret), environment: { clock } });
  const close = async () => {
    await tree.close();
    await backend.close();
  };
  return { tree, close };
}

/** @param {'create' | 'open'} verb @param {string} dir @param {Buffer} secret @returns {Promise<import('./peer.js').Store>} */
async function connect(verb, dir, secret) {
  const { tree, close } = await connectTree(verb, dir, secret);
  const { measurements } = tree.index;

  return {
    async bulkCommit(slices) {
      const start = performance.now();
      for (const entries of slices) for (const [key, value] of entries) measurements.insert(key, value);
      const staged = performance.now();
      await tree.commit('bulk');
      return { staging: staged - start, commit: performance.now() - staged };
    },

    async loadAll() {
      await tree.load();
      return measurements;
    },

    async commitOne(key, value) {
      measurements.set(key, value);
      await tree.commit();
    },

    async commitMany16(entries) {
      await Promise.all(
        entries.map(([key, value]) => {
          measurements.set(key, value);
          return tree.commit();
        }),
      );
    },

    async iterate(visit) {
      for await (const batch of tree.entries('measurements').batches()) {
        for (const [key, value] of batch) visit(key, value);
      }
    },

    async randomGets(keys, visit) {
      for (const key of keys) visit(key, await tree.get('measurements', key));
    },

    close,
  };
}
