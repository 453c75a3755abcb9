import type { SeededRandom } from '@infinitree/testing';
import { mutateBytes } from './bytes.js';
import { oddNumber, writeNumber } from './numbers.js';

const PREFIX = 4;

/** Changes of a payload: of its bytes, of the length it declares, or a block that was made up. */
export function mutateLz4(random: SeededRandom, payload: Uint8Array, other: Uint8Array): Uint8Array {
  const way = random.int(4);
  if (way === 0) return mutateBytes(random, payload, other);
  if (way === 1) {
    const changed = payload.slice();
    writeNumber(changed, 0, PREFIX, oddNumber(random, BigInt(payload.length), PREFIX));
    return changed;
  }
  // A block ends with literals, and its last match begins well before them.
  const sequences = Array.from({ length: 1 + random.int(3) }, () => sequence(random));
  if (random.int(4) > 0) sequences.push(ending(random));
  const plain = sequences.reduce((sum, { literals, match }) => sum + literals + match, 0);
  const prefix = new Uint8Array(PREFIX);
  writeNumber(prefix, 0, PREFIX, way === 2 ? BigInt(plain) : oddNumber(random, BigInt(plain), PREFIX));
  return new Uint8Array(Buffer.concat([prefix, ...sequences.map(({ bytes }) => bytes)]));
}

interface Sequence {
  readonly bytes: Uint8Array;
  readonly literals: number;
  readonly match: number;
}

/** Literals and a match, which may lie before the beginning, at no distance at all, or go on for ever. */
function sequence(random: SeededRandom): Sequence {
  const literals = random.pick([0, 1, 4, 14, 15, 16, 270, 300, 5000]);
  const match = random.pick([4, 5, 18, 19, 20, 273, 274, 70_000, 1_000_000]);
  const offset = random.pick([0, 1, 1, 1, 1, 2, literals, literals, literals + 1, 0xffff]);
  const token = (Math.min(literals, 15) << 4) | Math.min(match - 4, 15);
  const written = random.int(6) === 0 ? literals >> 1 : literals;
  const bytes = Buffer.concat([
    Uint8Array.of(token),
    run(literals),
    random.bytes(written),
    ...(random.int(6) === 0 ? [] : [Uint8Array.of(offset & 0xff, offset >> 8), run(match - 4)]),
  ]);
  return { bytes, literals, match };
}

function ending(random: SeededRandom): Sequence {
  const literals = random.pick([5, 12, 13, 14]);
  return { bytes: Buffer.concat([Uint8Array.of(literals << 4), random.bytes(literals)]), literals, match: 0 };
}

/** What stands behind a nibble of 15. */
function run(length: number): Uint8Array {
  if (length < 15) return new Uint8Array(0);
  const rest = length - 15;
  return Uint8Array.of(...new Uint8Array(Math.floor(rest / 255)).fill(255), rest % 255);
}
