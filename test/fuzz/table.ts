import type { Report } from './fuzz.js';

const WIDTHS = [18, 9, 9, 9, 11, 9];

export function heading(): string {
  return line(['decoder', 'cases', 'accepted', 'a second', 'slowest ms', 'most KiB'], 'refused');
}

/** A decoder's line: how many cases it took and refused, by code, how fast, and what the worst case cost. */
export function row({ decoder, cases, accepted, refused, seconds, slowestMs, mostBytes }: Report): string {
  const rate = Math.round(cases / seconds);
  const codes = Object.entries(refused).map(([code, count]) => `${code} ${count}`);
  return line([decoder, cases, accepted, rate, slowestMs.toFixed(1), Math.round(mostBytes / 1024)], codes.join(', '));
}

function line(cells: readonly (string | number)[], rest: string): string {
  const padded = cells.map((cell, i) =>
    i === 0 ? String(cell).padEnd(WIDTHS[i]!) : String(cell).padStart(WIDTHS[i]!),
  );
  return `${padded.join(' ')}  ${rest}`.trimEnd();
}
