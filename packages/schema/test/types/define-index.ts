// What must and must not compile without decorators. Only checked, never run.
import { defineIndex, type FieldsOf } from '@infinitree/schema';
import { Counter, Serialized, upperCase, VersionedList, VersionedMap, VersionedSet } from '../stand-ins.js';

class Plants {
  cell = new Serialized(0);
  map = new VersionedMap<number, string>();
  list = new VersionedList<string>();
  set = new VersionedSet<string>();
  counter = new Counter();
  optional?: VersionedMap<number, string>;
  plain = 3;
  protected hidden = new Serialized(0);
}

defineIndex(Plants, {
  cell: {},
  map: { strategy: 'sparse', name: 'm', from: 'old', migrate: (old: number[]) => old.length },
  list: { strategy: upperCase },
  set: { strategy: 'local' },
  counter: { name: 'c' },
  optional: { strategy: 'local' },
  plain: { skip: true },
});
defineIndex(Plants, {});

// @ts-expect-error: sparse on a cell
defineIndex(Plants, { cell: { strategy: 'sparse' } });
// @ts-expect-error: sparse on a set, which has no values
defineIndex(Plants, { set: { strategy: 'sparse' } });
// @ts-expect-error: sparse on a field type of one's own that is no map or list
defineIndex(Plants, { counter: { strategy: 'sparse' } });
// @ts-expect-error: sparse on a field that may be missing
defineIndex(Plants, { optional: { strategy: 'sparse' } });
// @ts-expect-error: a custom strategy on a cell
defineIndex(Plants, { cell: { strategy: upperCase } });
// @ts-expect-error: an unknown strategy
defineIndex(Plants, { map: { strategy: 'spars' } });
// @ts-expect-error: an unknown option
defineIndex(Plants, { map: { nmae: 'x' } });
// @ts-expect-error: an unknown property
defineIndex(Plants, { nope: {} });
// @ts-expect-error: a protected property is not visible from outside
defineIndex(Plants, { hidden: {} });
// @ts-expect-error: options are an object, `{}` for the defaults
defineIndex(Plants, { map: true });
// @ts-expect-error: the fields must be given
defineIndex(Plants);

class WithArgument {
  constructor(readonly x: number) {}
}
// @ts-expect-error: a constructor that needs an argument
defineIndex(WithArgument, {});

// The class comes back as itself, so that it can be made and declared in one expression.
const Made = defineIndex(
  class {
    map = new VersionedMap<string, Date>();
  },
  { map: { strategy: 'sparse' } },
);
new Made().map.content.get('a') satisfies Date | undefined;

// A base class that is never made itself.
abstract class Base<V> {
  values = new VersionedMap<string, V>();
}
defineIndex(Base<number>, { values: { strategy: 'sparse' } });
class Derived extends Base<number> {
  extra = new Serialized('');
}
defineIndex(Derived, { values: { name: 'v' }, extra: {} });

export const fields: FieldsOf<Derived> = { values: { strategy: 'sparse' } };
