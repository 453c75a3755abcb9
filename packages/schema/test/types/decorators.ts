// What must and must not compile, in both dialects alike. Only checked, never run.
import { Field, Index, Skip } from '@infinitree/schema';
import { Counter, Serialized, upperCase, VersionedList, VersionedMap, VersionedSet } from '../stand-ins.js';

interface Plant {
  id: number;
  tags: string[];
}
class User {
  constructor(public name: string) {}
}
const standardSchema = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const;

@Index()
export class Accepted {
  @Field() cell = new Serialized<Plant>({ id: 1, tags: [] });
  @Field({}) set = new VersionedSet<string>();
  @Field({ name: 'stored' }) counter = new Counter();
  @Field({ strategy: 'local' }) local = new Serialized(0);
  @Field({ strategy: 'sparse' }) map = new VersionedMap<number, Plant>();
  @Field({ strategy: 'sparse', name: 'l', from: 'old' }) list = new VersionedList<Plant>();
  @Field({ strategy: upperCase }) custom = new VersionedMap<string, string>();
  @Field({ type: User, schema: standardSchema }) users = new VersionedMap<string, User>();
  @Field({ from: 'old_cell', migrate: (old: string) => Number(old) }) migrated = new Serialized(0);
  @Field({ skip: true }) skipped = new Serialized(0);
  @Skip() alsoSkipped = 0;
  @Field() protected hidden = new Serialized(0);
  plain = 3;
}

export class Refused {
  // @ts-expect-error: sparse on a cell
  @Field({ strategy: 'sparse' }) cell = new Serialized(0);
  // @ts-expect-error: sparse on a plain Map
  @Field({ strategy: 'sparse' }) plainMap = new Map<number, number>();
  // @ts-expect-error: sparse on a set, which has no values
  @Field({ strategy: 'sparse' }) set = new VersionedSet<number>();
  // @ts-expect-error: sparse on a field type of one's own that is no map or list
  @Field({ strategy: 'sparse' }) counter = new Counter();
  // @ts-expect-error: sparse on a field that may be missing
  @Field({ strategy: 'sparse' }) optional?: VersionedMap<string, number>;
  // @ts-expect-error: a custom strategy on a cell
  @Field({ strategy: upperCase }) customCell = new Serialized('');
  // @ts-expect-error: an unknown strategy
  @Field({ strategy: 'spars' }) unknownStrategy = new VersionedMap<number, number>();
  // @ts-expect-error: an unknown option
  @Field({ nmae: 'x' }) unknownOption = new Serialized(0);
  // @ts-expect-error: an unknown option beside a strategy
  @Field({ strategy: 'sparse', nmae: 'x' }) unknownBesideStrategy = new VersionedMap<number, number>();
  // @ts-expect-error: a name that is no string
  @Field({ name: 1 }) wrongName = new Serialized(0);
  // @ts-expect-error: a schema that is no Standard Schema
  @Field({ schema: {} }) wrongSchema = new Serialized(0);
  // @ts-expect-error: an instance instead of its class
  @Field({ type: new User('x') }) wrongType = new Serialized(0);
  // @ts-expect-error: a class decorator on a property
  @Index() onProperty = new Serialized(0);
  // @ts-expect-error: Skip has no options
  @Skip({}) skipped = 0;
}

// @ts-expect-error: a property decorator on a class
@Field()
export class OnClass {}

// @ts-expect-error: a decorator without its parentheses
@Index
export class Bare {
  // @ts-expect-error: a decorator without its parentheses
  @Field cell = new Serialized(0);
  // @ts-expect-error: a decorator without its parentheses
  @Skip skipped = 0;
}

// @ts-expect-error: a constructor that needs an argument
@Index()
export class WithArgument {
  constructor(readonly x: number) {}
}

@Index()
export class WithOptionalArgument {
  constructor(readonly x = 1) {}
}

@Index()
export abstract class Base<V> {
  @Field({ strategy: 'sparse' }) generic = new VersionedMap<string, V>();
  @Field() replaced: Serialized<unknown> = new Serialized(0);
}

@Index()
export class Derived extends Base<Plant> {
  @Field({ strategy: 'sparse' }) extra = new VersionedList<string>();
  @Field({ name: 'other' }) override replaced = new Serialized('');
}
