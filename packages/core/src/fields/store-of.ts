import type { FieldKind } from '../index/field-types.js';
import type { FieldStore } from './field-store.js';

/** What the tree has to know of the class of a field. */
export interface FieldType {
  readonly kind: FieldKind;
  /** Written to the catalog, so that data of another type are told apart. Never changes. */
  readonly storedName: string;
}

interface Attachment {
  readonly type: FieldType;
  readonly store: FieldStore;
}

// Not a property: no user sees the engine, and no plain object can pass for a field.
const attachments = new WeakMap<object, Attachment>();

/** Makes `field` a field. Its constructor calls this once. */
export function attachStore(field: object, type: FieldType, store: FieldStore): void {
  attachments.set(field, { type, store });
}

/** The engine behind a field; `undefined` for what is no field of this copy of the library. */
export function storeOf(field: object): FieldStore | undefined {
  return attachments.get(field)?.store;
}

export function fieldTypeOf(field: object): FieldType | undefined {
  return attachments.get(field)?.type;
}
