import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** One line of what a worker has witnessed. */
export type Note =
  | { readonly kind: 'begun'; readonly token: string }
  | {
      readonly kind: 'acknowledged';
      readonly token: string;
      readonly sequence: number;
      readonly id: string;
      /** Name of the state; undefined where it was only found out later that the commit is stored. */
      readonly head?: string;
    }
  | { readonly kind: 'refused'; readonly token: string; readonly code: string }
  | { readonly kind: 'unknown'; readonly token: string }
  | { readonly kind: 'shown'; readonly sequence: number; readonly id: string }
  | { readonly kind: 'seen'; readonly sequence: number; readonly id: string; readonly balances: readonly number[] }
  | { readonly kind: 'opened' | 'locked' | 'collected' | 'late' }
  | { readonly kind: 'failed'; readonly what: string };

/**
 * What one worker has witnessed, outside of the tree: a file that is written synchronously, line by line, so that all
 * that was noted before the worker was killed can be read afterwards.
 */
export class Notebook {
  readonly #file: number;

  constructor(folder: string, name: string) {
    this.#file = openSync(join(folder, name), 'a');
  }

  write(note: Note): void {
    writeSync(this.#file, `${JSON.stringify(note)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The notes of all workers, each in its order. A last line that a kill has torn was never finished. */
export function readNotes(folder: string): Note[][] {
  return readdirSync(folder).map((name) => {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Note);
  });
}
