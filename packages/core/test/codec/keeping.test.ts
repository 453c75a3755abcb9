import fc from 'fast-check';
import { copyValue } from '../../src/codec/copy-value.js';
import { admit, admitLoaded, Copied, release } from '../../src/fields/values.js';
import { codeOf } from './hostile.js';
import { expectSame } from './same.js';
import { anyValue, plainValue } from './value-arbitraries.js';

/** Whether an object and all objects and arrays within it are frozen. */
function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof Date) return true;
  if (value instanceof Map) return [...value].flat().every(isDeeplyFrozen);
  if (value instanceof Set) return [...value].every(isDeeplyFrozen);
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

describe('admit', () => {
  test('keeps plain values themselves, frozen', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        const stored = admit(value);
        expect(Object.is(stored, value)).toBe(true);
        expect(isDeeplyFrozen(value)).toBe(true);
        expect(Object.is(release(stored), value)).toBe(true);
      }),
    );
  });

  test('gives back what it was given, frozen, and the same each time', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const stored = admit(value);
        expectSame(release(stored), value);
        expectSame(release(stored), value);
        expect(isDeeplyFrozen(release(stored))).toBe(true);
      }),
    );
  });

  test('leaves alone what somebody has added to Object.prototype', () => {
    const added = { theirs: true };
    Object.defineProperty(Object.prototype, 'added', { value: added, enumerable: true, configurable: true });
    try {
      const value = { inner: { n: 1 } };
      admit(value);
      expect([isDeeplyFrozen(value.inner), Object.isFrozen(value), Object.isFrozen(added)]).toEqual([
        true,
        true,
        false,
      ]);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'added');
    }
  });

  test('freezes what lies below an object that was frozen already', () => {
    const value = Object.freeze({ inner: { list: [1] } });
    admit(value);
    expect(isDeeplyFrozen(value)).toBe(true);
  });

  test('copies what freezing does not protect, in and out', () => {
    const value = { at: new Date(5), tags: new Set(['a']), map: new Map([[{ k: 1 }, [2]]]), bytes: Uint8Array.of(1) };
    const stored = admit(value);
    expect(stored).toBeInstanceOf(Copied);
    expect(Object.isFrozen(value)).toBe(false);
    value.at.setTime(6);
    value.tags.add('b');
    value.bytes[0] = 9;
    const first = release(stored) as typeof value;
    first.at.setTime(7);
    first.tags.clear();
    first.bytes[0] = 8;
    const second = release(stored) as typeof value;
    expectSame(second, {
      at: new Date(5),
      tags: new Set(['a']),
      map: new Map([[{ k: 1 }, [2]]]),
      bytes: Uint8Array.of(1),
    });
    expect(Object.isFrozen(second)).toBe(true);
    expect(Object.isFrozen([...second.map.keys()][0])).toBe(true);
    expect(Object.isFrozen([...second.map.values()][0])).toBe(true);
  });

  test('gives copies whose properties are ordinary ones, whatever their names', () => {
    const value = JSON.parse('{"__proto__":1,"a":2}') as Record<string, unknown>;
    value['at'] = new Date(5);
    const copy = copyValue(value) as object;
    expect(Object.getOwnPropertyDescriptors(copy)).toEqual(Object.getOwnPropertyDescriptors(value));
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
  });

  test('refuses what cannot be stored, and then freezes nothing', () => {
    const value = { ok: {}, bad: () => 0 };
    expect(codeOf(() => admit(value))).toBe('INFINITREE_INVALID_ARGUMENT');
    expect(codeOf(() => admit(value, { freeze: false }))).toBe('INFINITREE_INVALID_ARGUMENT');
    expect(Object.isFrozen(value)).toBe(false);
    expect(Object.isFrozen(value.ok)).toBe(false);
  });

  test('without freezing keeps everything as it is', () => {
    const value = { list: [1], at: new Date(5) };
    const stored = admit(value, { freeze: false });
    expect(stored).toBe(value);
    expect(release(stored, { freeze: false })).toBe(value);
    expect(Object.isFrozen(value)).toBe(false);
    expect(Object.isFrozen(value.list)).toBe(false);
  });
});

describe('loaded values', () => {
  test('are frozen when they are first read', () => {
    const value = { list: [{ a: 1 }] };
    const stored = admitLoaded(value, true);
    expect(stored).toBe(value);
    expect(Object.isFrozen(value)).toBe(false);
    expect(release(stored)).toBe(value);
    expect(isDeeplyFrozen(value)).toBe(true);
  });

  test('are boxed where freezing does not protect them', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const stored = admitLoaded(value, false);
        expectSame(release(stored), value);
        expect(isDeeplyFrozen(release(stored))).toBe(true);
      }),
    );
    expect(admitLoaded(new Date(5), false)).toBeInstanceOf(Copied);
    expect(admitLoaded({ a: 1 }, false)).toEqual({ a: 1 });
    expect(admitLoaded('a', false)).toBe('a');
  });
});
