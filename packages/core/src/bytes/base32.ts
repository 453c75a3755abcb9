/** Crockford's alphabet: no I, L, O or U, so that no two digits look alike. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** How people read what looks alike all the same. */
const LIKE: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' };

/** Five bits a digit, upper case; the last digit is filled up with zeros. */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let rest = 0;
  let bits = 0;
  for (const byte of bytes) {
    rest = ((rest << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += DIGITS.charAt((rest >> (bits - 5)) & 31);
  }
  return bits === 0 ? text : text + DIGITS.charAt((rest << (5 - bits)) & 31);
}

/** The whole bytes in it; `undefined` where anything else than digits stands in it. Takes `I` and `L` for 1, `O` for 0. */
export function fromBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let rest = 0;
  let bits = 0;
  let at = 0;
  for (const character of text.toUpperCase()) {
    const digit = DIGITS.indexOf(LIKE[character] ?? character);
    if (digit < 0) return undefined;
    rest = ((rest << 5) | digit) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (rest >> bits) & 255;
  }
  return bytes;
}
