import { tmpdir } from 'node:os';
import { aligned } from '../aligned.js';
import { describeMachine } from '../machine.js';
import { median } from '../statistics.js';
import { makeTree, measureTiers } from './measure.js';

/** The number of commits must make no difference. */
const COMMITS = [10, 10_000];

/**
 * Measures, and gives what is to be printed: JSON, or a table for each number of commits.
 *
 * @param {import('../options.js').Options} options
 * @param {(line: string) => void} progress
 */
export async function reportTiers({ records, runs, latency, json }, progress) {
  const machine = await describeMachine(tmpdir());
  const results = [];
  for (const commits of COMMITS) {
    progress(`a tree of ${records.toLocaleString('en')} records and ${commits.toLocaleString('en')} commits`);
    const inner = await makeTree(records, commits);
    const measured = [];
    for (let run = 1; run <= runs; run++) {
      progress(`run ${run}/${runs}`);
      measured.push(await measureTiers({ inner, latencyMs: latency, records }));
    }
    results.push({ commits, rows: medians(measured) });
  }
  const report = { format: 1, machine, records, runs, latencyMs: latency, results };
  return json ? `${JSON.stringify(report, null, 2)}\n` : table(report);
}

/** @param {readonly (readonly import('./measure.js').Row[])[]} runs */
function medians(runs) {
  return (runs[0] ?? []).map((row, i) => {
    const of = (/** @type {'requests' | 'megabytesRead' | 'megabytesWritten' | 'milliseconds'} */ what) =>
      median(runs.map((rows) => rows[i]?.[what] ?? 0));
    return {
      ...row,
      requests: of('requests'),
      megabytesRead: of('megabytesRead'),
      megabytesWritten: of('megabytesWritten'),
      milliseconds: of('milliseconds'),
    };
  });
}

/** @param {{ machine: Awaited<ReturnType<typeof describeMachine>>, records: number, runs: number, latencyMs: number, results: readonly { commits: number, rows: readonly import('./measure.js').Row[] }[] }} report */
function table({ machine, records, runs, latencyMs, results }) {
  const { cpu, cores, memoryGb, node, load } = machine;
  const lines = [
    `${cpu}, ${cores} cores, ${memoryGb} GB, Node ${node}, load ${load} at the start`,
    `${records.toLocaleString('en')} records, medians of ${runs} runs, ${latencyMs} ms a request`,
  ];
  for (const { commits, rows } of results) {
    const body = rows.map(({ tier, operation, requests, megabytesRead, megabytesWritten, milliseconds }) => [
      `${tier}: ${operation}`,
      String(requests),
      megabytesRead.toFixed(2),
      megabytesWritten.toFixed(2),
      milliseconds.toFixed(0),
    ]);
    const head = [`after ${commits.toLocaleString('en')} commits`, 'requests', 'MB read', 'MB written', 'ms'];
    lines.push('', ...aligned([head, ...body]));
  }
  return `${lines.join('\n')}\n`;
}
