import { nativeKind } from './native-kind.js';

/**
 * Freezes the objects and arrays of a valid value, innermost first, so that a frozen object has nothing unfrozen within.
 * Dates, maps, sets and typed arrays cannot be frozen and are left; the parts of maps and sets are frozen.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  switch (nativeKind(value)) {
    case 'array':
      for (const element of value as readonly unknown[]) deepFreeze(element);
      return Object.freeze(value);
    case 'map':
      for (const [key, inner] of value as unknown as Map<unknown, unknown>) {
        deepFreeze(key);
        deepFreeze(inner);
      }
      return value;
    case 'set':
      for (const element of value as unknown as Set<unknown>) deepFreeze(element);
      return value;
    case 'object':
    case 'bare':
      for (const inner of Object.values(value)) deepFreeze(inner);
      return Object.freeze(value);
    default:
      return value;
  }
}
