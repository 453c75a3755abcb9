import { firstIndex } from '../bytes/first-index.js';
import { type CanonicalKey, isComposite } from './index-key.js';

/**
 * Orders canonical keys as their encodings are ordered by `memcmp`, without encoding them: false, true, numbers,
 * bigints, strings by code point, bytes, tuples.
 */
export function compareCanonical(a: CanonicalKey, b: CanonicalKey): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const kinds = rank(a) - rank(b);
  if (kinds !== 0) return kinds;
  // Two of one kind: booleans or bigints.
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where a key is among others that ascend; `undefined` where it is not among them. */
export function placeOf(keys: readonly CanonicalKey[], key: CanonicalKey): number | undefined {
  const place = firstIndex(keys.length, (i) => compareCanonical(keys[i] as CanonicalKey, key) >= 0);
  const found = keys[place];
  return found !== undefined && compareCanonical(found, key) === 0 ? place : undefined;
}

function rank(key: CanonicalKey): number {
  switch (typeof key) {
    case 'boolean':
      return 0;
    case 'number':
      return 1;
    case 'bigint':
      return 2;
    default:
      return 3;
  }
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (isComposite(a) !== isComposite(b)) return isComposite(a) ? 1 : -1;
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return codePointWeight(left) - codePointWeight(right);
  }
  return a.length - b.length;
}

/** `<` orders by UTF-16 units, where surrogates come before U+E000; code points beyond U+FFFF come after all others. */
function codePointWeight(unit: number): number {
  return (unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit;
}
