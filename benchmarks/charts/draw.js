import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suitesOf } from '../baseline.js';
import { kvChart } from './kv.js';
import { targetChart } from './targets.js';
import { windowChart } from './windows.js';

const FOLDER = new URL('../../docs/design/charts/', import.meta.url);

/** @typedef {import('../figures/report.js').MeasuredFigures} MeasuredFigures */

/**
 * Draws results, each as `--json` has given it or as the baseline keeps all of them, and tells which files were written.
 *
 * @param {readonly string[]} files
 * @param {URL} [folder]
 */
export async function drawCharts(files, folder = FOLDER) {
  await mkdir(folder, { recursive: true });
  let said = '';
  for (const file of files) {
    for (const [name, svg] of chartsOf(suitesOf(JSON.parse(await readFile(file, 'utf8')), file))) {
      const path = new URL(`${name}.svg`, folder);
      await writeFile(path, svg);
      said += `${relative(process.cwd(), fileURLToPath(path))}\n`;
    }
  }
  return said;
}

/**
 * @param {import('../baseline.js').Baseline} suites
 * @returns {[name: string, svg: string][]}
 */
function chartsOf({ kv, ...others }) {
  const sizes = [...new Set(kv?.results.map(({ records }) => records))];
  return [
    ...sizes.flatMap((records) => (kv === undefined ? [] : [named(`kv-${records}`, kvChart(kv, records))])),
    ...Object.values(others).flatMap(figureCharts),
  ];
}

/** @param {MeasuredFigures} result */
function figureCharts(result) {
  const chart = targetChart(result);
  const targets = chart === undefined ? [] : [named(`${result.suite}-targets`, chart)];
  if (result.suite !== 'commits') return targets;
  const time = named('commits-time', windowChart(result, { figure: 'time', label: 'µs a commit' }));
  // Only Linux tells how much was written.
  if (!result.rows.some(({ figure, peers }) => figure.startsWith('bytes:') && peers.infinitree))
    return [time, ...targets];
  const bytes = windowChart(result, { figure: 'bytes', label: 'bytes written for a commit' });
  return [time, named('commits-bytes', bytes), ...targets];
}

/** @param {string} name @param {string} svg @returns {[name: string, svg: string]} */
const named = (name, svg) => [name, svg];
