import type { SeededRandom } from '@infinitree/testing';
import { oddNumber, readNumber, writeNumber } from './numbers.js';

/** Longer inputs take longer and show nothing new. */
const LONGEST = 65_536;

type Change = (random: SeededRandom, bytes: Uint8Array, other: Uint8Array) => Uint8Array;

const CHANGES: readonly Change[] = [flip, flip, overwrite, overwrite, truncate, extend, remove, repeat, splice, number];

/** One to four changes that know nothing of what the bytes mean. */
export function mutateBytes(random: SeededRandom, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let result: Uint8Array = bytes.slice();
  for (let left = 1 + random.int(4); left > 0; left--) result = random.pick(CHANGES)(random, result, other);
  return result.subarray(0, LONGEST);
}

/** One change of one field of a fixed layout; sometimes of no field at all. */
export function mutateFields(
  layout: Readonly<Record<string, readonly [number, number]>>,
): (random: SeededRandom, bytes: Uint8Array, other: Uint8Array) => Uint8Array {
  const fields = Object.values(layout);
  return (random, bytes, other) => {
    const [at, size] = random.pick(fields);
    const result = bytes.slice();
    const way = random.int(4);
    if (way === 0 || size > 8) flip(random, result.subarray(at, at + size));
    else if (way === 1) result.set(other.subarray(at, Math.min(at + size, result.length)), at);
    else writeNumber(result, at, size, oddNumber(random, readNumber(result, at, size), size));
    return result;
  };
}

function place(random: SeededRandom, bytes: Uint8Array): number {
  return random.int(bytes.length + 1);
}

function flip(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  if (bytes.length > 0) bytes[random.int(bytes.length)]! ^= 1 << random.int(8);
  return bytes;
}

function overwrite(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  if (bytes.length > 0) bytes[random.int(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff, random.int(256)]);
  return bytes;
}

function number(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const at = place(random, bytes);
  const size = random.pick([1, 2, 4, 8]);
  writeNumber(bytes, at, size, oddNumber(random, readNumber(bytes, at, size), size));
  return bytes;
}

function truncate(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, place(random, bytes));
}

function extend(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  return joined(bytes, random.int(2) === 0 ? random.bytes(1 + random.int(16)) : new Uint8Array(1 + random.int(4096)));
}

function remove(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const at = place(random, bytes);
  return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.int(8)));
}

function repeat(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const [from, to] = [place(random, bytes), place(random, bytes)].sort((a, b) => a - b) as [number, number];
  return joined(bytes.subarray(0, to), bytes.subarray(from));
}

function splice(random: SeededRandom, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const from = place(random, other);
  const part = other.subarray(from, from + random.int(64));
  const at = place(random, bytes);
  return joined(bytes.subarray(0, at), part, bytes.subarray(at + random.pick([0, part.length])));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
