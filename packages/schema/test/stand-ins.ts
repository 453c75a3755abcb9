// Fields as this package sees them: a brand and a state. What real fields do with data is tested where they live.
import { type AnyField, type FieldState, kind, type Strategy } from '@infinitree/core';

abstract class StandIn {
  readonly state: FieldState = 'loaded';
}

export class Serialized<T> extends StandIn implements AnyField<'cell'> {
  readonly [kind] = 'cell';
  constructor(public value: T) {
    super();
  }
}

export class VersionedMap<K, V> extends StandIn implements AnyField<'map'> {
  readonly [kind] = 'map';
  readonly content = new Map<K, V>();
}

export class VersionedSet<K> extends StandIn implements AnyField<'set'> {
  readonly [kind] = 'set';
  readonly content = new Set<K>();
}

export class VersionedList<V> extends StandIn implements AnyField<'list'> {
  readonly [kind] = 'list';
  readonly content: V[] = [];
}

/** A field type that somebody wrote themselves. */
export class Counter extends StandIn implements AnyField<'counter'> {
  readonly [kind] = 'counter';
}

/** A strategy that somebody wrote themselves, for keys and values of certain types. */
export const upperCase: Strategy<string, string> = {
  id: 'upper-case',
  store: (_key, value) => Promise.resolve(value.toUpperCase()),
  load: (_key, stored) => Promise.resolve(String(stored)),
};
