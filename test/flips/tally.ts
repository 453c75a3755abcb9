import { EARLIER, FOREIGN, type Found, RIGHT, UNFOUND, WRONG } from './reads.js';

const NEVER = [WRONG, FOREIGN, UNFOUND];

/** How often each kind of damage ended how. */
export class Tally {
  readonly failures: { readonly what: string; readonly detail: unknown }[] = [];
  readonly #counts = new Map<string, Map<string, number>>();

  /** `mayRollBack`: whether this damage cannot be told from a state that was there once. */
  add(kind: string, what: string, { outcome, detail }: Found, mayRollBack: boolean): void {
    const counts = this.#counts.get(kind) ?? new Map<string, number>();
    this.#counts.set(kind, counts.set(outcome, (counts.get(outcome) ?? 0) + 1));
    const isWrong = NEVER.includes(outcome) || (outcome === EARLIER && !mayRollBack);
    if (isWrong) this.failures.push({ what: `${kind}: ${what}: ${outcome}`, detail });
  }

  count(kind: string, outcome?: string): number {
    const counts = this.#counts.get(kind) ?? new Map<string, number>();
    return outcome === undefined ? [...counts.values()].reduce((a, b) => a + b, 0) : (counts.get(outcome) ?? 0);
  }

  /** A row for each kind of damage, a column for each outcome. */
  table(): string {
    const found = new Set([...this.#counts.values()].flatMap((counts) => [...counts.keys()]));
    const outcomes = [
      ...new Set([RIGHT, EARLIER, ...[...found].filter((name) => !NEVER.includes(name)).sort(), ...NEVER]),
    ];
    const rows = [...this.#counts.keys()].map((kind) => {
      return [kind, this.count(kind), ...outcomes.map((outcome) => this.count(kind, outcome))];
    });
    const cells = [['damage', 'all', ...outcomes.map((outcome) => outcome.replace('INFINITREE_', ''))], ...rows];
    const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => String(row[i]).length)));
    return cells.map((row) => row.map((cell, i) => pad(cell, i, widths[i]!)).join('  ')).join('\n');
  }
}

function pad(cell: string | number | undefined, column: number, width: number): string {
  return column === 0 ? String(cell).padEnd(width) : String(cell).padStart(width);
}
