import { join } from 'node:path';
import Hyperbee from 'hyperbee';
import Hypercore from 'hypercore';

/** @type {import('./peer.js').Peer} */
export const peer = {
  title: 'Hyperbee',
  encryption: 'XSalsa20 (hypercore 10 block encryption), without authentication, block by block',
  durability: 'none to speak of: hypercore 10 writes its files and never syncs them',
  atMost: { records: 1_000_000, why: 'going through its keys once takes it a quarter of an hour' },
  create: (dir, secret) => connect(dir, secret),
  open: (dir, secret) => connect(dir, secret),
};

/** @param {string} dir @param {Buffer} secret @returns {Promise<import('./peer.js').Store>} */
async function connect(dir, secret) {
  const core = new Hypercore(join(dir, 'core'), { encryptionKey: secret });
  const db = new Hyperbee(core, { keyEncoding: 'binary', valueEncoding: 'json' });
  await db.ready();

  return {
    async bulkCommit(slices) {
      const start = performance.now();
      const batch = db.batch();
      for (const entries of slices) for (const [key, value] of entries) await batch.put(bytesOf(key), value);
      const filled = performance.now();
      await batch.flush();
      return { staging: filled - start, commit: performance.now() - filled };
    },

    async loadAll() {
      const map = new Map();
      for await (const { key, value } of db.createReadStream()) map.set(key.readUInt32BE(), value);
      return map;
    },

    commitOne: (key, value) => db.put(bytesOf(key), value),

    async commitMany16(entries) {
      await Promise.all(entries.map(([key, value]) => db.put(bytesOf(key), value)));
    },

    async iterate(visit) {
      for await (const { key, value } of db.createReadStream()) visit(key.readUInt32BE(), value);
    },

    async randomGets(keys, visit) {
      for (const key of keys) visit(key, (await db.get(bytesOf(key)))?.value);
    },

    close: () => db.close(),
  };
}

/** @param {number} key */
function bytesOf(key) {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(key);
  return bytes;
}
