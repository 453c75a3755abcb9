import { derive } from '../../src/crypto/derive.js';
import { Entropy } from '../../src/crypto/entropy.js';
import { loadSuite, type Suite } from '../../src/crypto/suite.js';
import { LABELS, type Label } from '../../src/format/labels.js';
import { pattern } from './suites.js';

let suite: Suite;
beforeAll(async () => {
  suite = await loadSuite();
});

describe('labels', () => {
  const texts = Object.values(LABELS);

  test('are used once each', () => {
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('are ASCII and carry the version', () => {
    for (const text of texts) expect(text).toMatch(/^infinitree\/v1\/[a-z-]+$/);
  });
});

describe('derive', () => {
  test('is one HMAC over label, zero byte and context', () => {
    const message = Buffer.concat([Buffer.from('infinitree/v1/frame\0'), pattern(5), pattern(7)]);
    expect(derive(suite, pattern(32), 'frame', pattern(5), pattern(7))).toEqual(suite.hmac(pattern(32), message));
  });

  test('gives another key for each label and parent', () => {
    const outputs = (Object.keys(LABELS) as Label[]).flatMap((label) =>
      [pattern(32, 1), pattern(32, 2)].map((parent) => Buffer.from(derive(suite, parent, label)).toString('hex')),
    );
    expect(new Set(outputs).size).toBe(2 * Object.keys(LABELS).length);
  });
});

describe('Entropy', () => {
  /** What a resumed virtual machine has: a random source that says the same again. */
  const stuck = (now: () => number) => ({
    random: { fill: (target: Uint8Array) => target.fill(7) },
    clock: { now },
  });
  const atMidnight = stuck(() => 86_400_000);

  test('never gives the same bytes twice, even from a random source that is stuck', () => {
    const entropy = new Entropy(suite, atMidnight);
    const seen = new Set(Array.from({ length: 1000 }, () => entropy.bytes32().join()));
    expect(seen.size).toBe(1000);
  });

  test('differs between two resumed copies by the time and by what is sealed', () => {
    const first = new Entropy(suite, atMidnight).bytes32(pattern(10, 1));
    expect(new Entropy(suite, atMidnight).bytes32(pattern(10, 1))).toEqual(first);
    expect(
      new Entropy(
        suite,
        stuck(() => 86_400_001),
      ).bytes32(pattern(10, 1)),
    ).not.toEqual(first);
    expect(new Entropy(suite, atMidnight).bytes32(pattern(10, 2))).not.toEqual(first);
  });

  test('differs for good between two copies that once have sealed different things', () => {
    const [one, other, idle] = [1, 2, 1].map((sealed) => {
      const entropy = new Entropy(suite, atMidnight);
      entropy.bytes32(pattern(10, sealed));
      return entropy.bytes32(pattern(10, 3));
    });
    expect(other).not.toEqual(one);
    expect(idle).toEqual(one);
  });

  test('never gives the same bytes twice from one reading of the source', () => {
    const readings: number[] = [];
    const { clock, random } = atMidnight;
    const fill = (target: Uint8Array) => readings.push(random.fill(target).length);
    const entropy = new Entropy(suite, { clock, random: { fill } });
    const draws = [entropy.draw(), entropy.draw()];
    const seen = new Set(Array.from({ length: 1000 }, (_, i) => draws[i % 2]!(pattern(10, 1)).join()));
    expect(seen.size).toBe(1000);
    expect(readings).toEqual([1024]);
  });

  test('reads ahead for salts, and gives no part of that twice', () => {
    let reading = 0;
    const fill = (target: Uint8Array): void => {
      reading += 1;
      target.set(target.map((_, i) => (reading << 5) | (i >> 5)));
    };
    const hmacs: Uint8Array[] = [];
    const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]) => {
      hmacs.push(key.slice());
      return suite.hmac(key, ...parts);
    };
    const entropy = new Entropy({ hmac }, { clock: atMidnight.clock, random: { fill } });
    for (let i = 0; i < 80; i++) entropy.draw()(pattern(10, 1));
    expect(hmacs).toEqual(Array.from({ length: 80 }, (_, i) => new Uint8Array(32).fill(32 + i)));
    expect(reading).toBe(3);
  });

  test('is one HMAC under the random bytes over the count of calls, the time, what was given before and the hedge', () => {
    const entropy = new Entropy(
      suite,
      stuck(() => 0x0102_0304_05),
    );
    const moment = (count: number) => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, count, 0, 0, 0, 1, 2, 3, 4, 5);
    const expected = (count: number, past: Uint8Array) =>
      derive(suite, new Uint8Array(32).fill(7), 'hedge', moment(count), past, pattern(10, 1));
    const first = entropy.bytes32(pattern(10, 1));
    expect(first).toEqual(expected(1, new Uint8Array(32)));
    // A secret is given without saying what for, and nothing is kept of it.
    entropy.bytes32();
    expect(entropy.draw()(pattern(10, 1))).toEqual(expected(3, first));
  });

  test('zeroes what it read once it is used', () => {
    const targets: Uint8Array[] = [];
    const random = { fill: (target: Uint8Array) => targets.push(target.fill(7)) };
    new Entropy(suite, { clock: { now: () => 0 }, random }).bytes32();
    expect(targets).toEqual([new Uint8Array(32)]);
  });

  test('depends on fresh bytes of the random source at every call', () => {
    const filled: number[] = [];
    let next = 0;
    const clock = { now: () => 0.25 };
    const random = {
      fill: (target: Uint8Array) => {
        filled.push(target.length);
        target.fill(next++);
      },
    };
    const entropy = new Entropy(suite, { clock, random });
    const [first, second] = [entropy.bytes32(), entropy.bytes32()];
    expect(filled).toEqual([32, 32]);
    expect(first).toHaveLength(32);
    next = 9;
    const other = new Entropy(suite, { clock, random });
    expect(other.bytes32()).not.toEqual(first);
    next = 1;
    expect(other.bytes32()).toEqual(second);
  });
});
