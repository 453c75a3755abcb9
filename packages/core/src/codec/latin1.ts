/**
 * A string of one character a byte: how bytes become something that a Map can find and `<` can order. For keys only: more
 * than about 100,000 bytes are more arguments than a call takes.
 */
export function toLatin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** The bytes of `text` from `start` on, each from one character; characters are known to be below U+0100. */
export function fromLatin1(text: string, start = 0): Uint8Array {
  const bytes = new Uint8Array(text.length - start);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(start + i);
  return bytes;
}
