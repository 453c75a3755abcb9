import { barX, ruleX, text } from '@observablehq/plot';
import { shown, thousands } from '../shown.js';
import { draw } from './svg.js';

/**
 * One size: how many times as long as Infinitree each peer takes, or how many times as much space.
 *
 * @param {import('../compare.js').Measured} measured
 * @param {number} records
 */
export function kvChart({ results, peers, runs }, records) {
  const ofSize = results.filter((result) => result.records === records);
  const own = new Map(
    ofSize.filter(({ peer }) => peer === 'infinitree').map(({ workload, median }) => [workload, median]),
  );
  const bars = ofSize.map(({ workload, peer, median, unit }) => ({
    workload: workload.replace('kv:', ''),
    peer,
    times: median / (own.get(workload) ?? Number.NaN),
    label: `${shown(median)} ${unit}`,
  }));
  const names = peers.map(({ peer }) => peer).filter((name) => bars.some(({ peer }) => peer === name));
  return draw({
    title: `${thousands(records)} records: times and sizes beside Infinitree's, medians of ${runs} runs`,
    peers: names,
    options: {
      height: 75 + 18 * bars.length,
      marginBottom: 45,
      marginLeft: 60,
      marginRight: 90,
      x: {
        type: 'log',
        label: 'times as long, or as large, as Infinitree',
        tickFormat: (/** @type {number} */ d) => String(d),
      },
      y: { domain: names, axis: null },
      fy: { domain: [...new Set(bars.map(({ workload }) => workload))], label: null },
      marks: [
        barX(bars, { fy: 'workload', y: 'peer', x1: 1, x2: 'times', fill: 'peer' }),
        text(bars, {
          fy: 'workload',
          y: 'peer',
          x: (bar) => Math.max(bar.times, 1),
          text: 'label',
          textAnchor: 'start',
          dx: 4,
          fontSize: 10,
          stroke: 'white',
          fill: 'black',
        }),
        ruleX([1]),
      ],
    },
  });
}
