import { entriesOf, fits } from './fit.js';
import { DEFAULT_HEAP_MB, number } from './limits/limit.js';
import { OBJECT, shapeOf } from './shapes.js';

const TERABYTE = 1e12;
const SIZES = [1, 10, 100];

/** @param {import('./report.js').Result} result */
export function markdown({ machine, perCommit, shapes, limits }) {
  const { cores, memoryGb, node, load } = machine;
  const lines = [
    `Node ${node}, ${cores} cores, ${memoryGb} GB, load ${load} at the start; ${number(perCommit)} entries a commit.`,
  ];
  for (const [shape, grown] of Object.entries(shapes)) {
    lines.push('', `### ${shape}: ${shapeOf(shape).what}`, '', ...measured(shape, grown), '', ...small(grown));
    lines.push('', ...predictions(grown), '', ...extrapolated(shape, grown));
  }
  lines.push(
    '',
    '### Limits',
    '',
    ...table(['what', 'measured', 'where it ends', 'in packages/core/src'], limitRows(limits)),
  );
  return `${lines.join('\n')}\n`;
}

/** @param {string} shape @param {import('./child.js').Grown} grown */
function measured(shape, { points }) {
  const rows = points.map(({ entries, madeUp, write, read, care }) => [
    number(entries),
    bytesOf(entries * shapeOf(shape).bytes),
    number(madeUp),
    bytesOf(read.indexBytes),
    String(read.runs),
    `${write.put} / ${write.heads} / ${write.get}`,
    number(write.heapMb),
    `${read.openRequests}, ${read.openMs.toFixed(0)} ms`,
    `${read.firstGetRequests}, ${bytesOf(read.firstGetBytes)}`,
    `${number(read.getRequests, 1)} (${read.getRequestsMost})`,
    number(read.getHeapMb),
    care === undefined ? '–' : `${number(care.gcRequests)}, ${number(care.gcHeapMb)} MB`,
    care === undefined ? '–' : `${number(care.verifyRequests)}, ${number(care.verifyHeapMb)} MB`,
  ]);
  const head = [
    'entries',
    'stored',
    'storage objects',
    'index',
    'runs',
    'PUT / heads / GET to write since the row above',
    'heap of the writer, MB',
    'opening: requests, time',
    'first get: requests, bytes',
    'further gets: requests (most)',
    'heap of a reader, MB',
    'gc: requests, heap',
    'verify: requests, heap',
  ];
  return table(head, rows);
}

/** @param {import('./child.js').Grown} grown */
function small({ small: one }) {
  return [
    `A small commit at the largest of these sizes: ${one.commitRequests} request and ${bytesOf(one.commitBytes)} written in ` +
      `${one.commitMs.toFixed(0)} ms (medians of 260); the one that folds: ${one.commitRequestsMost} requests, ` +
      `${bytesOf(one.commitBytesMost)}, ${one.commitMsMost.toFixed(0)} ms.`,
  ];
}

/** @param {import('./child.js').Grown} grown */
function predictions({ points }) {
  const rows = fits(points)
    .filter(({ predicted }) => predicted !== undefined)
    .map(({ name, unit, entries, measured: value, predicted = 0 }) => [
      `${name}${unit === '' ? '' : `, ${unit}`}`,
      number(entries),
      number(predicted, 1),
      number(value, 1),
      `${number((predicted / value - 1) * 100, 1)} %`,
    ]);
  return table(['line through the two smaller sizes', 'at', 'predicts', 'measured', 'off by'], rows);
}

/** @param {string} shape @param {import('./child.js').Grown} grown */
function extrapolated(shape, { points }) {
  const largest = points.at(-1)?.entries ?? 0;
  const all = fits(points);
  const rows = SIZES.map((size) => {
    const entries = entriesOf(shape, size * TERABYTE);
    return [
      `${size} TB${entries <= largest ? '' : ', extrapolated'}`,
      number(entries),
      number((size * TERABYTE) / OBJECT),
      ...all.map(({ at, name }) => cell(name, at(entries))),
    ];
  });
  return table(
    ['', 'entries', 'storage objects', ...all.map(({ name, unit }) => `${name}${unit === '' ? '' : `, ${unit}`}`)],
    rows,
  );
}

/** What does not fit into the heap that Node takes by itself is marked. @param {string} name @param {number} value */
function cell(name, value) {
  const shown = number(value);
  return name.startsWith('heap') && value > DEFAULT_HEAP_MB ? `**${shown}**` : shown;
}

/** @param {readonly import('./limits/limit.js').Finding[]} limits */
function limitRows(limits) {
  return limits.map(({ what, measured: found, limit, where }) => [what, found, limit, `\`${where}\``]);
}

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
function table(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)];
}

/** @param {number} bytes */
function bytesOf(bytes) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const place = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${number(bytes / 1000 ** place, place === 0 ? 0 : 1)} ${units[place]}`;
}
