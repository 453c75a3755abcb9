import type { Outcome } from './matrix.js';

/** Sums up outcomes by name. */
export class Tally {
  readonly findings: string[] = [];
  cases = 0;
  readonly #met = new Map<string, number>();

  add(name: string, { met, finding }: Outcome): void {
    this.cases += 1;
    for (const [code, count] of met) this.#met.set(code, (this.#met.get(code) ?? 0) + count);
    if (finding !== undefined) this.findings.push(`${name}: ${finding}`);
  }

  line(): string {
    const met = [...this.#met].sort().map(([code, count]) => `${code} ${count}`);
    return `${this.cases} cases, ${this.findings.length} findings; rejections: ${met.join(', ') || 'none'}`;
  }
}
