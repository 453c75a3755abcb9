import { type FaultCase, nameOf, type Outcome } from './fault-case.js';

export interface Finding {
  /** What `--only` takes to have it again. */
  readonly name: string;
  readonly what: string;
}

/** How often what ended how, by a row's name. */
type Counts = Map<string, Map<string, number>>;

const UNNOTICED = 'unnoticed';
const NOT_REACHED = 'not reached';
const FAILED = 'failed';

/** What came of all cases. */
export class Tally {
  readonly findings: Finding[] = [];
  readonly #byWay: Counts = new Map();
  readonly #byWorkload: Counts = new Map();
  #cases = 0;

  get cases(): number {
    return this.#cases;
  }

  add(which: FaultCase, { codes, struck, finding }: Outcome): void {
    this.#cases += 1;
    const { workload, stage, way, forever } = which;
    const told = codes.size === 0 ? [struck ? UNNOTICED : NOT_REACHED] : [...codes];
    const outcomes = finding === undefined ? told : [FAILED];
    const level = way.level === 'files' ? 'file' : 'call';
    for (const outcome of ['cases', ...outcomes]) {
      count(this.#byWay, `${level} ${way.name}, ${forever ? 'for ever' : 'once'}`, outcome);
      count(this.#byWorkload, `${workload}, ${stage}`, outcome);
    }
    if (finding !== undefined) this.findings.push({ name: nameOf(which), what: finding });
  }

  count(outcome: string): number {
    return [...this.#byWay.values()].reduce((sum, counts) => sum + (counts.get(outcome) ?? 0), 0);
  }

  /** A case that met with several codes counts for each of them. */
  table(): string {
    return `${tableOf('by way', this.#byWay)}\n\n${tableOf('by workload and storage', this.#byWorkload)}`;
  }
}

function count(counts: Counts, row: string, outcome: string): void {
  const cells = counts.get(row) ?? new Map<string, number>();
  counts.set(row, cells.set(outcome, (cells.get(outcome) ?? 0) + 1));
}

function tableOf(title: string, counts: Counts): string {
  const found = new Set([...counts.values()].flatMap((cells) => [...cells.keys()]));
  const fixed = ['cases', UNNOTICED];
  const columns = [...fixed, ...[...found].filter((name) => ![...fixed, FAILED].includes(name)).sort(), FAILED];
  const rows = [...counts].map(([name, cells]) => [name, ...columns.map((column) => cells.get(column) ?? 0)]);
  const sums = columns.map((_, i) => rows.reduce((sum, row) => sum + Number(row[i + 1]), 0));
  const lines = [[title, ...columns], ...rows, ['all', ...sums]];
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => String(line[i]).length)));
  const pad = (cell: string | number, i: number): string =>
    i === 0 ? String(cell).padEnd(widths[0]!) : String(cell).padStart(widths[i]!);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}
