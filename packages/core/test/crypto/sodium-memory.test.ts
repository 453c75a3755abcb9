import { SodiumMemory } from '../../src/crypto/sodium-memory.js';
import { loadSodium } from '../../src/crypto/sodium-suite.js';
import { pattern } from './suites.js';

/** What fits into the piece that stays reserved, and what does not. */
const SIZES = [1, 16_384, 16_385, 100_000];

async function memory(): Promise<SodiumMemory> {
  await loadSodium();
  return new SodiumMemory();
}

test.each(SIZES)('%i bytes are put, taken and zeroed', async (size) => {
  const piece = await memory();
  piece.begin(size);
  const address = piece.put(pattern(size));
  expect(piece.take(address, size)).toEqual(pattern(size));
  piece.end();
  // Where a larger one was, others may have put something by now.
  if (size <= 16_384) expect(piece.take(address, size)).toEqual(new Uint8Array(size));
});

test.each(SIZES)('of %i bytes no more is given away than was asked for', async (size) => {
  const piece = await memory();
  piece.begin(size);
  piece.leave(size);
  expect(() => piece.leave(1)).toThrow(RangeError);
  piece.end();
  piece.begin(size);
  expect(() => piece.put(pattern(size + 1))).toThrow(RangeError);
  piece.end();
  expect(() => piece.leave(1)).toThrow(RangeError);
});

test('what is larger than there is memory is refused', async () => {
  const piece = await memory();
  const refused = expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' });
  expect(() => {
    piece.begin(2 ** 32 - 1);
  }).toThrow(refused);
});
