/**
 * Zeros for a secret, which the engine neither moves nor copies: where they are overwritten, nothing is left. Arrays of up to 64
 * bytes are otherwise kept among its objects, which it moves about, and copied out of there when their buffer is asked for.
 */
export function offHeap(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length));
}
