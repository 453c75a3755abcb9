import { compareCanonical } from '../codec/key-order.js';
import { InfinitreeError } from '../errors.js';
import type { FieldStore } from '../fields/field-store.js';
import { Shape } from '../fields/shape.js';
import { type FieldType, fieldTypeOf, storeOf } from '../fields/store-of.js';
import type { Strategy } from '../index/field-types.js';
import { type FieldRecord, indexRecordOf } from '../index/records.js';
import { isEmptyField } from './empty-field.js';
import type { FieldIdentity } from './records/commit.js';
import { type FieldSources, fieldKey, type Snapshot } from './snapshot.js';

/** A field of an index instance together with what it is called in storage. */
export interface BoundField {
  readonly property: string;
  readonly identity: FieldIdentity;
  readonly kind: FieldType['kind'];
  readonly store: FieldStore;
  /** The stored name that the field was moved from, and what makes of its old values what it holds now. */
  readonly from: string | undefined;
  readonly migrate: ((old: never) => unknown) | undefined;
  /** A strategy of the user's own; undefined for the two that come with the tree. */
  readonly strategy: Strategy<never, unknown> | undefined;
}

/** An instance of an index class with its fields, ordered by stored name as in all that is written. */
export interface BoundIndex<T> {
  readonly index: T;
  readonly fields: readonly BoundField[];
  readonly byProperty: ReadonlyMap<string, BoundField>;
}

/** The classes whose instances are indexes. */
export type IndexClass<T extends object> = new () => T;

/** Makes an instance and finds its fields. Throws `SCHEMA` where class and declaration do not fit. */
export function bindIndex<T extends object>(target: IndexClass<T>): BoundIndex<T> {
  const record = indexRecordOf(target);
  if (!isClass(target)) throw schema(target, 'is no class');
  const index = new target();
  const single = record === undefined ? storeOf(index) : undefined;
  const declared = single === undefined ? requireDeclared(target, record?.fields) : undefined;
  const fields = declared?.filter((field) => field.skip !== true).map((field) => bindField(target, index, field)) ?? [
    bound(index, { property: 'root', name: 'root' }),
  ];
  if (declared !== undefined) refuseUndeclared(target, index, declared);
  for (const { property } of declared?.filter((field) => field.skip === true) ?? []) freeSkipped(index, property);
  refuseSharedOrigins(target, fields);
  fields.sort((a, b) => compareCanonical(a.identity.name, b.identity.name));
  for (const { store, property, kind } of fields) {
    if (store.property !== '') {
      throw schema(target, `gives "${property}" a field that is in use already. Make a new one for each instance`);
    }
    store.bind(property, kind === 'cell' ? 'whole' : 'keyed');
  }
  return { index, fields, byProperty: new Map(fields.map((field) => [field.property, field])) };
}

/** Arrow functions and methods have no prototype, and cannot be called with `new`. */
function isClass(target: unknown): boolean {
  return typeof target === 'function' && target.prototype !== undefined;
}

/** The declaration of a class, which it needs of its own: `@Index()` on a base class does not cover a subclass. */
function requireDeclared(target: object, fields: readonly FieldRecord[] | undefined): readonly FieldRecord[] {
  if (fields !== undefined) return fields;
  throw schema(target, 'is no index class. Put @Index() on it, or call defineIndex() with it');
}

function bindField(target: object, index: object, record: FieldRecord): BoundField {
  const value: unknown = Reflect.get(index, record.property);
  if (typeof value === 'object' && value !== null && storeOf(value) !== undefined) return bound(value, record);
  throw schema(target, `declares "${record.property}", whose initial value is no field such as new VersionedMap()`);
}

