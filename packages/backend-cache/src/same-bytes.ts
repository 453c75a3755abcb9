/** Whether two byte strings are the same. Whole objects are compared, too, which takes long one by one. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
