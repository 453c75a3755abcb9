import fc from 'fast-check';
import { decodeCbor, decodeScanned, encodeCbor } from '../../src/codec/cbor.js';
import { corrupt } from '../../src/codec/corrupt.js';
import { type CborLimits, DEFAULT_MAX_DEPTH, MAX_BIGINT_SIZE, prescan } from '../../src/codec/prescan.js';
import { validUtf8 } from '../../src/codec/valid-utf8.js';
import { codeOf, messageOf, mutate, mutations, orCorrupt } from './hostile.js';
import { expectSame } from './same.js';
import { plainValue } from './value-arbitraries.js';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('CBOR', () => {
  test('gives back what it holds', () => {
    fc.assert(fc.property(plainValue, (value) => expectSame(decodeCbor(encodeCbor(value)), value)));
  });

  test('has the bytes it always had', () => {
    const value = [1, -1, 2 ** 40, 1n, 'é', Uint8Array.of(7), { a: null, b: undefined }, true, 1n << 64n];
    expect(Buffer.from(encodeCbor(value)).toString('hex')).toBe(
      '89' +
        '01' +
        '20' +
        'fb4270000000000000' +
        '1b0000000000000001' +
        '62c3a9' +
        '4107' +
        'a26161f66162f7' +
        'f5' +
        'c249010000000000000000',
    );
  });

  test.each([1n, -1n])('puts a bigint together at once, however long it is: sign %p', (sign) => {
    const bigint = sign * (1n << BigInt(8 * MAX_BIGINT_SIZE - 1));
    const encoded = encodeCbor(bigint);
    const real = BigInt;
    let calls = 0;
    globalThis.BigInt = new Proxy(real, { apply: (target, _, given: [string]) => (calls++, target(...given)) });
    try {
      expect(decodeCbor(encoded)).toBe(bigint);
    } finally {
      globalThis.BigInt = real;
    }
    expect(calls).toBe(1);
  });

  test('has a zero without any bytes, too', () => {
    expect(decodeCbor(bytesOf('c240'))).toBe(0n);
    expect(decodeCbor(bytesOf('c340'))).toBe(-1n);
  });

  test('is an array of its own, and leaves no mark on what it is read from', () => {
    const encoded = encodeCbor([1, 'a']);
    expect(encoded.buffer.byteLength).toBe(encoded.length);
    decodeCbor(encoded);
    expect(Object.keys(encoded)).toEqual(['0', '1', '2', '3']);
    const first = encodeCbor('first');
    encodeCbor('second');
    expect(decodeCbor(first)).toBe('first');
  });

  test('is read from a Buffer, and gives no Buffers', () => {
    const decoded = decodeCbor(Buffer.concat([Buffer.of(0), encodeCbor(Uint8Array.of(1))]).subarray(1)) as object;
    expect(Object.getPrototypeOf(decoded)).toBe(Uint8Array.prototype);
  });

  test('of what CBOR has no form for is an invalid argument', () => {
    const refused = { code: 'INFINITREE_INVALID_ARGUMENT', cause: expect.any(Error) as unknown };
    expect(() => encodeCbor(() => 0)).toThrow(expect.objectContaining(refused));
  });

  test('tells whether bytes or escape tags were seen', () => {
    const seen = (text: string): unknown => decodeScanned(bytesOf(text)).scan;
    expect(seen('01')).toEqual({ escaped: false, bytes: false });
    expect(seen('c24101')).toEqual({ escaped: false, bytes: false });
    expect(seen('8140')).toEqual({ escaped: false, bytes: true });
    expect(seen('81d9a00000')).toEqual({ escaped: true, bytes: false });
  });
});

