import { join } from 'node:path';
import Database from 'better-sqlite3-multiple-ciphers';

const COLUMNS = 'key, id, air, soil, temp';

/** @type {import('./peer.js').Peer} */
export const peer = {
  title: 'SQLite',
  encryption: 'ChaCha20-Poly1305 page by page (SQLite3 Multiple Ciphers), raw key',
  durability: 'journal_mode = WAL, synchronous = FULL: each commit is synced',
  create: async (dir, secret) => {
    const db = connect(dir, secret);
    db.exec('CREATE TABLE measurements (key INTEGER PRIMARY KEY, id INTEGER, air REAL, soil REAL, temp REAL)');
    return storeOf(db);
  },
  open: async (dir, secret) => storeOf(connect(dir, secret)),
};

/** @param {string} dir @param {Buffer} secret */
function connect(dir, secret) {
  const db = new Database(join(dir, 'data.db'));
  db.pragma("cipher = 'chacha20'");
  // A raw key spares SQLite its PBKDF2, as a random key spares Infinitree its Argon2.
  db.pragma(`key = 'raw:${secret.toString('hex')}'`);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  return db;
}

/** @param {Database.Database} db @returns {import('./peer.js').Store} */
function storeOf(db) {
  const insert = db.prepare(`INSERT INTO measurements (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`);
  // Rows as arrays, made into objects here: faster than the objects of the driver, which would carry the key too.
  const all = db.prepare(`SELECT ${COLUMNS} FROM measurements ORDER BY key`).raw();
  const one = db.prepare(
    'SELECT id, air AS airHumidity, soil AS soilHumidity, temp AS temperature FROM measurements WHERE key = ?',
  );
  const rows = () => /** @type {IterableIterator<[number, number, number, number, number]>} */ (all.iterate());

  /** @param {number} key @param {import('./peer.js').Measurement} value */
  const put = (key, { id, airHumidity, soilHumidity, temperature }) => {
    insert.run(key, id, airHumidity, soilHumidity, temperature);
  };

  return {
    async bulkCommit(slices) {
      const start = performance.now();
      db.exec('BEGIN');
      for (const entries of slices) for (const [key, value] of entries) put(key, value);
      const inserted = performance.now();
      db.exec('COMMIT');
      return { staging: inserted - start, commit: performance.now() - inserted };
    },

    async loadAll() {
      const map = new Map();
      for (const [key, id, airHumidity, soilHumidity, temperature] of rows()) {
        map.set(key, { id, airHumidity, soilHumidity, temperature });
      }
      return map;
    },

    commitOne: async (key, value) => put(key, value),

    // Synchronous, so there is no asking at once: sixteen transactions, one after the other.
    async commitMany16(entries) {
      for (const [key, value] of entries) put(key, value);
    },

    async iterate(visit) {
      for (const [key, id, airHumidity, soilHumidity, temperature] of rows()) {
        visit(key, { id, airHumidity, soilHumidity, temperature });
      }
    },

    async randomGets(keys, visit) {
      for (const key of keys) visit(key, /** @type {import('./peer.js').Measurement | undefined} */ (one.get(key)));
    },

    close: async () => void db.close(),
  };
}
