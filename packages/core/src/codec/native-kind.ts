/** What kind of object a value is, told by its internal slots and not by names that anything can bear. */
export type NativeKind = 'object' | 'bare' | 'array' | 'bytes' | 'typed' | 'date' | 'map' | 'set' | 'other';

const tagOfTypedArray = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
);

// Each of these looks at internal slots, does nothing else, and throws where there are none.
const isDate = accepts((value) => Date.prototype.getTime.call(value));
const isMap = accepts((value) => Map.prototype.keys.call(value));
const isSet = accepts((value) => Set.prototype.keys.call(value));

/** The name of a typed array's class, of a subclass too; `undefined` for what is no typed array. */
export function typedArrayName(value: object): string | undefined {
  return tagOfTypedArray?.get?.call(value) as string | undefined;
}

/**
 * The kind of an object. Only the built-in classes themselves count, of this realm or another one (a worker's message, a
 * `vm` context): a subclass has behaviour that would not be stored, so it is `other`. Bytes are the exception, since they
 * often come as a Node `Buffer`.
 */
export function nativeKind(value: object): NativeKind {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype) return 'object';
  if (prototype === Array.prototype) return Array.isArray(value) ? 'array' : 'other';
  if (prototype === null) return 'bare';
  // These three lines only save time: asking for the wrong slots throws, which is slow.
  if (prototype === Date.prototype) return isDate(value) ? 'date' : 'other';
  if (prototype === Map.prototype) return isMap(value) ? 'map' : 'other';
  if (prototype === Set.prototype) return isSet(value) ? 'set' : 'other';
  const name = typedArrayName(value);
  if (name === 'Uint8Array') return 'bytes';
  const depth = chainLength(prototype);
  if (name !== undefined) return depth === 3 ? 'typed' : 'other';
  if (depth === 1) return isForeignObject(prototype) ? 'object' : 'other';
  if (depth !== 2) return 'other';
  if (Array.isArray(value)) return 'array';
  if (isDate(value)) return 'date';
  if (isMap(value)) return 'map';
  if (isSet(value)) return 'set';
  return 'other';
}

/** How many prototypes there are from this one on; more than three are all the same here. */
function chainLength(prototype: object): number {
  let length = 0;
  for (let next: object | null = prototype; next !== null && length < 4; length++) {
    next = Object.getPrototypeOf(next) as object | null;
  }
  return length;
}

/** Whether a prototype without a prototype is the `Object.prototype` of another realm. */
function isForeignObject(prototype: object): boolean {
  return Object.hasOwn(prototype, 'isPrototypeOf') && Object.hasOwn(prototype, 'hasOwnProperty');
}

function accepts(probe: (value: object) => unknown): (value: object) => boolean {
  return (value) => {
    try {
      probe(value);
      return true;
    } catch {
      return false;
    }
  };
}
