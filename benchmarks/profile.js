// Where the time of one peer in one workload goes: `npm run profile -- [--runs N] [--records N] [peer] [workload]`.
// Profiles only what is timed, in processes like those of the benchmark, and prints the functions by self time.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runJob } from './fork.js';
import { PEERS } from './peers/index.js';

/** @typedef {{ functionName: string, url: string, lineNumber: number, columnNumber: number }} CallFrame */
/** @typedef {{ id: number, callFrame: CallFrame, children?: number[] }} ProfileNode */
/** @typedef {{ nodes: ProfileNode[], samples: number[], timeDeltas: number[] }} Profile */
/** @typedef {{ where: string, selfMs: number, totalMs: number }} Cost */

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: 'string', default: '200000' },
    runs: { type: 'string', default: '5' },
    top: { type: 'string', default: '30' },
  },
});
const [name = 'infinitree', workload = 'bulk'] = positionals;
if (!Object.hasOwn(PEERS, name)) throw new Error(`There is no peer "${name}", only ${Object.keys(PEERS).join(', ')}.`);
const peer = /** @type {import('./peers/index.js').PeerName} */ (name);
if (peer === 'rust') throw new Error('The Rust program is profiled by tools of its own.');

const runs = Number(values.runs);
const output = join(HERE, 'profiles');
await mkdir(output, { recursive: true });
/** @type {Map<string, Cost>} */
const costs = new Map();
/** @type {Map<string, SourceMap | undefined>} */
const sourceMaps = new Map();
let elapsedMs = 0;

for (let run = 0; run < runs; run++) {
  const dir = join(HERE, '.data', 'profile');
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const profile = join(output, `${peer}-${workload}-${run + 1}.cpuprofile`);
  const job = {
    peer,
    dir,
    secret: randomBytes(32).toString('hex'),
    records: Number(values.records),
    seed: run + 1,
    verify: false,
  };
  if (workload !== 'bulk') await runJob({ ...job, workload: 'kv:bulk' });
  await runJob({ ...job, workload: `kv:${workload}`, profile });
  await rm(dir, { recursive: true, force: true });
  elapsedMs += addCosts(JSON.parse(readFileSync(profile, 'utf8')));
}

const sorted = [...costs.values()].sort((a, b) => b.selfMs - a.selfMs).slice(0, Number(values.top));
process.stdout.write(
  `${peer} kv:${workload}: ${(elapsedMs / runs).toFixed(0)} ms with the profiler, mean of ${runs} runs\n`,
);
process.stdout.write('  self ms     %   total ms  function\n');
for (const { where, selfMs, totalMs } of sorted) {
  const cells = [selfMs / runs, (100 * selfMs) / elapsedMs, totalMs / runs].map((n, i) =>
    n.toFixed(1).padStart([9, 6, 11][i] ?? 0),
  );
  process.stdout.write(`${cells.join('')}  ${where}\n`);
}
process.stdout.write(
  `The profiles are in ${relative(process.cwd(), output) || '.'}, for Chrome's or an editor's viewer.\n`,
);

/** Adds a profile up by function. A function in its own callers counts once in its total. @param {Profile} profile */
function addCosts({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])));
  let totalMs = 0;
  for (const [i, id] of samples.entries()) {
    // The time to the next sample is this one's.
    const ms = (timeDeltas[i + 1] ?? 0) / 1000;
    totalMs += ms;
    const seen = new Set();
    for (let at = /** @type {number | undefined} */ (id); at !== undefined; at = parents.get(at)) {
      const node = byId.get(at);
      if (node === undefined) break;
      const where = describe(node.callFrame);
      if (seen.has(where)) continue;
      const cost = costs.get(where) ?? { where, selfMs: 0, totalMs: 0 };
      costs.set(where, cost);
      if (seen.size === 0) cost.selfMs += ms;
      cost.totalMs += ms;
      seen.add(where);
    }
  }
  return totalMs;
}

/** The function and where it stands in the sources, by way of the source map where there is one. @param {CallFrame} frame */
function describe({ functionName, url, lineNumber, columnNumber }) {
  const label = functionName || '(anonymous)';
  if (!url.startsWith('file:')) return url === '' ? label : `${label}  ${url}:${lineNumber + 1}`;
  const file = fileURLToPath(url);
  const entry = sourceMap(file)?.findEntry(lineNumber, columnNumber);
  if (entry === undefined || !('originalSource' in entry)) return `${label}  ${relative(ROOT, file)}:${lineNumber + 1}`;
  const source = join(file, '..', entry.originalSource);
  return `${label}  ${relative(ROOT, source)}:${entry.originalLine + 1}`;
}

/** @param {string} file */
function sourceMap(file) {
  if (!sourceMaps.has(file)) {
    const map = `${file}.map`;
    sourceMaps.set(file, existsSync(map) ? new SourceMap(JSON.parse(readFileSync(map, 'utf8'))) : undefined);
  }
  return sourceMaps.get(file);
}
