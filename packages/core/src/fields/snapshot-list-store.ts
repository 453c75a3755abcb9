import { InfinitreeError } from '../errors.js';
import type { ListEngine } from './list-engine.js';
import { SnapshotStore } from './snapshot-store.js';

/** The engine of lists that mean everything they hold. Their keys are places, so that equal lists have equal entries. */
export class SnapshotListStore extends SnapshotStore implements ListEngine {
  push(make: () => readonly unknown[]): void {
    this.requireChangeable();
    if (this.hasConflicts) throw this.#conflict();
    let place = this.size;
    for (const value of make()) this.set(place++, () => value);
  }

  valueAt(index: number): unknown {
    // What is staged keeps its place, whatever shows below it: there may be gaps then.
    const mayHaveGaps = this.hasConflicts || this.showsPast;
    return this.get(mayHaveGaps ? (this.keys()[index] ?? index) : index);
  }

  valuesNow(): readonly unknown[] {
    return this.keys().map((key) => this.find(key));
  }

  /** Places are taken by other writers' elements too: what is appended now might leave a gap behind. */
  #conflict(): InfinitreeError {
    return new InfinitreeError(
      'CONFLICT',
      `What is staged in the list '${this.property}' was appended to what another writer has changed since. Drop it with ` +
        `refresh({ onConflict: 'drop' }), or begin anew with clear().`,
    );
  }
}
