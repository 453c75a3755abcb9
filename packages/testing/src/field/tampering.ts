/** Changes everything that can be changed of a value and of all that is in it. Fields must not care. */
export function tamperWith(value: unknown, seen = new Set<object>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Date) value.setTime(0);
  else if (ArrayBuffer.isView(value)) new Uint8Array(value.buffer, value.byteOffset, value.byteLength).fill(0xff);
  else if (value instanceof Map || value instanceof Set) {
    for (const [key, entry] of value.entries()) [key, entry].forEach((part) => tamperWith(part, seen));
    value.clear();
  } else {
    for (const key of Object.keys(value)) {
      tamperWith(Reflect.get(value, key), seen);
      // Says `false`, and throws nothing, where the object is frozen.
      Reflect.set(value, key, 'tampered with');
    }
  }
}
