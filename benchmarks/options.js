import { parseArgs } from 'node:util';
import { PEERS } from './peers/index.js';
import { SUITES } from './suites/index.js';

export const USAGE = `Usage: npm run bench -- [options]         beside other stores
       npm run bench -- tiers [options]   what a bucket is asked for, with and without a cache

  --records N      records in the data set (200000)
  --runs N         runs of which the median is taken (5)
  --latency MS     what each request to the bucket takes, for tiers (30)
  --only SUITE[:WORKLOAD,…]   for example kv:bulk,load
  --peers A,B      ${Object.keys(PEERS).join(', ')}
  --json           prints the result as JSON, and nothing else, on standard output
  --dir PATH       where the databases are made (benchmarks/.data); the real disk, not a tmpfs
  --save-baseline  writes the result to benchmarks/baseline.json
  --skip-setup     neither installs nor builds first
`;

/**
 * @typedef {object} Options
 * @property {number} records
 * @property {number} runs
 * @property {readonly string[]} workloads  names as `suite:workload`
 * @property {readonly import('./peers/index.js').PeerName[]} peers
 * @property {boolean} tiers
 * @property {number} latency
 * @property {boolean} json
 * @property {string} dir
 * @property {boolean} saveBaseline
 * @property {boolean} skipSetup
 * @property {boolean} help
 */

/** @param {readonly string[]} args @returns {Options} */
export function readOptions(args) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      records: { type: 'string', default: '200000' },
      runs: { type: 'string', default: '5' },
      latency: { type: 'string', default: '30' },
      only: { type: 'string' },
      peers: { type: 'string', default: Object.keys(PEERS).join(',') },
      json: { type: 'boolean', default: false },
      dir: { type: 'string', default: new URL('.data', import.meta.url).pathname },
      'save-baseline': { type: 'boolean', default: false },
      'skip-setup': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((name) => name !== 'tiers');
  if (unknown !== undefined) throw new Error(`There is no benchmark "${unknown}", only tiers.`);
  return {
    tiers: positionals.length > 0,
    latency: wholeNumber('--latency', values.latency),
    records: wholeNumber('--records', values.records),
    runs: wholeNumber('--runs', values.runs),
    workloads: workloadsOf(values.only),
    peers: peersOf(values.peers),
    json: values.json,
    dir: values.dir,
    saveBaseline: values['save-baseline'],
    skipSetup: values['skip-setup'],
    help: values.help,
  };
}

/** @param {string} name @param {string} text */
function wholeNumber(name, text) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`${name} takes a whole number above zero, not "${text}".`);
}

/** @param {string} list @returns {import('./peers/index.js').PeerName[]} */
function peersOf(list) {
  return list.split(',').map((name) => {
    if (Object.hasOwn(PEERS, name)) return /** @type {import('./peers/index.js').PeerName} */ (name);
    throw new Error(`There is no peer "${name}", only ${Object.keys(PEERS).join(', ')}.`);
  });
}

/** @param {string | undefined} only */
function workloadsOf(only) {
  const all = Object.entries(SUITES).flatMap(([suite, workloads]) =>
    Object.keys(workloads).map((w) => `${suite}:${w}`),
  );
  if (only === undefined) return all;
  const [suite = '', names] = only.split(':');
  const wanted =
    names === undefined ? all.filter((w) => w.startsWith(`${suite}:`)) : names.split(',').map((n) => `${suite}:${n}`);
  const unknown = wanted.find((name) => !all.includes(name));
  if (unknown === undefined && wanted.length > 0) return all.filter((name) => wanted.includes(name));
  throw new Error(`There is no "${unknown ?? only}" to run, only ${all.join(', ')}.`);
}
