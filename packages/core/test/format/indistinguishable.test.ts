// A thousand objects of each kind, as storage sees them: the same length, and nothing in them that is not as in random bytes.
// All randomness comes from seeds, so that a test of chance has one outcome.
import { loadSuite } from '../../src/crypto/suite.js';
import { OBJECT_SIZE } from '../vectors/fixture.js';
import { OBJECT_KINDS, objectsOf } from './indistinguishable.js';

const COUNT = 1000;
/** Outside of these a chi-square of 255 degrees of freedom lies once in 10^9 times, on either side. */
const CHI_SQUARE = [141, 416] as const;
/** In bytes. */
const BLOCK = 16;

interface Seen {
  readonly lengths: Set<number>;
  readonly chiSquares: number[];
  /** Bits that were set in all objects, and in any. */
  readonly always: Uint8Array;
  readonly ever: Uint8Array;
}

const seen = new Map<string, Seen>();
/** Eight bytes of each block: blocks that are the same have the same eight. */
const aligned = new BigUint64Array((OBJECT_KINDS.length * COUNT * OBJECT_SIZE) / BLOCK);
/** The same of blocks that stand anywhere, behind a byte that was picked at random. */
const anywhere: bigint[] = [];

beforeAll(async () => {
  const suite = await loadSuite();
  let at = 0;
  for (const kind of OBJECT_KINDS) {
    const [always, ever] = [new Uint8Array(OBJECT_SIZE).fill(0xff), new Uint8Array(OBJECT_SIZE)];
    const one: Seen = { lengths: new Set(), chiSquares: [], always, ever };
    seen.set(kind, one);
    for await (const bytes of objectsOf(kind, suite, COUNT)) {
      one.lengths.add(bytes.length);
      one.chiSquares.push(chiSquare(bytes));
      bytes.forEach((byte, i) => {
        always[i]! &= byte;
        ever[i]! |= byte;
      });
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let i = 0; i < bytes.length; i += BLOCK) aligned[at++] = view.getBigUint64(i);
      for (let i = bytes.indexOf(0x5a); i >= 0 && i + BLOCK < bytes.length; i = bytes.indexOf(0x5a, i + 1)) {
        anywhere.push(view.getBigUint64(i + 1));
      }
    }
  }
}, 120_000);

function chiSquare(bytes: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte]! += 1;
  const expected = bytes.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

test.each(OBJECT_KINDS)('%s: a thousand objects of one length', (kind) => {
  const { lengths, chiSquares } = seen.get(kind)!;
  expect([...lengths]).toEqual([OBJECT_SIZE]);
  expect(chiSquares).toHaveLength(COUNT);
});

test.each(OBJECT_KINDS)('%s: bytes that are spread evenly, in each object and over all', (kind) => {
  const { chiSquares } = seen.get(kind)!;
  expect(Math.min(...chiSquares)).toBeGreaterThan(CHI_SQUARE[0]);
  expect(Math.max(...chiSquares)).toBeLessThan(CHI_SQUARE[1]);
  // Their mean is 255, give or take 0.7. Too even would be as telling as too uneven.
  const mean = chiSquares.reduce((a, b) => a + b) / COUNT;
  expect(Math.abs(mean - 255)).toBeLessThan(4);
});

test.each(OBJECT_KINDS)('%s: no bit that is the same in all of them', (kind) => {
  const { always, ever } = seen.get(kind)!;
  expect(always.findIndex((byte) => byte !== 0)).toBe(-1);
  expect(ever.findIndex((byte) => byte !== 0xff)).toBe(-1);
});

test('no block of 16 bytes is repeated, within an object or across all of them', () => {
  expect(aligned.at(-1)).not.toBe(0n);
  expect(firstRepeated(aligned)).toBe(-1);
  expect(anywhere.length).toBeGreaterThan(900_000);
  expect(firstRepeated(BigUint64Array.from(anywhere))).toBe(-1);
}, 60_000);

function firstRepeated(blocks: BigUint64Array): number {
  blocks.sort();
  return blocks.findIndex((block, i) => i > 0 && block === blocks[i - 1]);
}
