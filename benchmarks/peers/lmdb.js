import { join } from 'node:path';
import { open } from 'lmdb';

/** @type {import('./peer.js').Peer} */
export const peer = {
  title: 'LMDB',
  encryption: 'ChaCha8, without authentication, page by page',
  durability: 'each commit is awaited until db.flushed, its sync to disk',
  create: async (dir, secret) => connect(dir, secret),
  open: async (dir, secret) => connect(dir, secret),
};

/** @param {string} dir @param {Buffer} secret @returns {import('./peer.js').Store} */
function connect(dir, secret) {
  /** @type {import('lmdb').RootDatabase<import('./peer.js').Measurement, number>} */
  const db = open({
    path: join(dir, 'lmdb'),
    // 32 bytes it must have, and as a string: the native part takes no others, whatever the documentation says.
    encryptionKey: secret.toString('hex').slice(0, 32),
    // Property names once for the database and not in each record, as the documentation recommends.
    sharedStructuresKey: Symbol.for('structures'),
  });

  return {
    async bulkCommit(slices) {
      const start = performance.now();
      db.transactionSync(() => {
        for (const entries of slices) for (const [key, value] of entries) void db.put(key, value);
      });
      const written = performance.now();
      await db.flushed;
      return { staging: written - start, commit: performance.now() - written };
    },

    async loadAll() {
      const map = new Map();
      for (const { key, value } of db.getRange()) if (typeof key === 'number') map.set(key, value);
      return map;
    },

    async commitOne(key, value) {
      await db.put(key, value);
      await db.flushed;
    },

    async commitMany16(entries) {
      await Promise.all(entries.map(([key, value]) => db.put(key, value)));
      await db.flushed;
    },

    async iterate(visit) {
      for (const { key, value } of db.getRange()) if (typeof key === 'number') visit(key, value);
    },

    async randomGets(keys, visit) {
      for (const key of keys) visit(key, db.get(key));
    },

    close: () => db.close(),
  };
}
