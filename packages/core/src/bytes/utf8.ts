const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 of a string without lone surrogates (they would silently become U+FFFD; callers refuse them first). */
export function toUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The string these bytes encode; `undefined` where they are not valid UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
