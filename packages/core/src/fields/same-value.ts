import { sameBytes } from '../bytes/compare.js';
import { Copied } from '../codec/copied.js';
import { nativeKind, typedArrayName } from '../codec/native-kind.js';
import { nativeEntries } from '../codec/value-kind.js';

/**
 * Whether two values that fields hold are stored as the same value. The order of an object's properties does not
 * matter, that of a Map's or Set's entries does, since who iterates them sees it; -0 is not 0, as in what is stored.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Copied) return b instanceof Copied && sameValue(a.value, b.value);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (a === b) return true;
  const kind = nativeKind(a);
  if (nativeKind(b) !== kind) return false;
  switch (kind) {
    case 'object':
    case 'bare':
      return sameProperties(a, b);
    case 'array':
      return sameElements(a as unknown[], b as unknown[]);
    case 'bytes':
      return sameBytes(a as Uint8Array, b as Uint8Array);
    case 'typed':
      return typedArrayName(a) === typedArrayName(b) && sameBytes(bytesOf(a), bytesOf(b));
    case 'date':
      return Date.prototype.getTime.call(a) === Date.prototype.getTime.call(b);
    case 'map':
    case 'set':
      return sameElements(entriesOf(a), entriesOf(b));
    case 'other':
      return false;
  }
}

function sameProperties(a: object, b: object): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && sameValue(Reflect.get(a, name), Reflect.get(b, name)));
}

function sameElements(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((element, i) => sameValue(element, b[i]));
}

/** By bytes, so that what a NaN carries and the sign of a zero count as they do in what is stored. */
function bytesOf(view: object): Uint8Array {
  const { buffer, byteOffset, byteLength } = view as ArrayBufferView;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function entriesOf(value: object): readonly unknown[] {
  return [...nativeEntries(value as Map<unknown, unknown> | Set<unknown>)];
}
