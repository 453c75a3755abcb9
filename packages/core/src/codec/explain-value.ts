import { isWellFormed } from '../bytes/well-formed.js';
import { InfinitreeError } from '../errors.js';
import { nativeKind, typedArrayName } from './native-kind.js';
import { MAX_BIGINT_SIZE } from './prescan.js';
import {
  FOUND,
  hasExtras,
  isStorableTypedArray,
  MAX_VALUE_DEPTH,
  MAX_VALUE_ITEMS,
  MAX_VALUE_SIZE,
  nativeEntries,
  sizeOfBigint,
} from './value-kind.js';
import { elementPath, entryPath, propertyPath } from './value-path.js';

/**
 * The error for a value that cannot be stored, with the path of the part that cannot. A walk of its own, so that the
 * one that every value takes has no paths to keep; it goes no further than that one, which found `found`.
 */
export function explain(value: unknown, found: number): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', `This value cannot be stored: ${whyNot(value, found)}.`);
}

function whyNot(value: unknown, found: number): string {
  if ((found & FOUND.endless) !== 0) return `$ has too many parts, more than ${MAX_VALUE_ITEMS}`;
  if ((found & FOUND.large) !== 0) {
    return `$ holds more than ${MAX_VALUE_SIZE} bytes. Store it with tree.blobs.put(), and the reference in the field`;
  }
  return reasonOf(value, '$', []) ?? 'it changes while it is read';
}

function reasonOf(value: unknown, path: string, above: readonly object[]): string | undefined {
  switch (typeof value) {
    case 'string':
      return isWellFormed(value) ? undefined : `${path} is a string with a lone surrogate`;
    case 'bigint':
      return sizeOfBigint(value) <= MAX_BIGINT_SIZE
        ? undefined
        : `${path} is a bigint of more than ${MAX_BIGINT_SIZE} bytes`;
    case 'symbol':
    case 'function':
      return `${path} is a ${typeof value}`;
    case 'object':
      return value === null ? undefined : reasonWithin(value, path, above);
    default:
      return undefined;
  }
}

function reasonWithin(value: object, path: string, above: readonly object[]): string | undefined {
  if (above.includes(value)) return `${path} contains itself`;
  if (above.length >= MAX_VALUE_DEPTH) return `${path} is nested deeper than ${MAX_VALUE_DEPTH}`;
  const within = [...above, value];
  const kind = nativeKind(value);
  switch (kind) {
    case 'object':
    case 'bare':
      return reasonInObject(value, path, within);
    case 'array':
      return reasonInArray(value as readonly unknown[], path, within);
    case 'bytes':
      return undefined;
    case 'typed':
      return isStorableTypedArray(typedArrayName(value)) ? undefined : `${path} is a typed array of an unknown kind`;
    case 'date':
      if (Number.isNaN(Date.prototype.getTime.call(value))) return `${path} is an invalid Date`;
      return hasExtras(value) ? `${path} is a Date with properties of its own` : undefined;
    case 'map':
    case 'set':
      if (hasExtras(value)) return `${path} is a ${kind} with properties of its own`;
      return reasonInEntries(value as Map<unknown, unknown> | Set<unknown>, path, within);
    case 'other':
      return `${path} is an instance of a class, or of a built-in type that has no stored form`;
  }
}

function reasonInObject(value: object, path: string, within: readonly object[]): string | undefined {
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === 'symbol') return `${path} has a property named by a symbol`;
    const inner = propertyPath(path, key);
    if (!isWellFormed(key)) return `the name of ${inner} has a lone surrogate`;
    const reason = reasonInProperty(Object.getOwnPropertyDescriptor(value, key), inner, within);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function reasonInArray(value: readonly unknown[], path: string, within: readonly object[]): string | undefined {
  for (let i = 0; i < value.length; i++) {
    if (!Object.hasOwn(value, i)) return `${elementPath(path, i)} is missing: the array is sparse`;
  }
  if (Reflect.ownKeys(value).length !== value.length + 1) return `${path} is an array with named properties`;
  for (let i = 0; i < value.length; i++) {
    const reason = reasonInProperty(Object.getOwnPropertyDescriptor(value, i), elementPath(path, i), within);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function reasonInProperty(
  property: PropertyDescriptor | undefined,
  path: string,
  within: readonly object[],
): string | undefined {
  if (property === undefined) return undefined;
  if (property.get !== undefined || property.set !== undefined) return `${path} is a getter or setter`;
  if (property.enumerable !== true) return `${path} is not enumerable`;
  return reasonOf(property.value, path, within);
}

function reasonInEntries(
  value: Map<unknown, unknown> | Set<unknown>,
  path: string,
  within: readonly object[],
): string | undefined {
  const isSet = nativeKind(value) === 'set';
  let index = 0;
  for (const entry of nativeEntries(value)) {
    const part = isSet ? 'element' : index % 2 === 0 ? 'key' : 'value';
    const reason = reasonOf(entry, entryPath(path, part, isSet ? index : Math.floor(index / 2)), within);
    if (reason !== undefined) return reason;
    index += 1;
  }
  return undefined;
}
