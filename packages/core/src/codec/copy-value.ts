import { nativeKind } from './native-kind.js';
import { typedArrayFromBytes, typedArrayToBytes } from './typed-arrays.js';
import { nativeEntries } from './value-kind.js';

/**
 * A deep copy of a valid value, made of this realm's classes. `structuredClone` was rejected: it drops the missing
 * prototype of bare objects, and is slower than this on small values.
 */
export function copyValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  switch (nativeKind(value)) {
    case 'object':
      return copyProperties({}, value);
    case 'bare':
      return copyProperties(Object.create(null) as object, value);
    case 'array':
      return Array.from(value as unknown[], copyValue);
    case 'bytes':
      return new Uint8Array(value as Uint8Array);
    case 'typed': {
      const { kind, bytes } = typedArrayToBytes(value as ArrayBufferView);
      return typedArrayFromBytes(kind, bytes);
    }
    case 'date':
      return new Date(Date.prototype.getTime.call(value));
    case 'map': {
      const parts = Array.from(nativeEntries(value as Map<unknown, unknown>), copyValue);
      const copy = new Map();
      for (let i = 0; i < parts.length; i += 2) copy.set(parts[i], parts[i + 1]);
      return copy;
    }
    case 'set':
      return new Set(Array.from(nativeEntries(value as Set<unknown>), copyValue));
    case 'other':
      return value;
  }
}

function copyProperties(target: object, source: object): object {
  for (const [key, inner] of Object.entries(source)) {
    if (key === '__proto__') {
      const property = { value: copyValue(inner), writable: true, enumerable: true, configurable: true };
      Object.defineProperty(target, key, property);
    } else {
      (target as Record<string, unknown>)[key] = copyValue(inner);
    }
  }
  return target;
}
