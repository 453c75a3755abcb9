/** One bar: its name, how long it is, and what is written behind it. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of `length` columns; block characters show eighths of a column. */
export function bar(length: number): string {
  const eighths = Math.max(0, Math.round(length * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

/** Lines of horizontal bars, the longest of them `width` columns. Below zero there is no bar. */
export function barChart(
  bars: readonly Bar[],
  width: number,
  paint: (text: string) => string = (text) => text,
): string[] {
  const largest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const labelWidth = Math.max(...bars.map(({ label }) => label.length));
  return bars.map(({ label, value, text }) => {
    const drawn = bar((value / largest) * width);
    return `${label.padEnd(labelWidth)}  ${paint(drawn)}${' '.repeat(width - drawn.length)}  ${text}`;
  });
}
