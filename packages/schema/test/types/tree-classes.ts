// Which classes a tree takes, and what it makes of them. Only checked, never run.
import { type FieldName, Infinitree, type Key, Serialized, VersionedMap } from '@infinitree/core';
import { defineIndex, Field } from '@infinitree/schema';

interface Plant {
  id: number;
}
class Private {
  @Field({ name: 'a' }) protected old = new Serialized('');
  @Field() now = new VersionedMap<string, number>();
}
class Generic<V> {
  @Field({ strategy: 'sparse' }) map = new VersionedMap<string, V>();
}
class WithArgument {
  constructor(readonly x: number) {}
  @Field() map = new VersionedMap<string, number>();
}
class Derived extends Private {
  @Field() extra = new VersionedMap<number, string>();
}

declare const options: { backend: string; key: Key };

export async function classes(): Promise<void> {
  const tree = await Infinitree.create(Private, options);
  await tree.load('now');
  // @ts-expect-error: protected fields have no name for load()
  await tree.load('old');
  (await Infinitree.create(Generic<number>, options)).index.map.get('a') satisfies number | undefined;
  // @ts-expect-error: a constructor that needs an argument
  await Infinitree.create(WithArgument, options);
  // @ts-expect-error: a constructor that needs an argument
  await Infinitree.open(WithArgument, options);
  const derived = await Infinitree.open(Derived, options);
  await derived.load('now', 'extra');
  (await derived.get('extra', 1)) satisfies string | undefined;
  const names: FieldName<Derived>[] = ['now', 'extra'];
  await derived.load(...names);
  const either = await Infinitree.openOrCreate(Derived, { ...options, objectSize: 65_536, readonly: false });
  either.head satisfies string;
  // @ts-expect-error: a tree is made by create, open or openOrCreate
  new Infinitree();
  // @ts-expect-error: a key is needed
  await Infinitree.open(Derived, { backend: 'memory:' });
  // @ts-expect-error: opening takes no size of objects
  await Infinitree.open(Derived, { ...options, objectSize: 65_536 });
  // @ts-expect-error: a new tree is not read-only
  await Infinitree.create(Derived, { ...options, readonly: true });
}

export async function singleField(): Promise<void> {
  const loose = await Infinitree.create(VersionedMap, options);
  loose.index.get('a') satisfies unknown;
  loose.index.set(1, 'anything');
  const tree = await Infinitree.create(VersionedMap<number, Plant>, options);
  (await tree.get('root', 1))?.id satisfies number | undefined;
  tree.index.get(1)?.id satisfies number | undefined;
  await tree.load('root', { where: (id) => id > 1 });
  // @ts-expect-error: another key type than the instantiation expression's
  tree.index.get('x');
  // @ts-expect-error: the field is called "root"
  await tree.load('map');
  // @ts-expect-error: the annotation does not flow into a generic class: write the instantiation expression
  const annotated: Infinitree<VersionedMap<number, Plant>> = await Infinitree.create(VersionedMap, options);
  annotated.index.get(1)?.id satisfies number | undefined;
}

/** A helper over any tree that has such a field. */
export function helper<T extends { map: VersionedMap<string, number> }>(tree: Infinitree<T>): void {
  tree.index.map.set('a', 1);
}
helper(await Infinitree.create(Generic<number>, options));
// @ts-expect-error: another value type
helper(await Infinitree.create(Generic<string>, options));

class Declared {
  cell = new Serialized(0);
  map = new VersionedMap<number, string>();
}
defineIndex(Declared, { map: { strategy: 'sparse', name: 'mm' } });
// @ts-expect-error: sparse on a cell
defineIndex(Declared, { cell: { strategy: 'sparse' } });

export class RefusedByDecorators {
  // @ts-expect-error: sparse on a cell
  @Field({ strategy: 'sparse' }) a = new Serialized(0);
  // @ts-expect-error: sparse on a plain Map
  @Field({ strategy: 'sparse' }) b = new Map<number, number>();
  // @ts-expect-error: an unknown strategy
  @Field({ strategy: 'spars' }) c = new VersionedMap<number, number>();
  // @ts-expect-error: sparse on a field that may be missing
  @Field({ strategy: 'sparse' }) d?: VersionedMap<string, number>;
}
