import { mkdir } from 'node:fs/promises';
import { QUIET, readBaseline, saveBaseline } from './baseline.js';
import { compare } from './compare.js';
import { compareFigures, rowsOf } from './figures/report.js';
import { measureFigures, suiteOf } from './figures/runner.js';
import { figureTable } from './figures/table.js';
import { findPeers, leftOutAt } from './installed.js';
import { describeMachine } from './machine.js';
import { measureAll } from './runner.js';
import { table } from './table.js';

/**
 * Measures a suite, and gives what is to be printed: JSON, or a table.
 *
 * @param {import('./options.js').Options} options
 * @param {(line: string) => void} progress
 */
export async function reportSuite(options, progress) {
  await mkdir(options.dir, { recursive: true });
  const machine = await describeMachine(options.dir);
  if (machine.load > QUIET) progress(`The machine is busy (load ${machine.load}): these figures are worth little.`);
  if (machine.fileSystem === 'tmpfs') progress(`${options.dir} is in memory: syncing costs nothing there. Use --dir.`);
  return options.benchmark === 'kv'
    ? reportWorkloads(options, machine, progress)
    : reportFigures(options, machine, progress);
}

/** @typedef {Awaited<ReturnType<typeof describeMachine>>} Machine */

/** @param {import('./options.js').Options} options @param {Machine} machine @param {(line: string) => void} progress */
async function reportWorkloads(options, machine, progress) {
  const { present, skipped: notFound } = await findPeers(options.peers);
  const skipped = [...notFound, ...leftOutAt(present, options.sizes)];
  for (const { peer, reason } of skipped) progress(`Skipped ${peer}: ${reason}`);
  const results = await measureAll(options, present, progress);
  const measured = { format: /** @type {const} */ (2), machine, runs: options.runs, peers: present, skipped, results };
  const baseline = (await readBaseline()).kv;
  doubt(baseline, progress);
  const report = { ...measured, comparisons: compare(measured, baseline) };
  if (options.saveBaseline) await saveBaseline({ kv: measured });
  return options.json ? `${JSON.stringify(report, null, 2)}\n` : table(report);
}

/** @param {import('./options.js').Options} options @param {Machine} machine @param {(line: string) => void} progress */
async function reportFigures(options, machine, progress) {
  const suite = /** @type {'commits' | 'lookups' | 'loop' | 'memory'} */ (options.benchmark);
  const { peers: fit, leftOut } = suiteOf(suite);
  const { present, skipped: notFound } = await findPeers(options.peers.filter((peer) => fit.includes(peer)));
  const unfit = options.peers.flatMap((peer) => ({ peer, reason: leftOut[peer] ?? '' })).filter(({ reason }) => reason);
  const skipped = [...notFound, ...unfit];
  for (const { peer, reason } of skipped) progress(`Skipped ${peer}: ${reason}`);
  const { runs, dir, records, commits, queries } = options;
  const settings = { records, commits, queries };
  const names = present.map(({ peer }) => peer);
  const rows = rowsOf(suite, settings, await measureFigures(suite, { dir, runs, settings }, names, progress));
  const measured = { format: /** @type {const} */ (2), suite, machine, settings, runs, peers: present, skipped, rows };
  const baseline = (await readBaseline())[suite];
  doubt(baseline, progress);
  const report = { ...measured, comparisons: compareFigures(measured, baseline) };
  if (options.saveBaseline) await saveBaseline({ [suite]: measured });
  return options.json ? `${JSON.stringify(report, null, 2)}\n` : figureTable(report);
}

/** @param {{ machine: Machine } | undefined} baseline @param {(line: string) => void} progress */
function doubt(baseline, progress) {
  if (baseline === undefined || baseline.machine.load <= QUIET) return;
  progress(`The baseline was measured on a busy machine (load ${baseline.machine.load}): compare with care.`);
}