function bound(field: object, record: FieldRecord): BoundField {
  const store = storeOf(field);
  const type = fieldTypeOf(field);
  if (store === undefined || type === undefined) throw schema(field, 'is no field');
  const given = record.strategy ?? 'local';
  const strategy = isStrategy(given) ? given : undefined;
  const id = strategy?.id ?? given;
  if (typeof id !== 'string' || (strategy === undefined) !== isOurs(id)) {
    throw new InfinitreeError(
      'SCHEMA',
      `The strategy of the field "${record.property}" is neither "local" nor "sparse" nor an object with an id of its own.`,
    );
  }
  if (id !== 'local' && type.kind !== 'map' && type.kind !== 'list') {
    throw new InfinitreeError('SCHEMA', `The field "${record.property}" is no map or list and takes no strategy.`);
  }
  const identity = { name: record.name, type: type.storedName, strategy: id };
  if (record.type !== undefined && type.kind === 'set') {
    throw new InfinitreeError('SCHEMA', `The field "${record.property}" is a set: keys are no instances of a class.`);
  }
  if (record.schema !== undefined || record.type !== undefined) store.setShape(new Shape(record));
  const { property, from, migrate } = record;
  return { property, identity, kind: type.kind, store, from, migrate, strategy };
}

function isStrategy(given: unknown): given is Strategy<never, unknown> {
  if (typeof given !== 'object' || given === null) return false;
  const { id, store, load } = given as Partial<Strategy<never, unknown>>;
  return typeof id === 'string' && id !== '' && typeof store === 'function' && typeof load === 'function';
}

/** A field that is never stored holds all there is of it, so it can be read. */
function freeSkipped(index: object, property: string): void {
  const value: unknown = Reflect.get(index, property);
  if (typeof value === 'object' && value !== null) storeOf(value)?.markLoaded();
}

/** A field that nobody declared would look stored and be lost. */
function refuseUndeclared(target: object, index: object, declared: readonly FieldRecord[]): void {
  const known = new Set(declared.map((field) => field.property));
  for (const [property, value] of Object.entries(index) as [string, unknown][]) {
    if (known.has(property) || typeof value !== 'object' || value === null || storeOf(value) === undefined) continue;
    throw schema(target, `holds a field in "${property}", which has neither @Field() nor @Skip()`);
  }
}

/** A move ends with the old name being dropped, so nothing else may live there or come from there. */
function refuseSharedOrigins(target: object, fields: readonly BoundField[]): void {
  const taken = new Set(fields.map(({ identity }) => identity.name));
  for (const { property, from } of fields) {
    if (from === undefined) continue;
    if (taken.has(from))
      throw schema(target, `moves "${property}" from "${from}", which is the name or origin of another field`);
    taken.add(from);
  }
}

/** Refuses a class that gives a stored name to a field of another type than the one it was stored with. */
export function checkStoredTypes(fields: readonly BoundField[], snapshot: Snapshot): void {
  for (const { property, identity } of fields) {
    const own = snapshot.fields.get(fieldKey(identity));
    if (own !== undefined) {
      checkStrategy(property, identity, own);
      continue;
    }
    const other = [...snapshot.fields.values()].find(({ field }) => field.name === identity.name);
    // What was moved away or cleared has left its name behind.
    if (other === undefined || isEmptyField(other)) continue;
    throw new InfinitreeError(
      'SCHEMA',
      `The field "${property}" is a ${identity.type}, but what is stored as "${identity.name}" is a ` +
        `${other.field.type}. Give the new field another name with @Field({ name }).`,
    );
  }
}

function isOurs(strategy: string): boolean {
  return strategy === 'local' || strategy === 'sparse';
}

/** Entries say of themselves whether they are local or sparse, but not what a strategy of the user's own made of them. */
export function checkStrategy(property: string, identity: FieldIdentity, stored: FieldSources): void {
  const { strategy } = stored.field;
  const moved = stored.field.name !== identity.name;
  // What is moved is stored anew, so that only its old entries have to speak for themselves.
  if (
    strategy === identity.strategy ||
    (isOurs(strategy) && (moved || isOurs(identity.strategy))) ||
    isEmptyField(stored)
  )
    return;
  throw new InfinitreeError(
    'SCHEMA',
    `The field "${property}" was stored by the strategy "${strategy}" and is declared with "${identity.strategy}". Move it to ` +
      'another stored name with @Field({ name, from }), or declare the strategy it was stored by.',
  );
}

function schema(target: object, what: string): InfinitreeError {
  const name = typeof target === 'function' && target.name !== '' ? target.name : 'The class';
  return new InfinitreeError('SCHEMA', `${name} ${what}.`);
}
