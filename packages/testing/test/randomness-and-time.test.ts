import { describe, expect, test } from '@jest/globals';
import { SeededRandom, TestClock, withSeed } from '../src/index.js';

describe('SeededRandom', () => {
  // xoshiro128** as published, on the state that splitmix32 makes of the seed: a change here changes every seed's run.
  test('gives the same numbers for the same seed, in this version and the next', () => {
    const random = new SeededRandom(42);
    expect([random.u32(), random.u32(), random.u32(), random.u32()]).toEqual(KNOWN);
  });

  test('gives other numbers for another seed', () => {
    expect(new SeededRandom(1).bytes(16)).not.toEqual(new SeededRandom(2).bytes(16));
  });

  test('a seed is 32 bits', () => {
    expect(new SeededRandom(-1).seed).toBe(0xffffffff);
    expect(new SeededRandom(2 ** 32 + 7).bytes(8)).toEqual(new SeededRandom(7).bytes(8));
  });

  test('fills all of the target and nothing else', () => {
    const buffer = new Uint8Array(30);
    new SeededRandom(3).fill(buffer.subarray(10, 21));
    expect(buffer.slice(0, 10)).toEqual(new Uint8Array(10));
    expect(buffer.slice(21)).toEqual(new Uint8Array(9));
    expect(buffer.slice(10, 21)).toEqual(new SeededRandom(3).bytes(11));
  });

  test('spreads evenly', () => {
    const random = new SeededRandom(5);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) counts[random.int(10)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    const bytes = new Uint32Array(256);
    for (const byte of random.bytes(256 * 400)) bytes[byte]! += 1;
    expect(Math.max(...bytes.map((count) => Math.abs(count - 400)))).toBeLessThan(120);
  });

  test('next is in [0, 1), int in [0, n), pick in the list', () => {
    const random = new SeededRandom(6);
    for (let i = 0; i < 1000; i++) {
      const value = random.next();
      expect(value >= 0 && value < 1).toBe(true);
      expect(random.int(1)).toBe(0);
      expect(['a', 'b']).toContain(random.pick(['a', 'b']));
    }
    for (const below of [0, -1, 1.5, 2 ** 33]) expect(() => random.int(below)).toThrow(RangeError);
    expect(() => random.pick([])).toThrow(RangeError);
  });
});

describe('withSeed', () => {
  test('hands over the source and gives the result', async () => {
    expect(await withSeed(9, (random) => random.u32())).toBe(new SeededRandom(9).u32());
  });

  test('names the seed of a run that failed, and throws the same error', async () => {
    const error = new Error('wrong');
    const failed = withSeed(1234, () => {
      throw error;
    });
    await expect(failed).rejects.toBe(error);
    expect(error.message).toBe('[seed 1234] wrong');
  });

  test('passes on what is no error', async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- that is the case
    await expect(withSeed(1, () => Promise.reject('text'))).rejects.toBe('text');
  });
});

describe('TestClock', () => {
  test('stands still until it is moved, in either direction', () => {
    const clock = new TestClock(1000);
    expect([clock.now(), clock.now()]).toEqual([1000, 1000]);
    expect(clock.advance(500)).toBe(1500);
    clock.advance(-1000);
    expect(clock.now()).toBe(500);
    clock.set(7);
    expect(clock.now()).toBe(7);
    expect(new TestClock().now()).toBe(Date.UTC(2024, 0, 1));
  });
});

const KNOWN = [660444221, 3652823732, 77672526, 910233633];
