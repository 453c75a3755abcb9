import { median } from '../statistics.js';
import { suiteOf } from './runner.js';

/**
 * @typedef {import('./suite.js').PeerName} PeerName
 * @typedef {{ median: number, min: number, max: number, samples: readonly number[] }} Sampled
 *
 * @typedef {object} Row
 * @property {string} figure
 * @property {string} title
 * @property {string} unit
 * @property {Partial<Record<PeerName, Sampled>>} peers  those that have this figure
 *
 * @typedef {object} MeasuredFigures
 * @property {2} format
 * @property {string} suite
 * @property {Awaited<ReturnType<typeof import('../machine.js').describeMachine>>} machine
 * @property {import('./suite.js').Settings} settings
 * @property {number} runs
 * @property {readonly import('../installed.js').PeerInfo[]} peers
 * @property {readonly import('../installed.js').Skipped[]} skipped
 * @property {readonly Row[]} rows
 *
 * @typedef {object} FigureComparison  of Infinitree in one row; a ratio above 1 says that it is that many times better
 * @property {string} figure
 * @property {{ peer: string, ratio: number } | undefined} best  the best of the other peers
 * @property {{ atMost: number, met: boolean } | undefined} target
 * @property {number | undefined} baseline
 */

/**
 * @param {string} suite
 * @param {import('./suite.js').Settings} settings
 * @param {ReadonlyMap<PeerName, readonly import('./suite.js').Values[]>} found
 * @returns {Row[]}
 */
export function rowsOf(suite, settings, found) {
  return Object.entries(suiteOf(suite).figures(settings)).map(([figure, { title, unit }]) => {
    const peers = [...found].flatMap(([peer, runs]) => {
      const samples = runs.flatMap((values) => values[figure] ?? []);
      return samples.length === 0 ? [] : [[peer, sampled(samples)]];
    });
    return { figure, title, unit, peers: Object.fromEntries(peers) };
  });
}

/**
 * With the other peers, with the targets, and with what was measured at the same settings.
 *
 * @param {MeasuredFigures} measured
 * @param {MeasuredFigures | undefined} baseline
 * @returns {FigureComparison[]}
 */
export function compareFigures({ suite, settings, rows }, baseline) {
  const { figures, sized } = suiteOf(suite);
  const known = figures(settings);
  const isSame = sized.every((name) => baseline?.settings[name] === settings[name]);
  return rows.map(({ figure, unit, peers }) => {
    const own = peers.infinitree?.median;
    const atMost = known[figure]?.atMost;
    const before = isSame ? baseline?.rows.find((row) => row.figure === figure)?.peers.infinitree?.median : undefined;
    return {
      figure,
      // Counts and ratios are for targets: whose ratio is better says nothing of who is.
      best: own === undefined || unit === '' ? undefined : bestOf(peers, own),
      target: own === undefined || atMost === undefined ? undefined : { atMost, met: own <= atMost },
      baseline: own === undefined || before === undefined ? undefined : timesBetter(before, own),
    };
  });
}

/** @param {Row['peers']} peers @param {number} own */
function bestOf(peers, own) {
  const others = Object.entries(peers).filter(([peer]) => peer !== 'infinitree');
  const [best] = others.sort(([, a], [, b]) => a.median - b.median);
  return best === undefined ? undefined : { peer: best[0], ratio: timesBetter(best[1].median, own) };
}

/** Nothing is as good as nothing. @param {number} other @param {number} own */
function timesBetter(other, own) {
  return other === own ? 1 : other / own;
}

/** @param {readonly number[]} samples @returns {Sampled} */
function sampled(samples) {
  return { median: median(samples), min: Math.min(...samples), max: Math.max(...samples), samples };
}
