import type { SeededRandom } from '@infinitree/testing';

/** What plain JavaScript may hand over where a type says something else. Made anew each time: a call may freeze it. */
const ODD_VALUES: readonly (() => unknown)[] = [
  ...[undefined, null, true, false, '', 'x', '\ud800', 0, -0, 1, -1, 0.5, 256, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53)],
  ...[Number.NaN, Infinity, -Infinity, 0n, 1n, -1n, 1n << 64n, -(1n << 4000n), 1n << 40_000n, 'x'.repeat(5000)],
].map((value) => () => value);

const ODD_OBJECTS: readonly (() => unknown)[] = [
  () => ({}),
  () => [],
  () => [[[[]]]],
  () => nested(33),
  () => nested(3000),
  () => Symbol('odd'),
  () => () => undefined,
  () => new Uint8Array(0),
  () => new Uint8Array(32),
  () => new Uint8Array(5000),
  () => new Uint16Array(16),
  () => new ArrayBuffer(32),
  () => new Date(Number.NaN),
  () => new Map([[1, 2]]),
  () => new Set(['x']),
  () => Object.create(null) as object,
  () => JSON.parse('{"__proto__":{"polluted":1}}') as object,
  () => ({ length: 2 ** 32 }),
  () => new Array(3),
  () => Object.assign(Object.create({ inherited: 1 }) as object, { own: 1 }),
  () => Buffer.from('x'),
  () => new Error('odd'),
  () => 'ab'.repeat(32),
];

export function oddValue(random: SeededRandom): unknown {
  return random.pick(random.int(2) === 0 ? ODD_VALUES : ODD_OBJECTS)();
}

/** A copy with one to three odd values somewhere in it; arrays and plain objects are gone into. */
export function mutateValue(random: SeededRandom, value: unknown, other: unknown): unknown {
  let result = value;
  for (let left = 1 + random.int(3); left > 0; left--) result = changed(random, result, other);
  return result;
}

function changed(random: SeededRandom, value: unknown, other: unknown): unknown {
  const isList = Array.isArray(value);
  const isRecord = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  const names = isList || isRecord ? Object.keys(value) : [];
  if (names.length === 0 || random.int(6) === 0) return random.int(4) === 0 ? other : oddValue(random);
  const copy = (isList ? [...(value as unknown[])] : { ...(value as object) }) as Record<string, unknown>;
  const name = random.pick(names);
  if (random.int(8) === 0) Reflect.deleteProperty(copy, name);
  else copy[name] = changed(random, copy[name], other);
  return copy;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
