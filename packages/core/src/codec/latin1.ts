/** As many character codes as one call of `String.fromCharCode` takes safely on every engine. */
const SLICE = 8192;

/** A string of one character a byte: how bytes become something that a Map can find and `<` can order. */
export function toLatin1(bytes: Uint8Array): string {
  if (bytes.length <= SLICE) return String.fromCharCode(...bytes);
  let text = '';
  for (let at = 0; at < bytes.length; at += SLICE) text += String.fromCharCode(...bytes.subarray(at, at + SLICE));
  return text;
}

/** The bytes of `text` from `start` on, each from one character; characters are known to be below U+0100. */
export function fromLatin1(text: string, start = 0): Uint8Array {
  const bytes = new Uint8Array(text.length - start);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(start + i);
  return bytes;
}
