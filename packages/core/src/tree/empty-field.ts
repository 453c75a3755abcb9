import type { FieldSources } from './snapshot.js';

/** The last commit that says anything about a field; 0 where none does. */
export function lastSequence({ runs, clears, inline }: FieldSources): number {
  return Math.max(lastEntry({ runs, inline }), clears.at(-1) ?? 0);
}

/** Whether nothing shows of a field any more: its newest clear came after all entries. */
export function isEmptyField({ runs, clears, inline }: FieldSources): boolean {
  return lastEntry({ runs, inline }) < (clears.at(-1) ?? 0);
}

function lastEntry({ runs, inline }: Pick<FieldSources, 'runs' | 'inline'>): number {
  return runs.reduce((last, run) => Math.max(last, run.lastSequence), inline.lastSequence);
}
