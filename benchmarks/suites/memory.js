import { VersionedMap } from '@infinitree/core';
import { defineIndex } from '@infinitree/schema';
import { collect } from '../figures/memory.js';
import { connectTree } from '../peers/infinitree.js';
import { mulberry32, recordSlices } from '../records.js';
import { thousands } from '../shown.js';

/** Values that are looked up one by one. */
const GETS = 1_000;

class Apart {
  /** @type {VersionedMap<number, import('../peers/peer.js').Measurement>} */
  measurements = new VersionedMap();
}

defineIndex(Apart, { measurements: { strategy: 'sparse' } });

/** @typedef {import('../figures/suite.js').StepJob} StepJob */
/** @typedef {Awaited<ReturnType<typeof connectTree>>['tree']} Tree */

/** How a tree can be used, each in a process of its own. */
const WAYS = {
  opened: { title: 'opened, nothing read', use: async () => 0 },
  gets: { title: `${thousands(GETS)} random values looked up`, use: lookUp },
  keys: { title: 'all keys gone through', use: (/** @type {Tree} */ tree) => walk(tree, true) },
  values: { title: 'all values gone through', use: (/** @type {Tree} */ tree) => walk(tree, false) },
  loaded: { title: 'loaded', use: load },
};

const KINDS = { local: undefined, sparse: Apart };

/** @type {import('../figures/suite.js').FigureSuite} */
export const memory = {
  title: ({ records }) => `what ways of using a field of ${thousands(records)} records take`,
  peers: ['infinitree'],
  leftOut: {
    sqlite: 'it has one way, and keeps what it reads outside of the heap',
    level: 'as SQLite',
    lmdb: 'it maps its file into memory',
    hyperbee: 'only Infinitree has fields',
    rust: 'it has no sparse fields that can be gone through',
  },
  sized: ['records'],

  figures: () =>
    Object.fromEntries(
      Object.keys(KINDS).flatMap((kind) =>
        Object.entries(WAYS).flatMap(([name, { title }]) => [
          [`${kind}-${name}-time`, { title: `${kind}, ${title}`, unit: 'ms' }],
          [`${kind}-${name}-heap`, { title: '  alive afterwards', unit: 'MiB' }],
          [`${kind}-${name}-resident`, { title: '  resident at most', unit: 'MiB' }],
        ]),
      ),
    ),

  steps: Object.fromEntries([
    ['fill', { run: fill }],
    ...Object.entries(KINDS).flatMap(([kind, target]) =>
      Object.entries(WAYS).map(([name, { use }]) => [
        `${kind}-${name}`,
        { run: (/** @type {StepJob} */ job) => measure(job, { kind, name, target, use }) },
      ]),
    ),
  ]),

  derive: () => ({}),
};

/** @param {StepJob} job */
async function fill({ dir, secret, settings }) {
  for (const [kind, target] of Object.entries(KINDS)) {
    const { tree, close } = await connectTree(
      'create',
      `${dir}/${kind}`,
      Buffer.from(secret, 'hex'),
      undefined,
      target,
    );
    for (const slice of recordSlices(settings.records)) {
      for (const [key, value] of slice) tree.index.measurements.set(key, value);
    }
    await tree.commit();
    await close();
  }
  return {};
}

/**
 * @param {StepJob} job
 * @param {{ kind: string, name: string, target: typeof Apart | undefined, use: (tree: Tree, job: StepJob) => Promise<number> }} way
 */
async function measure(job, { kind, name, target, use }) {
  collect();
  const before = process.memoryUsage().heapUsed;
  const start = performance.now();
  const { tree, close } = await connectTree(
    'open',
    `${job.dir}/${kind}`,
    Buffer.from(job.secret, 'hex'),
    undefined,
    target,
  );
  const found = await use(tree, job);
  const time = performance.now() - start;
  const resident = process.resourceUsage().maxRSS / 1024;
  collect();
  const heap = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  await close();
  const expected = { opened: 0, gets: GETS }[name] ?? job.settings.records;
  if (found !== expected) throw new Error(`${kind}, ${name}: ${found} instead of ${expected}.`);
  return { [`${kind}-${name}-time`]: time, [`${kind}-${name}-heap`]: heap, [`${kind}-${name}-resident`]: resident };
}

/** @param {Tree} tree @param {StepJob} job */
async function lookUp(tree, { seed, settings }) {
  const random = mulberry32(seed);
  let found = 0;
  for (let i = 0; i < GETS; i++) {
    const key = 1 + Math.floor(random() * settings.records);
    if ((await tree.get('measurements', key)) !== undefined) found += 1;
  }
  return found;
}

/** @param {Tree} tree @param {boolean} keysOnly */
async function walk(tree, keysOnly) {
  let found = 0;
  const entries = keysOnly ? tree.entries('measurements', { keysOnly }) : tree.entries('measurements');
  for await (const _ of entries) found += 1;
  return found;
}

/** @param {Tree} tree */
async function load(tree) {
  await tree.load();
  return tree.index.measurements.size;
}
