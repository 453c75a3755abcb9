import fc from 'fast-check';
import { CODEC_LZ4, CODEC_STORED, codecOf, MIN_COMPRESSED, pack, unpack } from '../../src/codec/compression.js';
import { type Lz4, loadLz4, loadNativeLz4, lz4For, portableLz4 } from '../../src/platform/lz4.js';
import { codeOf, messageOf, mutate, mutations, orCorrupt } from './hostile.js';

const MAX = 1 << 20;

/** Bytes in which LZ4 finds something. */
const compressible = fc
  .tuple(
    fc.uint8Array({ minLength: 1, maxLength: 30 }),
    fc.integer({ min: 1, max: 40 }),
    fc.uint8Array({ maxLength: 20 }),
  )
  .map(([piece, times, rest]) => Uint8Array.from([...new Array(times).fill([...piece]).flat(), ...rest]));

// Before anything loads the native library, so that this file sees both.
test('the portable library is there from the start', () => {
  expect(lz4For(1)).toBe(portableLz4);
});

describe('libraries', () => {
  let native: Lz4;
  beforeAll(async () => {
    const loaded = await loadNativeLz4();
    if (loaded === undefined) throw new Error('lz4-napi is a dependency of the tests and did not load');
    native = loaded;
  });

  test('read what the other one wrote', () => {
    fc.assert(
      fc.property(fc.oneof(compressible, fc.uint8Array({ maxLength: 300 })), (plain) => {
        expect(native.decompress(portableLz4.compress(plain))).toEqual(plain);
        expect(portableLz4.decompress(native.compress(plain))).toEqual(plain);
      }),
    );
  });

  test('give arrays that are no Buffers', () => {
    const payload = native.compress(new Uint8Array(100));
    expect(Object.getPrototypeOf(payload)).toBe(Uint8Array.prototype);
    expect(Object.getPrototypeOf(native.decompress(payload))).toBe(Uint8Array.prototype);
  });

  test('are chosen once: the native one where it loads', async () => {
    expect((await loadLz4()).name).toBe('native');
    expect(lz4For(1).name).toBe('native');
    expect(loadLz4()).toBe(loadLz4());
  });

  test('are the portable one alone where the native one is missing', async () => {
    expect(await loadNativeLz4(() => Promise.reject(new Error('missing')))).toBeUndefined();
  });
});

// From here on with the native library, which `loadLz4` above made the current one.
describe('payloads', () => {
  test('give back the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(compressible, fc.uint8Array({ maxLength: 300 })), (plain) => {
        const { codec, bytes } = pack(plain);
        expect(unpack(codec, bytes, plain.length)).toEqual(plain);
        expect(bytes.length).toBeLessThanOrEqual(plain.length);
      }),
    );
  });

  test('declare their length first, big-endian', () => {
    const { codec, bytes } = pack(new Uint8Array(1000));
    expect(codec).toBe(CODEC_LZ4);
    expect([...bytes.subarray(0, 4)]).toEqual([0, 0, 3, 232]);
  });

  test('are stored where compression gains nothing', () => {
    const short = new Uint8Array(MIN_COMPRESSED - 1);
    expect(pack(short)).toEqual({ codec: CODEC_STORED, bytes: short });
    expect(pack(new Uint8Array(MIN_COMPRESSED)).codec).toBe(CODEC_LZ4);
    const random = Uint8Array.from({ length: 500 }, (_, i) => (i * i * 31 + (i >> 3) * 77) & 0xff);
    const noise = crypto.getRandomValues(random);
    expect(pack(noise)).toEqual({ codec: CODEC_STORED, bytes: noise });
  });

  test('leave what they are given as it is', () => {
    const { bytes } = pack(new Uint8Array(1000));
    const before = Uint8Array.from(bytes);
    unpack(CODEC_LZ4, bytes, MAX);
    expect(bytes).toEqual(before);
  });

  const { bytes } = pack(new Uint8Array(1000));
  const declaring = (length: number): Uint8Array => {
    const changed = Uint8Array.from(bytes);
    new DataView(changed.buffer).setUint32(0, length);
    return changed;
  };

  test.each<[string, number, Uint8Array, number]>([
    ['an unknown codec', 2, bytes, MAX],
    ['more stored bytes than allowed', CODEC_STORED, new Uint8Array(9), 8],
    ['no bytes', CODEC_LZ4, new Uint8Array(0), MAX],
    ['a length alone', CODEC_LZ4, new Uint8Array(4), MAX],
    ['a length beyond the limit', CODEC_LZ4, bytes, 999],
    ['a length that no block of this size can have', CODEC_LZ4, declaring(255 * (bytes.length - 4) + 65), 2 ** 32],
    ['the largest length', CODEC_LZ4, declaring(0xffffffff), 2 ** 33],
    ['a length that is too large', CODEC_LZ4, declaring(1001), MAX],
    ['a length that is too small', CODEC_LZ4, declaring(999), MAX],
    ['a block cut short', CODEC_LZ4, bytes.subarray(0, -3), MAX],
  ])('with %s are corrupt', (_, codec, payload, most) => {
    expect(codeOf(() => unpack(codec, payload, most))).toBe('INFINITREE_CORRUPT');
  });

  test('are refused for the length they declare, before anything is allocated for it', () => {
    const act = (): unknown => unpack(CODEC_LZ4, declaring(0xffffffff), 2 ** 33);
    expect(messageOf(act)).toMatch(/declares more than it may hold/);
  });

  test('that are changed give no more than they declare, or are corrupt', () => {
    fc.assert(
      fc.property(compressible, mutations, fc.integer({ min: 0, max: 3000 }), (plain, changes, most) => {
        const payload = codecOf(CODEC_LZ4).encode(plain) ?? pack(new Uint8Array(200)).bytes;
        const result = orCorrupt(() => unpack(CODEC_LZ4, mutate(payload, changes), most));
        expect(result?.length ?? 0).toBeLessThanOrEqual(most);
      }),
      { numRuns: 1000 },
    );
  });
});