describe('the scan', () => {
  const within = (limits: CborLimits, text: string) => (): unknown => prescan(bytesOf(text), limits);

  test.each<[string, string]>([
    ['nothing', ''],
    ['trailing bytes', '01 02'],
    ['an integer cut short', '1a 000000'],
    ['a float cut short', 'fb 00000000000000'],
    ['bytes cut short', '42 01'],
    ['text cut short', '62 61'],
    ['an array with too few', '82 01'],
    ['a map without its value', 'a1 6161'],
    ['an array of 2^32 - 1', '9a ffffffff 00'],
    ['a map of 2^32 - 1', 'ba ffffffff 6161 00'],
    ['a length of 64 bits', '9b 0000000000000001 00'],
    ['a tag of 64 bits', 'db 000000000000a000 00'],
    ['bytes of indefinite length', '5f 4101 ff'],
    ['text of indefinite length', '7f 6161 ff'],
    ['an array of indefinite length', '9f 01 ff'],
    ['a map of indefinite length', 'bf 6161 01 ff'],
    ['a stop code', 'ff'],
    ['a reserved length', '1c'],
    ['a half-precision float', 'f9 3c00'],
    ['a single-precision float', 'fa 3f800000'],
    ['an unknown simple value', 'e0'],
    ['a simple value of two bytes', 'f8 ff'],
    ['text that is not UTF-8', '61 ff'],
    ['text with a surrogate', '63 eda080'],
    ['text beyond the last code point', '64 f4908080'],
    ['text that is longer than it has to be', '62 c080'],
    ['a map key that is no text', 'a1 01 01'],
    ['a map key that is not UTF-8', 'a1 61 ff 01'],
    ['a key that changes what objects inherit', 'a1 69 5f5f70726f746f5f5f 01'],
    ['a date tag', 'c1 01'],
    ['a set tag', 'd9 0102 80'],
    ['a record tag', 'd9 dfff 80'],
    ['a packed table', 'd8 33 84 80 80 80 80'],
    ['a generic object', 'd8 1b 82 6161 6161'],
    ['a shared value', 'd8 1c 80'],
    ['a bignum of no bytes', 'c2 01'],
    ['a bignum of text', 'c2 6161'],
    ['a reserved length with what it would take', `1c ${'00'.repeat(16)}`],
    ['a bignum cut short', 'c2 42 01'],
    ['a tag without content', 'd9 a000'],
    ['a bignum that is too long', `c2 59 1001 ${'01'.repeat(MAX_BIGINT_SIZE + 1)}`],
    ['nesting that is too deep', `${'81'.repeat(DEFAULT_MAX_DEPTH + 1)}00`],
    ['maps that are nested too deep', `${'a161'.repeat(0)}${'a16161'.repeat(DEFAULT_MAX_DEPTH + 1)}00`],
    ['tags that are nested too deep', `${'d9a000'.repeat(DEFAULT_MAX_DEPTH + 1)}00`],
    ['100,000 arrays', '81'.repeat(100_000)],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => decodeCbor(bytesOf(text)))).toBe('INFINITREE_CORRUPT');
    expect(messageOf(() => decodeCbor(bytesOf(text)))).toMatch(/at byte \d+\.$/);
  });

  test.each<[string, string]>([
    ['the deepest nesting', `${'81'.repeat(DEFAULT_MAX_DEPTH)}00`],
    ['the longest bignum', `c3 59 1000 ${'01'.repeat(MAX_BIGINT_SIZE)}`],
    ['every simple value', '84 f4 f5 f6 f7'],
    ['a key that is only like the reserved one', 'a1 69 5f5f70726f746f5f60 01'],
  ])('lets %s pass', (_, text) => {
    expect(codeOf(() => decodeCbor(bytesOf(text)))).toBeUndefined();
  });

  test('keeps to the limits it is given', () => {
    expect(codeOf(within({ maxDepth: 1 }, '8101'))).toBeUndefined();
    expect(codeOf(within({ maxDepth: 1 }, '818101'))).toBe('INFINITREE_CORRUPT');
    expect(codeOf(within({ maxItems: 5 }, '82 a1616101 01'))).toBeUndefined();
    expect(codeOf(within({ maxItems: 4 }, '82 a1616101 01'))).toBe('INFINITREE_CORRUPT');
    expect(codeOf(within({ maxItems: 2 }, '82 a1616101 01'))).toBe('INFINITREE_CORRUPT');
  });

  test('names the place', () => {
    // The count is known to be wrong before any element is looked at.
    expect(messageOf(within({}, '9affffffff01'))).toMatch(/at byte 5\.$/);
    expect(messageOf(within({}, '8201ff'))).toMatch(/at byte 2\.$/);
    expect(messageOf(within({}, 'a10101'))).toMatch(/at byte 1\.$/);
    expect(messageOf(within({}, 'a1695f5f70726f746f5f5f01'))).toMatch(/at byte 2\.$/);
    expect(messageOf(within({}, '82011c'))).toMatch(/at byte 2\.$/);
  });

  test('and the decoder refuse the same: whatever passes can be decoded', () => {
    fc.assert(
      fc.property(plainValue, mutations, (value, changes) => {
        const bytes = mutate(encodeCbor([value]), changes);
        if (orCorrupt(() => prescan(bytes)) !== undefined) expect(() => decodeCbor(bytes)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  test('of noise throws nothing but corrupt', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void orCorrupt(() => decodeCbor(bytes))),
      {
        numRuns: 3000,
      },
    );
  });
});

test('what is corrupt is named with its place and its cause, where there are any', () => {
  const cause = new Error('why');
  expect([corrupt('A thing is wrong'), corrupt('A thing is wrong', 0)].map(({ message }) => message)).toEqual([
    'A thing is wrong.',
    'A thing is wrong, at byte 0.',
  ]);
  expect(corrupt('A thing is wrong', 1, cause).cause).toBe(cause);
  expect(Object.hasOwn(corrupt('A thing is wrong'), 'cause')).toBe(false);
});

const strict = new TextDecoder('utf-8', { fatal: true });
const judged = (bytes: Uint8Array): boolean => {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
};

test('UTF-8 that begins with any byte is judged as the platform judges it', () => {
  const second = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
  for (let lead = 0; lead < 256; lead++) {
    for (const next of second) {
      for (const rest of [[], [0x80], [0xc0], [0x80, 0xbf], [0x80, 0x41], [0x80, 0x80, 0x80]]) {
        const bytes = Uint8Array.of(lead, next, ...rest);
        if (validUtf8(bytes, 0, bytes.length) !== judged(bytes)) throw new Error(`not so: ${bytes.join()}`);
      }
    }
  }
});

test('UTF-8 ends where it is said to end, whatever stands behind it', () => {
  const bytes = new TextEncoder().encode('aé€😀b');
  for (let start = 0; start <= bytes.length; start++) {
    for (let end = start; end <= bytes.length; end++) {
      expect(validUtf8(bytes, start, end)).toBe(judged(bytes.subarray(start, end)));
    }
  }
});

test('UTF-8 is judged as the platform judges it', () => {
  const byte = fc.constantFrom(
    0x00,
    0x41,
    0x7f,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc0,
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xe1,
    0xed,
    0xef,
    0xf0,
    0xf1,
    0xf4,
    0xf5,
    0xff,
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 6 }), (list) => {
      const bytes = Uint8Array.from(list);
      expect(validUtf8(bytes, 0, bytes.length)).toBe(judged(bytes));
    }),
    { numRuns: 5000 },
  );
});
