import { aligned } from '../aligned.js';
import { inWords, machineLine, peerLines, shown } from '../shown.js';
import { suiteOf } from './runner.js';

/** Within this factor of the baseline a figure is taken for the same: less than what machines differ by from hour to hour. */
const SAME = 1.1;

/** @param {import('./report.js').MeasuredFigures & { comparisons: readonly import('./report.js').FigureComparison[] }} report */
export function figureTable({ suite, machine, settings, runs, peers, skipped, rows, comparisons }) {
  const names = peers.map(({ peer }) => peer);
  const head = ['', '', ...names, 'best other', 'Infinitree is', 'target', '', 'beside the baseline'];
  const body = rows.map(({ figure, title, unit, peers: found }) => {
    const { best, target, baseline } = comparisons.find((c) => c.figure === figure) ?? {};
    return [
      title,
      unit,
      ...names.map((name) => shown(found[name]?.median)),
      best?.peer ?? '',
      best === undefined ? '' : inWords(best.ratio, unit),
      target === undefined ? '' : `<= ${target.atMost}`,
      target === undefined ? '' : target.met ? 'met' : 'MISSED',
      baseline === undefined ? '' : besideBaseline(baseline),
    ];
  });
  const lines = [
    machineLine(machine),
    `${suiteOf(suite).title(settings)}, medians of ${runs} runs, each step in a fresh process`,
    ...peerLines(peers, skipped),
    ...aligned(withoutEmpty([head, ...body])),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** @param {number} ratio */
function besideBaseline(ratio) {
  if (ratio > SAME) return `${ratio.toFixed(2)}x better`;
  return ratio < 1 / SAME ? `${(1 / ratio).toFixed(2)}x WORSE` : `same (${ratio.toFixed(2)})`;
}

/** Columns that say nothing, as those of other peers where there are none, are left out. @param {readonly string[][]} rows */
function withoutEmpty(rows) {
  const kept = (rows[0] ?? []).map((_, column) => rows.slice(1).some((row) => row[column] !== ''));
  return rows.map((row) => row.filter((_, column) => kept[column]));
}
