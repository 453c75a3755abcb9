import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';

/** Four bytes, most significant first: as short as text can be made, and ordered as the numbers are. */
const KEY_ENCODING = {
  name: 'uint32be',
  format: /** @type {const} */ ('buffer'),
  /** @param {number} key */
  encode(key) {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeUInt32BE(key);
    return bytes;
  },
  /** @param {Buffer} bytes */
  decode: (bytes) => bytes.readUInt32BE(),
};

/** @type {import('./peer.js').Peer} */
export const peer = {
  title: 'LevelDB',
  encryption: 'none',
  durability: 'sync: true, an fsync of the log for each write',
  create: (dir) => connect(dir),
  open: (dir) => connect(dir),
};

/** @param {string} dir @returns {Promise<import('./peer.js').Store>} */
async function connect(dir) {
  /** @type {ClassicLevel<number, import('./peer.js').Measurement>} */
  const db = new ClassicLevel(join(dir, 'level'), { keyEncoding: KEY_ENCODING, valueEncoding: 'json' });
  await db.open();
  const durable = { sync: true };

  /** Reads ahead in batches, which is what the documentation offers for speed. @param {(key: number, value: import('./peer.js').Measurement) => void} visit */
  async function scan(visit) {
    const iterator = db.iterator({ highWaterMarkBytes: 1 << 20 });
    try {
      for (let batch = await iterator.nextv(10_000); batch.length > 0; batch = await iterator.nextv(10_000)) {
        for (const [key, value] of batch) visit(key, value);
      }
    } finally {
      await iterator.close();
    }
  }

  return {
    async bulkCommit(slices) {
      const start = performance.now();
      const batch = db.batch();
      for (const entries of slices) for (const [key, value] of entries) batch.put(key, value);
      const filled = performance.now();
      await batch.write(durable);
      return { staging: filled - start, commit: performance.now() - filled };
    },

    async loadAll() {
      const map = new Map();
      await scan((key, value) => map.set(key, value));
      return map;
    },

    commitOne: (key, value) => db.put(key, value, durable),

    async commitMany16(entries) {
      await Promise.all(entries.map(([key, value]) => db.put(key, value, durable)));
    },

    iterate: scan,

    async randomGets(keys, visit) {
      for (const key of keys) visit(key, await db.get(key));
    },

    close: () => db.close(),
  };
}
