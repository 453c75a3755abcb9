import type { Report } from './stage.js';

/** The figures of a run. */
export class Tally {
  readonly #figures = new Map<string, number>();

  add({ notes, complaints, ...figures }: Omit<Report, 'epochs'> & Readonly<Record<string, unknown>>): void {
    for (const [name, figure] of Object.entries(figures)) this.#count(name, figure as number);
    for (const { kind } of notes) this.#count(kind, 1);
    this.#count('complaints', complaints.length);
  }

  get complaints(): number {
    return this.#figures.get('complaints') ?? 0;
  }

  line(): string {
    const names = ['kills', 'stops', 'acknowledged', 'complaints'];
    return names.map((name) => `${this.#figures.get(name) ?? 0} ${name}`).join(', ');
  }

  table(): string {
    return [...this.#figures].map(([name, figure]) => `${name.padEnd(16)}${String(figure).padStart(9)}`).join('\n');
  }

  #count(name: string, by: number): void {
    this.#figures.set(name, (this.#figures.get(name) ?? 0) + by);
  }
}
