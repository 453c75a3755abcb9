/**
 * A suite of figures: steps that run one after the other over the same databases, each in a process of its own, and bring
 * several figures each. (A workload of the other kind of suite brings one, and its peers' times are what counts.)
 *
 * @typedef {import('../peers/index.js').PeerName} PeerName
 * @typedef {Record<string, number>} Values  by the names of figures
 * @typedef {{ readonly records: number, readonly commits: number, readonly queries: number }} Settings
 *
 * @typedef {object} StepJob
 * @property {PeerName} peer
 * @property {string} dir
 * @property {string} secret  in hex
 * @property {number} seed  differs from run to run
 * @property {Settings} settings
 *
 * @typedef {object} Step
 * @property {(job: StepJob) => Promise<Values>} run
 * @property {number} [times]  in as many processes, of which the median is taken
 * @property {readonly PeerName[]} [only]  where it is not for all peers of the suite
 *
 * @typedef {object} Figure
 * @property {string} title
 * @property {'ms' | 'µs' | 'MB' | 'MiB' | 'B' | ''} unit
 * @property {number} [atMost]  what Infinitree means to stay within
 *
 * @typedef {object} FigureSuite
 * @property {(settings: Settings) => string} title
 * @property {readonly PeerName[]} peers
 * @property {Partial<Record<PeerName, string>>} leftOut  why the others are not
 * @property {readonly (keyof Settings)[]} sized  the settings that make a difference
 * @property {readonly string[]} [flags]  of Node, for its processes
 * @property {(settings: Settings) => Record<string, Figure>} figures  in the order of the table
 * @property {Record<string, Step>} steps  in the order in which they run
 * @property {(values: Values, settings: Settings) => Values} derive  what follows from the figures of one run
 */

export {};
