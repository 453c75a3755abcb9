import { readFile, writeFile } from 'node:fs/promises';

const BASELINE = new URL('baseline.json', import.meta.url);
/** The load above which figures are doubted. */
export const QUIET = 0.7;

/**
 * What is committed: of each suite the result, as `--json` gives it without comparisons.
 *
 * @typedef {object} Baseline
 * @property {import('./compare.js').Measured} [kv]
 * @property {import('./figures/report.js').MeasuredFigures} [commits]
 * @property {import('./figures/report.js').MeasuredFigures} [lookups]
 * @property {import('./figures/report.js').MeasuredFigures} [loop]
 * @property {import('./figures/report.js').MeasuredFigures} [memory]
 */

/** @returns {Promise<Baseline>} */
export async function readBaseline() {
  try {
    return suitesOf(JSON.parse(await readFile(BASELINE, 'utf8')), 'baseline.json');
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code === 'ENOENT') return {};
    throw error;
  }
}

/** Replaces what there was of the suites given, and leaves the others. @param {Baseline} suites */
export async function saveBaseline(suites) {
  const all = { format: 2, suites: { ...(await readBaseline()), ...suites } };
  await writeFile(BASELINE, `${JSON.stringify(all, null, 2)}\n`);
}

/**
 * The suites in a file: in what is committed several, in what `--json` prints one.
 *
 * @param {any} found
 * @param {string} file
 * @returns {Baseline}
 */
export function suitesOf(found, file) {
  if (found?.format === 1) return { kv: upgraded(found) };
  if (found?.format !== 2) throw new Error(`${file} is no result of these benchmarks.`);
  return found.suites ?? { [found.suite ?? 'kv']: found };
}

/**
 * The first format had one suite at one size.
 *
 * @param {import('./compare.js').Measured & { records: number }} first
 * @returns {import('./compare.js').Measured}
 */
function upgraded({ records, ...first }) {
  return { ...first, results: first.results.map((result) => ({ ...result, records })) };
}
