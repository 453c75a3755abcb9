/**
 * What everybody may know of a field, whatever it holds: `@infinitree/schema` constrains decorators by it, the tree
 * finds fields by it. Nothing here knows a concrete field class.
 */

/**
 * The brand of fields. It is a symbol, so that a plain `Map` is no field however much it looks like one, and it is not
 * in the global symbol registry: a field made by another copy of this package must not pass for one of this copy.
 */
export const kind: unique symbol = Symbol('infinitree.kind');

/** `cell` holds one value, `map`, `set` and `list` hold many. Programs allow for others: more may come. */
export type FieldKind = 'cell' | 'map' | 'set' | 'list' | (string & {});

/** How much of what was committed is in memory. */
export type FieldState = 'loaded' | 'partial' | 'none';

/** Any field. A field type of one's own extends `CustomField`: what only looks like a field is none. */
export interface AnyField<Kind extends FieldKind = string> {
  readonly [kind]: Kind;
  readonly state: FieldState;
}

/** Where a strategy puts values apart while a commit is written. */
export interface StrategyWriter {
  /** Stores a value in storage objects; what it gives is to be part of what stands in the index, and is not to be read. */
  put(value: unknown): Promise<unknown>;
}

/** Where a strategy fetches them again. */
export interface StrategyReader {
  get(place: unknown): Promise<unknown>;
}

/**
 * Where the values of a map or list go. `store` gives what stands in the index instead of the value, `load` turns it
 * back; both see keys and values as users do. `'local'` (the value itself) and `'sparse'` (a pointer) are the two that
 * come with Infinitree. Whatever they throw becomes the cause of `SCHEMA`.
 *
 * @example
 * const compact: Strategy<number, { time: number; value: number }> = {
 *   id: 'time-and-value',
 *   store: (_key, { time, value }) => Promise.resolve([time, value]),
 *   load: (_key, stored) => {
 *     const [time = 0, value = 0] = stored as number[];
 *     return Promise.resolve({ time, value });
 *   },
 * };
 */
export interface Strategy<K, V> {
  /** Written with the field, so that data stored by another strategy are told apart. */
  readonly id: string;
  store(key: K, value: V, apart: StrategyWriter): Promise<unknown>;
  load(key: K, stored: unknown, apart: StrategyReader): Promise<V>;
}
