import { commits } from './commits.js';
import { lookups } from './lookups.js';
import { loop } from './loop.js';
import { memory } from './memory.js';

/**
 * Apart from the workloads of index.js: these load packages, which need not be there when options are read.
 *
 * @type {Record<string, import('../figures/suite.js').FigureSuite>}
 */
export const FIGURE_SUITES = { commits, lookups, loop, memory };
