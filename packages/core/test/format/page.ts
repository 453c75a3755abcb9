import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const docs = join(import.meta.dirname, '../../../../docs');

/** A page of documentation, and the tables in it. */
export class Page {
  readonly text: string;

  /** The text with every line break as a space, to look for sentences. */
  readonly prose: string;

  constructor(path: string) {
    this.text = readFileSync(join(docs, path), 'utf8');
    this.prose = this.text.replaceAll(/\s+/g, ' ');
  }

  /** The cells of each row of the table that follows `marker`, without its head. */
  rowsAfter(marker: string): string[][] {
    const start = this.text.indexOf(marker);
    if (start < 0) throw new Error(`The page has no "${marker}".`);
    const lines = this.text.slice(start + marker.length).split('\n');
    const first = lines.findIndex((line) => line.startsWith('|'));
    const length = lines.slice(first).findIndex((line) => !line.startsWith('|'));
    return lines.slice(first + 2, first + length).map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }

  /** The names behind `<!-- table: ` or another such mark, in order. */
  marked(mark: string): string[] {
    return [...this.text.matchAll(new RegExp(`<!-- ${mark}: (.*?) -->`, 'g'))].map(([, name = '']) => name);
  }

  /** Offset and size of each field of a named table, as numbers. */
  layoutOf(name: string): Record<string, number[]> {
    const rows = this.rowsAfter(`<!-- table: ${name} -->`);
    return Object.fromEntries(rows.map(([offset, size, field]) => [quoted(field), [Number(offset), Number(size)]]));
  }
}

/** The text between the first pair of backticks. */
export const quoted = (cell: string | undefined): string | undefined => /`([^`]+)`/.exec(cell ?? '')?.[1];

/** Checks that a layout has the fields and the size it should have, one directly behind the other. */
export function expectLayout(found: Record<string, number[]>, layout: object, size: number): void {
  expect(found).toEqual(layout);
  let end = 0;
  for (const [offset, length] of Object.values(layout) as [number, number][]) {
    expect(offset).toBe(end);
    end += length;
  }
  expect(end).toBe(size);
}
