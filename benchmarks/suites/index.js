import { kv } from './kv.js';

/**
 * One measured quantity. `measure` runs in a process of its own, over the database that `fill` made in an earlier
 * process; the workload that fills is the first of all.
 *
 * @typedef {object} Workload
 * @property {(records: number) => string} title
 * @property {'ms' | 'µs' | 'MB'} unit
 * @property {number} [target]  how many times faster than SQLite Infinitree means to be
 * @property {(run: Run) => Promise<Measured>} measure
 *
 * @typedef {object} Run
 * @property {import('../peers/peer.js').Peer} peer
 * @property {string} dir
 * @property {Buffer} secret
 * @property {number} records
 * @property {number} seed  differs from run to run, for what is drawn at random; the data set does not
 * @property {boolean} verify  whether nothing but this will check what it stored
 * @property {<T>(work: () => Promise<T>) => Promise<T>} timed  what is inside is measured, once in a run
 * @property {<T>(work: () => T) => { result: T, ms: number }} paused  what is inside of what is timed and does not count
 *
 * @typedef {object} Measured
 * @property {number} [divisor]  of the time, where the figure is for one of many
 * @property {number} [value]  where the figure is no time
 * @property {Record<string, number>} [parts]
 */

/** @type {Record<string, Record<string, Workload>>} */
export const SUITES = { kv };
