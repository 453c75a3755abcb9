import { inspect, isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { CanonicalKey } from '../../src/codec/index-key.js';
import { compareCanonical } from '../../src/codec/key-order.js';
import { isInfinitreeError } from '../../src/errors.js';
import type { LoadToken } from '../../src/fields/committed.js';
import type { Changes, Delta } from '../../src/fields/delta.js';
import { FieldStore } from '../../src/fields/field-store.js';
import { FieldModel, type Load, mentions, type Remote, replay, type Step } from './field-model.js';
import { loadedColumns } from './loaded-columns.js';

const KEYS: readonly CanonicalKey[] = [false, 2, 10, 10n, 'a', 'b'];

/** Drives the store and the model with the same calls; each returns what the user gets, to be compared. */
class Pair {
  readonly store = new FieldStore();
  readonly model = new FieldModel();
  readonly deltas: Delta[] = [];
  readonly loads: { token: LoadToken; load: Load }[] = [];
  readonly frozen: { changes: Changes; expected: Map<CanonicalKey, unknown>; ops: Map<CanonicalKey, unknown> }[] = [];
  #counter = 0;

  constructor() {
    this.store.bind('field');
  }

  value(): string {
    this.#counter += 1;
    return `v${this.#counter}`;
  }

  set(key: CanonicalKey): void {
    const value = this.value();
    this.store.set(key, () => value);
    this.model.staged.push({ kind: 'put', key, value });
  }

  insert(key: CanonicalKey): void {
    const value = this.value();
    const ground = this.model.ground(key);
    if (!this.model.isKnown(key, ground)) {
      expectNotLoaded(() => this.store.insert(key, () => value));
      return;
    }
    const before = this.model.view(ground);
    expect(this.store.insert(key, () => value)).toBe(before.has(key) ? before.get(key) : value);
    if (!before.has(key)) this.model.compute({ kind: 'put', key, value, reads: true });
    else if (this.model.conflicts().has(key)) this.model.unstage(new Set([key]));
  }

  update(key: CanonicalKey): void {
    const value = this.value();
    const ground = this.model.ground(key);
    if (!this.model.isKnown(key, ground)) {
      expectNotLoaded(() => this.store.update(key, () => value));
      return;
    }
    const before = this.model.view(ground);
    const seen: unknown[] = [];
    const make = (old: unknown) => (seen.push(old), value);
    expect(this.store.update(key, make)).toBe(before.has(key) ? value : undefined);
    expect(seen).toEqual(before.has(key) ? [before.get(key)] : []);
    if (before.has(key)) this.model.compute({ kind: 'put', key, value, reads: true });
    else if (this.model.conflicts().has(key)) this.model.unstage(new Set([key]));
  }

  delete(key: CanonicalKey): void {
    this.store.delete(key);
    this.model.delete(key);
  }

  clear(): void {
    this.store.clear();
    this.model.clear();
  }

  retain(keys: readonly CanonicalKey[]): void {
    const keep = (key: CanonicalKey) => keys.includes(key);
    if (this.model.state !== 'loaded') {
      expectNotLoaded(() => this.store.retain(keep));
      return;
    }
    this.store.retain(keep);
    this.model.retain(keep);
  }

  swap(): void {
    const steps = this.model.staged;
    const delta = this.store.swap();
    expect(delta === undefined).toBe(steps.length === 0);
    if (delta === undefined) return;
    this.deltas.push(delta);
    this.frozen.push({ changes: delta, expected: replay(onTop(), steps), ops: new Map(delta.ops) });
    this.model.flights.push({ steps, durable: false, failed: false });
    this.model.staged = [];
  }

  /** The oldest commit that is not durable yet becomes it; that it did is told by `settle`. */
  makeDurable(): void {
    const flight = this.model.flights.find(({ durable }) => !durable);
    if (flight === undefined || flight.failed) return;
    flight.durable = true;
    this.model.storage = replay(this.model.storage, flight.steps);
  }

  settle(): void {
    const [flight] = this.model.flights;
    if (flight?.durable !== true) return;
    this.store.settle(this.deltas.shift()!, 1);
    this.noteForLoads(flight.steps);
    this.model.settle();
  }

  restore(pick: number): void {
    const open = this.model.flights.filter(({ durable, failed }) => !durable && !failed);
    const flight = open[pick % open.length];
    if (flight === undefined) return;
    this.store.restore(this.deltas[this.model.flights.indexOf(flight)]!);
    this.model.restore(flight);
    this.deltas.length = this.model.flights.length;
  }

  noteForLoads(steps: readonly Step[]): void {
    for (const { load } of this.loads) {
      for (const step of steps) {
        if (step.kind === 'clear') load.cleared = true;
        else load.keys.add(step.key!);
      }
    }
  }

  remote(changes: Remote, cleared: boolean): void {
    if (this.model.flights.some(({ durable }) => durable)) return;
    const reported = this.store.applyRemote(changes, cleared);
    this.model.remote(changes, cleared);
    this.noteForLoads([
      ...(cleared ? [{ kind: 'clear' as const }] : []),
      ...changes.map(([key]) => ({ kind: 'put' as const, key })),
    ]);
    expect(new Set(reported)).toEqual(this.model.conflicts());
  }

  beginLoad(): void {
    const load = { snapshot: new Map(this.model.storage), keys: new Set<CanonicalKey>(), cleared: false };
    this.loads.push({ token: this.store.beginLoad(), load });
  }

  /** Storage is read at any time between the two ends of a load. */
  readLate(): void {
    for (const { load } of this.loads) load.snapshot = new Map(this.model.storage);
  }

  finishLoad(part: readonly CanonicalKey[] | undefined, form: 'map' | 'pairs' | 'columns'): void {
    const running = this.loads.shift();
    if (running === undefined) return;
    const { token, load } = running;
    if (part !== undefined) for (const key of load.snapshot.keys()) if (!part.includes(key)) load.snapshot.delete(key);
    const sorted = [...load.snapshot].sort(([a], [b]) => compareCanonical(a, b));
    const keys = sorted.map(([key]) => key);
    const entries = form === 'map' ? new Map(sorted) : form === 'pairs' ? sorted : loadedColumns(sorted);
    this.store.finishLoad(token, entries, part ? 'part' : 'all', form === 'pairs' ? undefined : keys);
    this.model.finish(load, part !== undefined);
  }

  cancelLoad(): void {
    const running = this.loads.shift();
    if (running === undefined) return;
    this.store.cancelLoad(running.token);
    this.store.finishLoad(running.token, [['a', 'must not appear']], 'all');
  }

  dropConflicts(): void {
    this.store.dropConflicts();
    this.model.unstage(this.model.conflicts());
  }

  discard(): void {
    this.store.discard();
    this.model.staged = [];
  }

  unload(): void {
    this.store.unload();
    this.model.known = 'none';
  }

  snapshot(): void {
    const changes = this.store.overlay();
    this.frozen.push({ changes, expected: replay(onTop(), this.model.pending), ops: new Map(changes.ops) });
  }

  check(): void {
    const { store, model } = this;
    const { pending, state } = model;
    const view = model.view();
    same(store.state, state, 'state');
    same(store.hasConflicts, model.hasConflicts, 'hasConflicts');
    same(store.delta.isEmpty, model.staged.length === 0, 'isEmpty');
    for (const key of KEYS) {
      const peeked = store.peek(key);
      same(peeked?.kind, mentions(pending, key) ? (view.has(key) ? 'value' : 'absent') : undefined, 'peek');
      if (peeked?.kind === 'value') same(peeked.value, view.get(key), 'peeked value');
      if (model.isKnown(key, pending)) {
        same(store.has(key), view.has(key), 'has');
        same(store.get(key), view.get(key), 'get');
      } else expectNotLoaded(() => store.get(key));
    }
    if (state !== 'loaded') {
      expectNotLoaded(() => store.size);
      expectNotLoaded(() => store.entries());
      return;
    }
    same(store.size, view.size, 'size');
    same(
      [...store.entries()],
      [...view].sort(([a], [b]) => compareCanonical(a, b)),
      'entries',
    );
  }

  /** What was given out stays as it was then, whatever happened since. */
  checkFrozen(): void {
    for (const { changes, expected, ops } of this.frozen) {
      expect(applied(changes)).toEqual(expected);
      expect(changes.ops).toEqual(ops);
    }
  }
}

/** In place of `expect`, which takes longer than all that is tested here. */
function same(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Error(`${what}: ${inspect(actual)}, not ${inspect(expected)}`);
}

function onTop(): Map<CanonicalKey, unknown> {
  return new Map(KEYS.map((key) => [key, 'below']));
}

function applied({ cleared, ops }: Changes): Map<CanonicalKey, unknown> {
  const result = cleared ? new Map<CanonicalKey, unknown>() : onTop();
  for (const [key, op] of ops) {
    if (op.kind === 'value') result.set(key, op.value);
    else result.delete(key);
  }
  return result;
}

function expectNotLoaded(read: () => unknown): void {
  let caught: unknown;
  try {
    read();
  } catch (error) {
    caught = error;
  }
  if (!isInfinitreeError(caught, 'NOT_LOADED')) throw new Error(`expected NOT_LOADED, got ${String(caught)}`);
}

type Action = [name: string, run: (pair: Pair) => void];

const key = fc.constantFrom(...KEYS);
const someKeys = fc.subarray([...KEYS]);
const act = <T>(name: string, arbitrary: fc.Arbitrary<T>, run: (pair: Pair, argument: T) => void, weight = 2) => ({
  weight,
  arbitrary: arbitrary.map((argument): Action => [`${name}(${fc.stringify(argument)})`, (pair) => run(pair, argument)]),
});
const none = fc.constant(undefined);
const remoteChanges = fc.uniqueArray(fc.tuple(key, fc.boolean()), {
  selector: ([k]) => k,
  comparator: 'SameValueZero',
});

const actions = fc.oneof(
  act('set', key, (pair, k) => pair.set(k), 4),
  act('insert', key, (pair, k) => pair.insert(k), 4),
  act('update', key, (pair, k) => pair.update(k), 4),
  act('delete', key, (pair, k) => pair.delete(k), 4),
  act('clear', none, (pair) => pair.clear(), 1),
  act('retain', someKeys, (pair, keys) => pair.retain(keys)),
  act('swap', none, (pair) => pair.swap(), 4),
  act('makeDurable', none, (pair) => pair.makeDurable(), 3),
  act('settle', none, (pair) => pair.settle(), 4),
  act('restore', fc.nat(3), (pair, pick) => pair.restore(pick), 3),
  act(
    'remote',
    fc.tuple(remoteChanges, fc.nat(3)),
    (pair, [changes, clear]) =>
      pair.remote(
        changes.map(([k, gone]) => [k, gone ? { kind: 'tombstone' } : { kind: 'value', value: pair.value() }]),
        clear === 0,
      ),
    3,
  ),
  act('beginLoad', none, (pair) => pair.beginLoad()),
  act('readLate', none, (pair) => pair.readLate(), 1),
  act(
    'finishLoad',
    fc.tuple(fc.option(someKeys, { nil: undefined }), fc.constantFrom('map', 'pairs', 'columns')),
    (pair, [part, form]) => pair.finishLoad(part, form),
    4,
  ),
  act('cancelLoad', none, (pair) => pair.cancelLoad(), 1),
  act('dropConflicts', none, (pair) => pair.dropConflicts()),
  act('discard', none, (pair) => pair.discard(), 1),
  act('unload', none, (pair) => pair.unload(), 1),
  act('snapshot', none, (pair) => pair.snapshot()),
);

test('a field does what the naive model does, in whatever order things happen', () => {
  const runs = fc.record({ fresh: fc.boolean(), steps: fc.array(actions, { maxLength: 40, size: 'max' }) });
  fc.assert(
    fc.property(runs, ({ fresh, steps }) => {
      const pair = new Pair();
      if (fresh) {
        pair.store.markLoaded();
        pair.model.known = 'all';
      }
      for (const [, run] of steps) {
        run(pair);
        pair.check();
      }
      pair.checkFrozen();
    }),
    { numRuns: 1000 },
  );
});
