import { parseArgs } from 'node:util';
import { PEERS } from './peers/index.js';
import { SHAPES } from './scale/shapes.js';
import { SUITES } from './suites/index.js';

/** What can be asked for, with the figures that each has where nothing else is said. */
const DEFAULTS = {
  kv: { records: [200_000], runs: 5 },
  commits: { records: [1], runs: 3 },
  lookups: { records: [5_000_000], runs: 1 },
  loop: { records: [1_000_000], runs: 3 },
  memory: { records: [1_000_000], runs: 3 },
  tiers: { records: [200_000], runs: 5 },
  scale: { records: [1], runs: 1 },
  charts: { records: [1], runs: 1 },
};

export const USAGE = `Usage: npm run bench -- [options]           beside other stores
       npm run bench -- commits [options]   what a commit takes, and opening, after 100,000 of them
       npm run bench -- lookups [options]   a million keys of a tree that is not loaded
       npm run bench -- loop [options]      how long the event loop is kept, and how much memory
       npm run bench -- memory [options]    what it takes to have all of a field in memory, or some, or nothing
       npm run bench -- tiers [options]     what a bucket is asked for, with and without a cache
       npm run bench -- scale [options]     what terabytes would cost, and where limits lie
       npm run bench -- charts FILE…        draws results, as --json gives them, in docs/design/charts

  --records N[,N…] records in the data set (${Object.entries(DEFAULTS)
    .filter(([, { records }]) => records[0] !== 1)
    .map(([name, { records }]) => `${name}: ${records.join(',')}`)
    .join('; ')}); several for kv only
  --runs N         runs of which the median is taken (5; commits, loop and memory: 3; lookups: 1)
  --commits N      for commits (100000)
  --queries N      keys looked up, for lookups (1000000)
  --latency MS     what each request to the bucket takes, for tiers (30)
  --entries N      entries of the largest tree, for scale (200000)
  --shapes A,B     ${Object.keys(SHAPES).join(', ')}; for scale
  --only SUITE[:WORKLOAD,…]   for example kv:bulk,load
  --peers A,B      ${Object.keys(PEERS).join(', ')}
  --json           prints the result as JSON, and nothing else, on standard output
  --dir PATH       where the databases are made (benchmarks/.data); the real disk, not a tmpfs
  --save-baseline  writes the result to benchmarks/baseline.json, in the place of this suite's
  --skip-setup     neither installs nor builds first
`;

/**
 * @typedef {object} Options
 * @property {keyof typeof DEFAULTS} benchmark
 * @property {readonly string[]} files  of charts
 * @property {readonly number[]} sizes  numbers of records, ascending
 * @property {number} records  the first of them
 * @property {number} runs
 * @property {number} commits
 * @property {number} queries
 * @property {readonly string[]} workloads  names as `suite:workload`
 * @property {readonly import('./peers/index.js').PeerName[]} peers
 * @property {number} latency
 * @property {number} entries
 * @property {readonly string[]} shapes
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
      records: { type: 'string' },
      runs: { type: 'string' },
      commits: { type: 'string', default: '100000' },
      queries: { type: 'string', default: '1000000' },
      latency: { type: 'string', default: '30' },
      entries: { type: 'string', default: '200000' },
      shapes: { type: 'string', default: Object.keys(SHAPES).join(',') },
      only: { type: 'string' },
      peers: { type: 'string', default: Object.keys(PEERS).join(',') },
      json: { type: 'boolean', default: false },
      dir: { type: 'string', default: new URL('.data', import.meta.url).pathname },
      'save-baseline': { type: 'boolean', default: false },
      'skip-setup': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [benchmark = 'kv', ...files] = positionals;
  if (!isBenchmark(benchmark) || (files.length > 0 && benchmark !== 'charts')) {
    throw new Error(`There is no benchmark "${positionals.join(' ')}", only ${Object.keys(DEFAULTS).join(', ')}.`);
  }
  if (benchmark === 'charts' && files.length === 0) throw new Error('Of charts, name the files to draw.');
  const sizes = sizesOf(values.records, benchmark);
  return {
    benchmark,
    files,
    sizes,
    records: sizes[0] ?? 1,
    runs: values.runs === undefined ? DEFAULTS[benchmark].runs : wholeNumber('--runs', values.runs),
    commits: wholeNumber('--commits', values.commits),
    queries: wholeNumber('--queries', values.queries),
    entries: wholeNumber('--entries', values.entries),
    shapes: shapesOf(values.shapes),
    latency: wholeNumber('--latency', values.latency),
    workloads: workloadsOf(values.only),
    peers: peersOf(values.peers),
    json: values.json,
    dir: values.dir,
    saveBaseline: values['save-baseline'],
    skipSetup: values['skip-setup'],
    help: values.help,
  };
}

/** @param {string} name @returns {name is keyof typeof DEFAULTS} */
function isBenchmark(name) {
  return Object.hasOwn(DEFAULTS, name);
}

/** @param {string | undefined} text @param {keyof typeof DEFAULTS} benchmark @returns {readonly number[]} */
function sizesOf(text, benchmark) {
  if (text === undefined) return DEFAULTS[benchmark].records;
  const sizes = text.split(',').map((size) => wholeNumber('--records', size));
  if (sizes.length > 1 && benchmark !== 'kv') throw new Error(`--records takes one number for ${benchmark}.`);
  return [...new Set(sizes)].sort((a, b) => a - b);
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

/** @param {string} list */
function shapesOf(list) {
  return list.split(',').map((name) => {
    if (Object.hasOwn(SHAPES, name)) return name;
    throw new Error(`There is no shape "${name}", only ${Object.keys(SHAPES).join(', ')}.`);
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
