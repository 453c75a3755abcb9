/**
 * What every peer implements. Nothing but its own work belongs in here: opening, timing and checking are the suite's.
 *
 * @typedef {import('../records.js').Entry} Entry
 * @typedef {import('../records.js').Measurement} Measurement
 *
 * @typedef {{ readonly size: number, get(key: number): Measurement | undefined } & Iterable<readonly [number, Measurement]>} Loaded
 *   All records in memory, decoded.
 *
 * @typedef {object} Store
 * @property {(slices: Iterable<readonly Entry[]>) => Promise<Record<string, number>>} bulkCommit
 *   Stores all entries of all slices in one atomic commit; resolves once it is durable, to the milliseconds of its parts.
 *   Taking the slices is in the part `staging`.
 * @property {() => Promise<Loaded>} loadAll
 * @property {(key: number, value: Measurement) => Promise<void>} commitOne  resolves once it is durable
 * @property {(entries: readonly Entry[]) => Promise<void>} commitMany16
 *   One commit for each of the 16 entries, all asked for at once; resolves once all are durable.
 * @property {(visit: (key: number, value: Measurement) => void) => Promise<void>} iterate
 *   All entries in key order, without holding them all.
 * @property {(keys: readonly number[], visit: (key: number, value: Measurement | undefined) => void) => Promise<void>} randomGets
 *   One after the other.
 * @property {() => Promise<void>} close
 *
 * @typedef {object} Description
 * @property {string} title
 * @property {string} encryption
 * @property {string} durability
 * @property {{ records: number, why: string }} [atMost]  how many records are worth waiting for
 *
 * @typedef {object} OwnOpening
 * @property {(dir: string, secret: Buffer) => Promise<Store>} create  in an empty directory, with a key of 32 bytes
 * @property {(dir: string, secret: Buffer) => Promise<Store>} open
 *
 * @typedef {Description & OwnOpening} Peer
 *
 * @typedef {object} Program
 *   A peer that is a program of another language: it times and checks its own work.
 * @property {Record<string, string>} notOffered  workloads that it has no way to do, and why
 * @property {readonly string[]} notes  what it does otherwise than the others
 * @property {Record<string, (run: import('../worker.js').Job) => Promise<import('../worker.js').Result>>} workloads
 *
 * @typedef {Description & Program} ProgramPeer
 */

export {};
