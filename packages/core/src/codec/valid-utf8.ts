/**
 * Whether these bytes are UTF-8: shortest forms only, no surrogates, nothing beyond U+10FFFF. A loop instead of a
 * `TextDecoder`, which would make a string of each piece only to throw it away.
 */
export function validUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const lead = bytes[at] ?? 0;
    at += 1;
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return false;
    const following = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (following > end - at) return false;
    const second = bytes[at] ?? 0;
    // The second byte is where overlong forms, surrogates and code points beyond the last one show.
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return false;
    for (let i = 1; i < following; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return false;
    at += following;
  }
  return true;
}
