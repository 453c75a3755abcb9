import { InfinitreeError } from '../errors.js';
import type { FieldStore } from '../fields/field-store.js';
import { type FieldType, fieldTypeOf, storeOf } from '../fields/store-of.js';
import { type FieldRecord, indexRecordOf } from '../index/records.js';
import { isEmptyField } from './empty-field.js';
import type { FieldIdentity } from './records/commit.js';
import { fieldKey, type Snapshot } from './snapshot.js';

/** A field of an index instance together with what it is called in storage. */
export interface BoundField {
  readonly property: string;
  readonly identity: FieldIdentity;
  readonly kind: FieldType['kind'];
  readonly store: FieldStore;
  /** The stored name that the field was moved from, and what makes of its old values what it holds now. */
  readonly from: string | undefined;
  readonly migrate: ((old: never) => unknown) | undefined;
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
  const index = new target();
  const single = record === undefined ? storeOf(index) : undefined;
  const declared = single === undefined ? requireDeclared(target, record?.fields) : undefined;
  const fields = declared?.filter((field) => field.skip !== true).map((field) => bindField(target, index, field)) ?? [
    bound(index, { property: 'root', name: 'root' }),
  ];
  if (declared !== undefined) refuseUndeclared(target, index, declared);
  for (const { property } of declared?.filter((field) => field.skip === true) ?? []) freeSkipped(index, property);
  refuseSharedOrigins(target, fields);
  fields.sort((a, b) => (a.identity.name < b.identity.name ? -1 : 1));
  for (const { store, property } of fields) {
    if (store.property !== '') {
      throw schema(target, `gives "${property}" a field that is in use already. Make a new one for each instance`);
    }
    store.bind(property);
  }
  return { index, fields, byProperty: new Map(fields.map((field) => [field.property, field])) };
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
  const strategy = record.strategy ?? 'local';
  if (strategy !== 'local' && strategy !== 'sparse') {
    throw new InfinitreeError(
      'SCHEMA',
      `The strategy of the field "${record.property}" is neither "local" nor "sparse".`,
    );
  }
  if (strategy === 'sparse' && type.kind !== 'map' && type.kind !== 'list') {
    throw new InfinitreeError('SCHEMA', `The field "${record.property}" is no map or list and cannot be sparse.`);
  }
  const identity = { name: record.name, type: type.storedName, strategy };
  const { property, from, migrate } = record;
  return { property, identity, kind: type.kind, store, from, migrate };
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
    if (snapshot.fields.has(fieldKey(identity))) continue;
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

function schema(target: object, what: string): InfinitreeError {
  const name = typeof target === 'function' && target.name !== '' ? target.name : 'The class';
  return new InfinitreeError('SCHEMA', `${name} ${what}.`);
}
