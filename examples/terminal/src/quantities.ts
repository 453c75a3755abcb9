const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** Three digits and a decimal unit: `12.6 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${UNITS[unit] ?? ''}`;
}

/** `200,000` */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** `840 ms`, `1.24 s` */
export function formatDuration(ms: number): string {
  return ms < 999.5 ? `${ms < 10 ? threeDigits(ms) : Math.round(ms)} ms` : `${threeDigits(ms / 1000)} s`;
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}
