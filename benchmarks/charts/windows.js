import { dot, line } from '@observablehq/plot';
import { thousands } from '../shown.js';
import { draw } from './svg.js';

/**
 * What a commit takes the longer the history is, of each peer.
 *
 * @param {import('../figures/report.js').MeasuredFigures} measured
 * @param {{ figure: 'time' | 'bytes', label: string }} what
 */
export function windowChart({ rows, peers, runs, settings }, { figure, label }) {
  const names = peers.map(({ peer }) => peer);
  const points = rows
    .filter((row) => row.figure.startsWith(`${figure}:`))
    .flatMap((row) =>
      Object.entries(row.peers).map(([peer, { median }]) => ({
        peer,
        commits: Number(row.figure.split(':')[1]),
        median,
      })),
    );
  return draw({
    title: `One commit of one record, after up to ${thousands(settings.commits)}: medians of ${runs} runs`,
    peers: names,
    options: {
      height: 320,
      marginBottom: 45,
      marginLeft: 70,
      marginRight: 40,
      x: { type: 'log', label: 'commits so far', tickFormat: (/** @type {number} */ d) => thousands(d), ticks: 5 },
      y: { type: 'log', label, grid: true, tickFormat: (/** @type {number} */ d) => thousands(d), ticks: 6 },
      marks: [
        line(points, { x: 'commits', y: 'median', stroke: 'peer', z: 'peer' }),
        dot(points, { x: 'commits', y: 'median', fill: 'peer', r: 4 }),
      ],
    },
  });
}
