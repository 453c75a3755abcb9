import { aligned } from './aligned.js';
import { nameOf } from './runner.js';
import { inWords, machineLine, peerLines, shown } from './shown.js';

/** @param {import('./compare.js').Measured & { comparisons: readonly import('./compare.js').Comparison[] }} report */
export function table({ machine, runs, peers, skipped, results, comparisons }) {
  const lines = [
    machineLine(machine),
    `medians of ${runs} runs, each in a fresh process`,
    ...peerLines(peers, skipped),
  ];
  const names = peers.map(({ peer }) => peer);
  for (const [records, ofSize] of groups(results, (result) => result.records)) {
    const head = [`${records.toLocaleString('en')} records`, '', ...names, 'best other', 'Infinitree is'];
    const body = [...groups(ofSize, ({ workload }) => workload)].flatMap(([workload, found]) => {
      const best = comparisons.find((c) => c.workload === workload && c.records === records)?.best;
      return rowsOf(found, peers, best);
    });
    lines.push(...aligned([head, ...body]), '');
  }
  lines.push(...comparisons.flatMap(verdicts));
  return `${lines.join('\n').trimEnd()}\n`;
}

/**
 * @param {readonly import('./runner.js').Measurements[]} found of one workload
 * @param {readonly import('./installed.js').PeerInfo[]} peers
 * @param {import('./compare.js').Comparison['best']} best
 */
function rowsOf(found, peers, best) {
  const { workload = '', title = '', unit = 'ms' } = found[0] ?? {};
  /** @param {(result: import('./runner.js').Measurements) => number | undefined} of */
  const cells = (of) =>
    peers.map(({ peer, notOffered = {} }) => {
      const result = found.find((one) => one.peer === peer);
      if (result !== undefined) return shown(of(result));
      return nameOf(workload) in notOffered ? 'not offered' : '';
    });
  const rows = [
    [title, unit, ...cells(({ median }) => median), best?.peer ?? '', best ? inWords(best.ratio, unit) : ''],
  ];
  for (const part of Object.keys(found.find(({ peer }) => peer === 'infinitree')?.parts ?? {})) {
    rows.push([`  of it ${part}`, 'ms', ...cells(({ parts }) => parts[part]), '', '']);
  }
  if (unit !== 'MB') rows.push(['  peak memory', 'MB', ...cells(({ peakRssMb }) => peakRssMb), '', '']);
  return rows;
}

/** @param {import('./compare.js').Comparison} comparison */
function verdicts({ workload, records, target, baseline }) {
  const name = `${workload} of ${records.toLocaleString('en')}`;
  const lines = [];
  if (target !== undefined) {
    const times = `${target.ratio.toFixed(2)} times as fast as ${target.peer}`;
    lines.push(`${name}: ${times}, target ${target.wanted}: ${target.met ? 'met' : 'MISSED'}`);
  }
  if (baseline !== undefined) {
    const { ratio, ratioToBest } = baseline;
    const relative = ratioToBest === undefined ? '' : `, ${ratioToBest.toFixed(2)} beside the best peer`;
    lines.push(`${name}: ${ratio.toFixed(2)} times as good as the baseline${relative}`);
  }
  return lines;
}

/** In the order of their first ones. @template T, K @param {readonly T[]} items @param {(item: T) => K} keyOf */
function groups(items, keyOf) {
  /** @type {Map<K, T[]>} */
  const found = new Map();
  for (const item of items) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item]);
  return found;
}
