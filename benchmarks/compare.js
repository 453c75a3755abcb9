import { readFile } from 'node:fs/promises';
import { workloadOf } from './runner.js';

/**
 * @typedef {object} Measured
 * @property {Awaited<ReturnType<typeof import('./machine.js').describeMachine>>} machine
 * @property {number} records
 * @property {number} runs
 * @property {readonly import('./installed.js').PeerInfo[]} peers
 * @property {readonly { peer: string, reason: string }[]} skipped
 * @property {readonly import('./runner.js').Measurements[]} results
 *
 * @typedef {object} Comparison  of Infinitree with the others; a ratio above 1 says that Infinitree is that many times better
 * @property {string} workload
 * @property {{ peer: string, ratio: number } | undefined} best  the best of the other peers
 * @property {{ peer: string, ratio: number, wanted: number, met: boolean } | undefined} target
 * @property {{ ratio: number, ratioToBest: number | undefined } | undefined} baseline
 *   against the committed figures: of the times, which need the same machine, and of the ratios to the best peer, which do not
 */

/** @param {Measured} measured @param {Measured | undefined} baseline @returns {Comparison[]} */
export function compare(measured, baseline) {
  const names = [...new Set(measured.results.map(({ workload }) => workload))];
  const own = measured.results.some(({ peer }) => peer === 'infinitree');
  return own ? names.map((name) => compareOne(name, measured, comparable(measured, baseline))) : [];
}

/** @param {URL} url @returns {Promise<Measured | undefined>} */
export async function readBaseline(url) {
  try {
    return JSON.parse(await readFile(url, 'utf8'));
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Figures of another number of records say nothing. @param {Measured} measured @param {Measured | undefined} baseline */
function comparable(measured, baseline) {
  return baseline?.records === measured.records ? baseline : undefined;
}

/** @param {string} name @param {Measured} measured @param {Measured | undefined} baseline @returns {Comparison} */
function compareOne(name, measured, baseline) {
  const wanted = workloadOf(name).target;
  const sqlite = ratioTo('sqlite', name, measured);
  const best = bestOf(name, measured);
  const before = baseline && bestOf(name, baseline);
  const own = medianOf('infinitree', name, measured);
  const ownBefore = baseline && medianOf('infinitree', name, baseline);
  return {
    workload: name,
    best,
    target:
      wanted === undefined || sqlite === undefined
        ? undefined
        : { peer: 'sqlite', ratio: sqlite, wanted, met: sqlite >= wanted },
    baseline:
      own === undefined || ownBefore === undefined
        ? undefined
        : { ratio: ownBefore / own, ratioToBest: best && before && best.ratio / before.ratio },
  };
}

/** @param {string} name @param {Pick<Measured, 'results'>} measured */
function bestOf(name, { results }) {
  const own = medianOf('infinitree', name, { results });
  const others = results.filter(({ workload, peer }) => workload === name && peer !== 'infinitree');
  const [best] = [...others].sort((a, b) => a.median - b.median);
  return best === undefined || own === undefined ? undefined : { peer: best.peer, ratio: best.median / own };
}

/** @param {string} peer @param {string} name @param {Measured} measured */
function ratioTo(peer, name, measured) {
  const [own, other] = [medianOf('infinitree', name, measured), medianOf(peer, name, measured)];
  return own === undefined || other === undefined ? undefined : other / own;
}

/** @param {string} wanted @param {string} name @param {Pick<Measured, 'results'>} measured */
function medianOf(wanted, name, { results }) {
  return results.find(({ workload, peer }) => workload === name && peer === wanted)?.median;
}
