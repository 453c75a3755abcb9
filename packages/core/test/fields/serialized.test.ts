import { isInfinitreeError, type ShortCode } from '../../src/errors.js';
import { Serialized } from '../../src/fields/serialized.js';
import { fieldTypeOf, storeOf } from '../../src/fields/store-of.js';
import { VersionedMap } from '../../src/fields/versioned-map.js';
import { kind } from '../../src/index/field-types.js';

function throwing(short: ShortCode, run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isInfinitreeError(error, short)) return error.message;
    throw error;
  }
  throw new Error('nothing thrown');
}

describe('Serialized', () => {
  test('reads as its initial value where it is loaded and nothing is stored', () => {
    const cell = new Serialized({ count: 0 });
    storeOf(cell)!.markLoaded();
    expect(cell.value).toEqual({ count: 0 });
    expect(storeOf(cell)!.delta.isEmpty).toBe(true);
  });

  test('holds what was set, frozen', () => {
    const cell = new Serialized<{ count: number }>({ count: 0 });
    storeOf(cell)!.markLoaded();
    const value = { count: 1 };
    cell.value = value;
    expect(cell.value).toBe(value);
    expect(() => (value.count = 2)).toThrow(TypeError);
  });

  test('refuses what cannot be stored, and keeps what it had', () => {
    const cell = new Serialized<unknown>(1);
    storeOf(cell)!.markLoaded();
    throwing('INVALID_ARGUMENT', () => (cell.value = () => 0));
    expect(cell.value).toBe(1);
  });

  test('can hold undefined, which is not its initial value', () => {
    const cell = new Serialized<string | undefined>('initial');
    storeOf(cell)!.markLoaded();
    cell.value = undefined;
    expect(cell.value).toBeUndefined();
  });

  test('takes its initial value over at construction', () => {
    const initial = { at: new Date(1) };
    const cell = new Serialized(initial);
    storeOf(cell)!.markLoaded();
    initial.at.setTime(2);
    expect(cell.value).toEqual({ at: new Date(1) });
    expect(throwing('INVALID_ARGUMENT', () => new Serialized(() => 0))).not.toBe('');
  });

  test('that is not loaded is NOT_LOADED and names the only way out', () => {
    const cell = new Serialized(0);
    storeOf(cell)!.bind('lastTime', 'whole');
    expect(cell.state).toBe('none');
    const message = throwing('NOT_LOADED', () => cell.value);
    expect(message).toBe("The field 'lastTime' is not in memory: load it with await tree.load('lastTime').");
  });

  test('takes a value unread', () => {
    const cell = new Serialized(0);
    cell.value = 1;
    expect(cell.value).toBe(1);
    expect([...storeOf(cell)!.delta.ops.values()]).toEqual([{ kind: 'value', value: 1, depends: false }]);
  });
});

describe('what the tree sees of a field', () => {
  test('is its engine and its type', () => {
    expect(fieldTypeOf(new Serialized(0))).toEqual({ kind: 'cell', storedName: 'serialized' });
    expect(fieldTypeOf(new VersionedMap())).toEqual({ kind: 'map', storedName: 'versioned-map' });
    expect(new Serialized(0)[kind]).toBe('cell');
    expect(new VersionedMap()[kind]).toBe('map');
    const map = new VersionedMap({ freeze: false });
    expect(storeOf(map)).toMatchObject({ keeping: { freeze: false } });
    storeOf(map)!.bind('plants');
    expect(storeOf(map)!.property).toBe('plants');
  });

  test('is nothing of what is no field', () => {
    expect(storeOf(new Map())).toBeUndefined();
    expect(fieldTypeOf({ [kind]: 'map' })).toBeUndefined();
  });
});
