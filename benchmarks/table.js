import { aligned } from './aligned.js';

/** @param {import('./compare.js').Measured & { comparisons: readonly import('./compare.js').Comparison[] }} report */
export function table({ machine, records, runs, peers, skipped, results, comparisons }) {
  const names = peers.map(({ peer }) => peer);
  const byWorkload = groups(results);
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.fileSystem}, ${machine.os}, Node ${machine.node}, load ${machine.load} at the start`,
    `${records.toLocaleString('en')} records, medians of ${runs} runs, each in a fresh process`,
    ...skipped.map(({ peer, reason }) => `skipped ${peer}: ${reason}`),
    '',
    ...peers.map(({ peer, version, encryption, durability }) => `${peer} ${version}: ${encryption}; ${durability}`),
    '',
  ];

  const rows = [['', '', ...names, 'best other', 'Infinitree is']];
  for (const [workload, found] of byWorkload) {
    const best = comparisons.find((c) => c.workload === workload)?.best;
    const cells = names.map((name) => shown(found.find(({ peer }) => peer === name)?.median));
    rows.push([
      found[0]?.title ?? '',
      found[0]?.unit ?? '',
      ...cells,
      best?.peer ?? '',
      best ? verdict(best.ratio, found[0]?.unit) : '',
    ]);
    for (const part of Object.keys(found.find(({ peer }) => peer === 'infinitree')?.parts ?? {})) {
      rows.push([
        `  of it ${part}`,
        'ms',
        ...names.map((name) => shown(found.find(({ peer }) => peer === name)?.parts[part])),
        '',
        '',
      ]);
    }
    if (found[0]?.unit !== 'MB') {
      rows.push([
        '  peak memory',
        'MB',
        ...names.map((name) => shown(found.find(({ peer }) => peer === name)?.peakRssMb)),
        '',
        '',
      ]);
    }
  }
  lines.push(...aligned(rows), '');

  for (const { workload, target, baseline } of comparisons) {
    if (target !== undefined) {
      lines.push(
        `${workload}: ${target.ratio.toFixed(2)} times as fast as ${target.peer}, target ${target.wanted}: ${target.met ? 'met' : 'MISSED'}`,
      );
    }
    if (baseline !== undefined) {
      const relative =
        baseline.ratioToBest === undefined ? '' : `, ${baseline.ratioToBest.toFixed(2)} beside the best peer`;
      lines.push(`${workload}: ${baseline.ratio.toFixed(2)} times as good as the baseline${relative}`);
    }
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** @param {readonly import('./runner.js').Measurements[]} results */
function groups(results) {
  /** @type {Map<string, import('./runner.js').Measurements[]>} */
  const found = new Map();
  for (const result of results) found.set(result.workload, [...(found.get(result.workload) ?? []), result]);
  return found;
}

/** @param {number} ratio @param {string | undefined} unit */
function verdict(ratio, unit) {
  const [better, worse] = unit === 'MB' ? ['smaller', 'larger'] : ['faster', 'slower'];
  return ratio >= 1 ? `${ratio.toFixed(2)}x ${better}` : `${(1 / ratio).toFixed(2)}x ${worse}`;
}

/** @param {number | undefined} value */
function shown(value) {
  if (value === undefined) return '';
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
