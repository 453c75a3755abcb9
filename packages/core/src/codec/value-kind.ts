import { isWellFormed } from '../bytes/well-formed.js';
import { TYPED_ARRAYS } from './escape-tags.js';
import { nativeKind, typedArrayName } from './native-kind.js';
import { MAX_BIGINT_SIZE } from './prescan.js';

/** How deep arrays, objects, maps and sets may be nested within a value. */
export const MAX_VALUE_DEPTH = 64;

/** How many values there may be within one, counted once for each place; a bound for shared parts of shared parts. */
export const MAX_VALUE_ITEMS = 4_194_304;

/**
 * How much one value may hold: bytes of its byte arrays and bigints, UTF-16 units of its strings and names. Far enough
 * below 2^29 that also its UTF-8, three times as long, can be made a string again.
 */
export const MAX_VALUE_SIZE = 134_217_728;

/** What {@link inspect} finds; the sum of what holds for any part of the value. */
export const FOUND = {
  /** CBOR would change it: it is written with escape tags. */
  escape: 1,
  /** It can be changed although frozen (a Date, a Map, bytes): it is copied in and out. */
  rich: 2,
  /** There is an array or object within the value. */
  nested: 4,
  /** It cannot be stored; `explain` says why. */
  invalid: 8,
  /** It is invalid because it has more than {@link MAX_VALUE_ITEMS} parts, and not all were looked at. */
  endless: 16,
  /** It is invalid because it holds more than {@link MAX_VALUE_SIZE}, and not all was looked at. */
  large: 32,
} as const;

let itemsLeft = 0;
let sizeLeft = 0;

/** Looks through a value once, without changing it or calling anything of its own but a Proxy's traps. */
export function inspect(value: unknown): number {
  itemsLeft = MAX_VALUE_ITEMS;
  sizeLeft = MAX_VALUE_SIZE;
  return look(value, 0);
}

/** Takes what a part holds from what the value may hold. */
function weigh(size: number): number {
  sizeLeft -= size;
  return sizeLeft < 0 ? FOUND.invalid | FOUND.large : 0;
}

/** Whether there is a number for this class of typed arrays; `Float16Array` and what is yet to come have none. */
export function isStorableTypedArray(name: string | undefined): boolean {
  return TYPED_ARRAYS.some(([known]) => known === name);
}

/** How many bytes the magnitude of a bigint takes; 8 for all of up to 64 bits. */
export function sizeOfBigint(value: bigint): number {
  if (BigInt.asIntN(64, value) === value) return 8;
  return Math.ceil((value < 0n ? -1n - value : value).toString(16).length / 2);
}

function look(value: unknown, depth: number): number {
  if (--itemsLeft < 0) return FOUND.invalid | FOUND.endless;
  switch (typeof value) {
    case 'number':
      return value === 0 && 1 / value < 0 ? FOUND.escape : 0;
    case 'string':
      return weigh(value.length) | (isWellFormed(value) ? 0 : FOUND.invalid);
    case 'boolean':
    case 'undefined':
      return 0;
    case 'bigint':
      return lookAtBigint(value);
    case 'object':
      return value === null ? 0 : lookInto(value, depth);
    default:
      return FOUND.invalid;
  }
}

function weighBytes(value: object): number {
  return weigh((value as ArrayBufferView).byteLength);
}

function lookAtBigint(value: bigint): number {
  const size = sizeOfBigint(value);
  return weigh(size) | (size <= MAX_BIGINT_SIZE ? 0 : FOUND.invalid);
}

function lookInto(value: object, depth: number): number {
  if (depth >= MAX_VALUE_DEPTH) return FOUND.invalid;
  const found = depth === 0 ? 0 : FOUND.nested;
  // What most values are, told without asking twice.
  if (Object.getPrototypeOf(value) === Object.prototype) return found | lookAtObject(value, depth + 1);
  switch (nativeKind(value)) {
    case 'object':
    case 'bare':
      return found | FOUND.escape | lookAtObject(value, depth + 1);
    case 'array':
      return found | lookAtArray(value as unknown[], depth + 1);
    case 'bytes':
      return found | FOUND.rich | weighBytes(value) | (value instanceof Uint8Array ? 0 : FOUND.escape);
    case 'typed':
      if (!isStorableTypedArray(typedArrayName(value))) return FOUND.invalid;
      return found | FOUND.rich | FOUND.escape | weighBytes(value);
    case 'date':
      if (hasExtras(value) || Number.isNaN(Date.prototype.getTime.call(value))) return FOUND.invalid;
      return found | FOUND.rich | FOUND.escape;
    case 'map':
    case 'set':
      if (hasExtras(value)) return FOUND.invalid;
      return (
        found | FOUND.rich | FOUND.escape | lookAtEntries(value as Map<unknown, unknown> | Set<unknown>, depth + 1)
      );
    case 'other':
      return FOUND.invalid;
  }
}

/** An array or object of another realm is not recognised by the encoder, so it is copied into this one. */
function isOfThisRealm(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
}

/** Own data properties that are enumerable and named by strings; everything else would be lost without a word. */
function lookAtObject(value: object, depth: number): number {
  let found = 0;
  let count = 0;
  for (const key in value) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    // An inherited one: somebody has added to Object.prototype.
    if (property === undefined) continue;
    if (property.get !== undefined || property.set !== undefined || !isWellFormed(key)) return FOUND.invalid;
    if (key === '__proto__') found |= FOUND.escape;
    found |= weigh(key.length) | look(property.value, depth);
    if ((found & FOUND.invalid) !== 0) return found;
    count += 1;
  }
  return Object.getOwnPropertyNames(value).length === count && Object.getOwnPropertySymbols(value).length === 0
    ? found
    : FOUND.invalid;
}

function lookAtArray(value: readonly unknown[], depth: number): number {
  // Holes, extra properties and accessors all show in the names; a dense array has as many as elements, and `length`.
  if (Object.getOwnPropertyNames(value).length !== value.length + 1) return FOUND.invalid;
  if (Object.getOwnPropertySymbols(value).length !== 0) return FOUND.invalid;
  let found: number = isOfThisRealm(value) ? 0 : FOUND.escape;
  for (let i = 0; i < value.length; i++) {
    const property = Object.getOwnPropertyDescriptor(value, i);
    if (property === undefined || property.get !== undefined || property.set !== undefined) return FOUND.invalid;
    found |= look(property.value, depth);
    if ((found & FOUND.invalid) !== 0) return found;
  }
  return found;
}

function lookAtEntries(value: Map<unknown, unknown> | Set<unknown>, depth: number): number {
  let found = 0;
  for (const entry of nativeEntries(value)) {
    found |= look(entry, depth);
    if ((found & FOUND.invalid) !== 0) return found;
  }
  return found;
}

/** A map's keys and values in turn, or a set's elements, also where its own iterator was replaced. */
export function* nativeEntries(value: Map<unknown, unknown> | Set<unknown>): Generator {
  if (nativeKind(value) === 'set') yield* Set.prototype.values.call(value);
  else for (const entry of Map.prototype.entries.call(value) as Iterable<[unknown, unknown]>) yield* entry;
}

/**
 * Whether a Date, Map or Set bears properties of its own, which would be lost. Typed arrays are not asked: it would take
 * a string for each of their elements.
 */
export function hasExtras(value: object): boolean {
  return Object.keys(value).length !== 0;
}
