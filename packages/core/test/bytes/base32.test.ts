import fc from 'fast-check';
import { fromBase32, toBase32 } from '../../src/bytes/base32.js';

test('bytes come back from their digits', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = toBase32(bytes);
      expect(text).toMatch(/^[0-9A-HJKMNP-TV-Z]*$/);
      expect(text).toHaveLength(Math.ceil((bytes.length * 8) / 5));
      expect(fromBase32(text)).toEqual(bytes);
      expect(fromBase32(text.toLowerCase())).toEqual(bytes);
    }),
  );
});

test('digits are read as people write them, and nothing else is taken for one', () => {
  expect(fromBase32('oO1iIlL0')).toEqual(fromBase32('00111110'));
  for (const text of ['U', 'u', '!', 'ÄB', ' 0', '0-0', '\u{1f600}']) expect(fromBase32(text)).toBeUndefined();
});
