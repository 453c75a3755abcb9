import type { CanonicalKey } from '../../src/codec/index-key.js';
import type { FieldState } from '../../src/index/field-types.js';

type Key = CanonicalKey;

/** One change as it was made. `reads`: it was computed from the key's value; `all`: from a look at the whole field. */
export interface Step {
  readonly kind: 'put' | 'delete' | 'clear';
  readonly key?: Key;
  readonly value?: unknown;
  readonly reads?: boolean;
  readonly all?: boolean;
  conflicts?: boolean;
}

interface Flight {
  steps: Step[];
  durable: boolean;
  failed: boolean;
}

export interface Load {
  snapshot: Map<Key, unknown>;
  readonly keys: Set<Key>;
  cleared: boolean;
}

export type Remote = readonly (readonly [Key, { kind: 'value'; value: unknown } | { kind: 'tombstone' }])[];

/**
 * What a field should do, written down as naively as possible: storage is a Map, pending changes are lists of steps
 * that are replayed for every question, and what is known in memory is a set of keys.
 */
export class FieldModel {
  storage = new Map<Key, unknown>();
  known: 'all' | 'none' | Set<Key> = 'none';
  flights: Flight[] = [];
  staged: Step[] = [];

  get pending(): Step[] {
    return [...this.flights.flatMap((flight) => flight.steps), ...this.staged];
  }

  get state(): FieldState {
    if (this.known === 'all' || this.pending.some((step) => step.kind === 'clear')) return 'loaded';
    return this.known === 'none' ? 'none' : 'partial';
  }

  view(steps = this.pending): Map<Key, unknown> {
    return replay(this.storage, steps);
  }

  isKnown(key: Key, steps = this.pending): boolean {
    return this.isCommittedKnown(key) || mentions(steps, key);
  }

  isCommittedKnown(key: Key): boolean {
    return this.known === 'all' || (this.known !== 'none' && this.known.has(key));
  }

  get flying(): Step[] {
    return this.flights.flatMap((flight) => flight.steps);
  }

  /** The steps from which a computed change starts: without those of the key where they conflict. */
  ground(key: Key): Step[] {
    return this.conflicts().has(key) ? this.flying : this.pending;
  }

  conflicts(steps = this.staged): Set<Key> {
    const keys = new Set<Key>();
    for (const step of steps) {
      if (step.kind === 'clear') keys.clear();
      else if (!step.reads) keys.delete(step.key!);
      else if (step.conflicts) keys.add(step.key!);
    }
    return keys;
  }

  get hasConflicts(): boolean {
    return [this.staged, ...this.flights.map(({ steps }) => steps)].some((steps) => this.conflicts(steps).size > 0);
  }

  unstage(keys: ReadonlySet<Key>): void {
    this.staged = this.staged.filter((step) => step.key === undefined || !keys.has(step.key));
  }

  compute(step: Step): void {
    if (this.conflicts().has(step.key!)) this.unstage(new Set([step.key!]));
    this.staged.push(step);
  }

  delete(key: Key): void {
    const neverThere = this.isCommittedKnown(key) && !this.storage.has(key) && !mentions(this.flying, key);
    if (neverThere) this.unstage(new Set([key]));
    else this.staged.push({ kind: 'delete', key });
  }

  clear(): void {
    const empty = this.known === 'all' && this.storage.size === 0 && this.flights.length === 0;
    this.staged = empty ? [] : [{ kind: 'clear' }];
  }

  retain(keep: (key: Key, value: unknown) => boolean): void {
    const view = this.view();
    const below = this.view(this.flying);
    const again = new Set([...this.conflicts()].filter((key) => !view.has(key)));
    for (const key of again) if (below.has(key)) view.set(key, below.get(key));
    this.unstage(again);
    for (const [key, value] of view) {
      if (!keep(key, value)) this.staged.push({ kind: 'delete', key, reads: true, all: true, ...this.#mark(key) });
    }
  }

  /** What is computed from a conflicting value conflicts as well. */
  #mark(key: Key): { conflicts?: boolean } {
    return this.conflicts().has(key) ? { conflicts: true } : {};
  }

  settle(): void {
    const { steps } = this.flights.shift()!;
    if (steps.some((step) => step.kind === 'clear')) this.known = 'all';
    else if (this.known instanceof Set) for (const step of steps) this.known.add(step.key!);
  }

  restore(flight: Flight): void {
    flight.failed = true;
    while (this.flights.at(-1)?.failed) this.staged = [...this.flights.pop()!.steps, ...this.staged];
  }

  remote(changes: Remote, cleared: boolean): void {
    this.#findConflicts(new Set(changes.map(([key]) => key)), cleared);
    if (cleared) this.storage = new Map();
    for (const [key, change] of changes) {
      if (change.kind === 'value') this.storage.set(key, change.value);
      else this.storage.delete(key);
    }
    if (this.known instanceof Set) {
      if (cleared) this.known = 'all';
      else for (const [key] of changes) this.known.add(key);
    }
  }

  #findConflicts(changed: ReadonlySet<Key>, cleared: boolean): void {
    if (changed.size === 0 && !cleared) return;
    const owned = new Set<Key>();
    const dirty = new Set<Key>();
    let ownsAll = false;
    for (const layer of [...this.flights.map(({ steps }) => steps), this.staged]) {
      for (const step of layer) {
        if (step.kind === 'clear') ownsAll = true;
        else if (!step.reads) owned.add(step.key!);
        else if (!ownsAll && !owned.has(step.key!)) {
          // What came of a look at the whole field is no longer told apart once something else was made of it.
          const all = step.all === true && layer.findLast(({ key }) => key === step.key) === step;
          const moved = all || cleared || changed.has(step.key!) || dirty.has(step.key!) || step.conflicts === true;
          if (moved) dirty.add(step.key!);
          if (moved) step.conflicts = true;
        }
      }
    }
  }

  finish(load: Load, part: boolean): void {
    if (!part) this.known = 'all';
    else if (this.known === 'all') return;
    else if (load.cleared) this.known = 'all';
    else this.known = new Set([...(this.known === 'none' ? [] : this.known), ...load.snapshot.keys(), ...load.keys]);
  }
}

export function replay(base: ReadonlyMap<Key, unknown>, steps: readonly Step[]): Map<Key, unknown> {
  const result = new Map(base);
  for (const { kind, key, value } of steps) {
    if (kind === 'clear') result.clear();
    else if (kind === 'put') result.set(key!, value);
    else result.delete(key!);
  }
  return result;
}

export function mentions(steps: readonly Step[], key: Key): boolean {
  return steps.some((step) => step.kind === 'clear' || step.key === key);
}
