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
      freezeParts(value as Readonly<Record<string, unknown>>);
      return Object.freeze(value);
    default:
      return value;
  }
}

/** By `for in`, which makes no lists: every object that is read comes by here, and few have others within. */
function freezeParts(value: Readonly<Record<string, unknown>>): void {
  for (const key in value) {
    const inner = value[key];
    // What somebody has added to Object.prototype is theirs.
    if (typeof inner === 'object' && inner !== null && Object.hasOwn(value, key)) deepFreeze(inner);
  }
}
