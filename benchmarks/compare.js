import { workloadOf } from './runner.js';

/**
 * @typedef {object} Measured
 * @property {2} format
 * @property {Awaited<ReturnType<typeof import('./machine.js').describeMachine>>} machine
 * @property {number} runs
 * @property {readonly import('./installed.js').PeerInfo[]} peers
 * @property {readonly import('./installed.js').Skipped[]} skipped
 * @property {readonly import('./runner.js').Measurements[]} results
 *
 * @typedef {object} Comparison  of Infinitree with the others; a ratio above 1 says that Infinitree is that many times better
 * @property {string} workload
 * @property {number} records
 * @property {{ peer: string, ratio: number } | undefined} best  the best of the other peers
 * @property {{ peer: string, ratio: number, wanted: number, met: boolean } | undefined} target
 * @property {{ ratio: number, ratioToBest: number | undefined } | undefined} baseline
 *   against the committed figures: of the times, which need the same machine, and of the ratios to the best peer, which do not
 */

/**
 * Compares at each size with what was measured at the same one: figures of another number of records say nothing.
 *
 * @param {Measured} measured
 * @param {Measured | undefined} baseline
 * @returns {Comparison[]}
 */
export function compare(measured, baseline) {
  const rows = new Map(
    measured.results.map(({ workload, records }) => [`${workload} ${records}`, { workload, records }]),
  );
  const own = measured.results.some(({ peer }) => peer === 'infinitree');
  return own ? [...rows.values()].map((row) => compareOne(row, measured, baseline)) : [];
}

/** @typedef {{ workload: string, records: number }} Row */

/** @param {Row} row @param {Measured} measured @param {Measured | undefined} baseline @returns {Comparison} */
function compareOne(row, measured, baseline) {
  const wanted = workloadOf(row.workload).target;
  const sqlite = ratioTo('sqlite', row, measured);
  const best = bestOf(row, measured);
  const relative = baseline && sinceBaseline(row, measured, baseline);
  const own = medianOf('infinitree', row, measured);
  const ownBefore = baseline && medianOf('infinitree', row, baseline);
  return {
    ...row,
    best,
    target:
      wanted === undefined || sqlite === undefined
        ? undefined
        : { peer: 'sqlite', ratio: sqlite, wanted, met: sqlite >= wanted },
    baseline:
      own === undefined || ownBefore === undefined ? undefined : { ratio: ownBefore / own, ratioToBest: relative },
  };
}

/** How the ratio to the best peer has changed, among the peers that were measured both times. @param {Row} row @param {Measured} measured @param {Measured} baseline */
function sinceBaseline(row, measured, baseline) {
  const known = new Set(baseline.results.filter((result) => isOf(row, result)).map(({ peer }) => peer));
  const now = new Set(measured.results.filter((result) => isOf(row, result)).map(({ peer }) => peer));
  const [best, before] = [bestOf(row, measured, known), bestOf(row, baseline, now)];
  return best && before && best.ratio / before.ratio;
}

/** @param {Row} row @param {Pick<Measured, 'results'>} measured @param {ReadonlySet<string>} [among] */
function bestOf(row, { results }, among) {
  const own = medianOf('infinitree', row, { results });
  const others = results.filter(
    (result) => isOf(row, result) && result.peer !== 'infinitree' && among?.has(result.peer) !== false,
  );
  const [best] = [...others].sort((a, b) => a.median - b.median);
  return best === undefined || own === undefined ? undefined : { peer: best.peer, ratio: best.median / own };
}

/** @param {string} peer @param {Row} row @param {Measured} measured */
function ratioTo(peer, row, measured) {
  const [own, other] = [medianOf('infinitree', row, measured), medianOf(peer, row, measured)];
  return own === undefined || other === undefined ? undefined : other / own;
}

/** @param {string} wanted @param {Row} row @param {Pick<Measured, 'results'>} measured */
function medianOf(wanted, row, { results }) {
  return results.find((result) => isOf(row, result) && result.peer === wanted)?.median;
}

/** @param {Row} row @param {Row} result */
function isOf({ workload, records }, result) {
  return result.workload === workload && result.records === records;
}
