import {
  type IndexKey,
  type ListField,
  type MapField,
  Serialized,
  type SetField,
  SnapshotList,
  SnapshotMap,
  SnapshotSet,
  type Strategy,
  VersionedList,
  VersionedMap,
  VersionedSet,
} from '@infinitree/core';
import { describe, expect, test } from '@jest/globals';
import { type FieldOperation, type FieldTarget, fieldSuite } from '../src/index.js';

const runner = { describe, test, expect };

interface Plant {
  name: string;
  height: number;
  sown?: Date;
  seeds?: Uint8Array;
  leaves?: Map<string, { size: number }>;
}

/** Values of every sort: what is frozen, what is copied, and one too large to stay in a small commit. */
const plants = (): [Plant, Plant, Plant] => [
  { name: 'Basil', height: 3 },
  { name: 'Mint', height: 2, sown: new Date(1_000), seeds: Uint8Array.of(1, 2), leaves: new Map([['l', { size: 1 }]]) },
  { name: 'Dill'.repeat(5_000), height: 40 },
];

type PlantState = readonly (readonly [string, Plant])[];
type Plants = [Plant, Plant, Plant];
type MapOperation = FieldOperation<MapField<string, Plant>, Plants, PlantState>;

/** The entries with some set, in key order. */
function withEntries(state: PlantState, ...entries: [string, Plant][]): PlantState {
  return [...new Map([...state, ...entries])].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `whole`: the field has to be loaded for every change. */
function mapOperations(whole: boolean): MapOperation[] {
  const blind = !whole;
  return [
    {
      name: 'set two',
      blind,
      apply: (map, [basil, mint]) => void map.set('b', basil).set('a', mint),
      model: (state, [basil, mint]) => withEntries(state, ['b', basil], ['a', mint]),
    },
    {
      name: 'set a large one',
      blind,
      apply: (map, [, , dill]) => void map.set('d', dill),
      model: (state, [, , dill]) => withEntries(state, ['d', dill]),
    },
    {
      name: 'update',
      blind: false,
      apply: (map) => void map.update('b', (old) => ({ ...old, height: old.height + 1 })),
      model: (state) =>
        state.map(([key, plant]) => (key === 'b' ? [key, { ...plant, height: plant.height + 1 }] : [key, plant])),
    },
    {
      name: 'insert',
      blind: false,
      apply: (map, [basil]) => void map.insert('c', basil),
      model: (state, [basil]) => (state.some(([key]) => key === 'c') ? state : withEntries(state, ['c', basil])),
    },
    {
      name: 'delete',
      blind,
      apply: (map) => map.delete('a'),
      model: (state) => state.filter(([key]) => key !== 'a'),
    },
    {
      name: 'retain',
      blind: false,
      apply: (map) => map.retain((_, { height }) => height > 3),
      model: (state) => state.filter(([, { height }]) => height > 3),
    },
    { name: 'clear', blind, apply: (map) => map.clear(), model: () => [] },
    {
      name: 'clear and set',
      blind,
      apply: (map, [, mint]) => {
        map.clear();
        map.set('m', mint);
      },
      model: (_, [, mint]) => [['m', mint]],
    },
  ];
}

function mapTarget(
  make: () => MapField<string, Plant>,
  whole: boolean,
): FieldTarget<MapField<string, Plant>, Plants, PlantState> {
  return {
    make,
    values: plants,
    initial: [],
    read: (map) => [...map] as unknown as PlantState,
    operations: mapOperations(whole),
    refused: [
      { name: 'a key that is none', apply: (map) => map.set(Number.NaN as never, { name: '', height: 0 }) },
      { name: 'a value that is none', apply: (map) => map.set('x', (() => 1) as never) },
    ],
  };
}

type Keys = [string, Uint8Array, readonly [number, string]];

function setTarget(
  make: () => SetField<IndexKey>,
  whole: boolean,
): FieldTarget<SetField<IndexKey>, Keys, readonly IndexKey[]> {
  const blind = !whole;
  const inOrder = (keys: readonly IndexKey[]) =>
    [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()].sort((a, b) => rank(a) - rank(b));
  const rank = (key: IndexKey) => (typeof key === 'string' ? 0 : key instanceof Uint8Array ? 1 : 2);
  return {
    make,
    values: () => ['spring', Uint8Array.of(7, 0, 255), [1, 'b']],
    initial: [],
    read: (set) => [...set],
    operations: [
      {
        name: 'add',
        blind,
        apply: (set, [text, bytes]) => void set.add(bytes).add(text),
        model: (state, [text, bytes]) => inOrder([...state, text, bytes]),
      },
      {
        name: 'add a tuple',
        blind,
        apply: (set, [, , tuple]) => void set.add(tuple),
        model: (state, [, , tuple]) => inOrder([...state, tuple]),
      },
      {
        name: 'delete',
        blind,
        apply: (set, [text]) => set.delete(text),
        model: (state, [text]) => state.filter((key) => key !== text),
      },
      {
        name: 'retain',
        blind: false,
        apply: (set) => set.retain((key) => key instanceof Uint8Array),
        model: (state) => state.filter((key) => key instanceof Uint8Array),
      },
      { name: 'clear', blind, apply: (set) => set.clear(), model: () => [] },
      {
        name: 'add all',
        blind,
        apply: (set, keys) => keys.forEach((key) => set.add(key)),
        model: (state, keys) => inOrder([...state, ...keys]),
      },
    ],
    refused: [{ name: 'what cannot be a key', apply: (set) => set.add({} as never) }],
  };
}

function listTarget(
  make: () => ListField<Plant>,
  whole: boolean,
): FieldTarget<ListField<Plant>, Plants, readonly Plant[]> {
  const blind = !whole;
  return {
    make,
    values: plants,
    initial: [],
    read: (list) => [...list] as unknown as readonly Plant[],
    operations: [
      {
        name: 'push two',
        blind,
        apply: (list, [basil, mint]) => list.push(basil, mint),
        model: (state, [basil, mint]) => [...state, basil, mint],
      },
      {
        name: 'push a large one',
        blind,
        apply: (list, [, , dill]) => list.push(dill),
        model: (state, [, , dill]) => [...state, dill],
      },
      { name: 'clear', blind, apply: (list) => list.clear(), model: () => [] },
      {
        name: 'clear and push',
        blind,
        apply: (list, [, mint]) => {
          list.clear();
          list.push(mint);
        },
        model: (_, [, mint]) => [mint],
      },
    ],
    refused: [
      { name: 'what cannot be stored', apply: (list) => list.push({ name: '', height: 0 }, (() => 1) as never) },
    ],
  };
}

/** Puts the names of plants apart, and where they went beside the height. */
const namesApart: Strategy<unknown, Plant> = {
  id: 'names-apart',
  store: async (_key, { name, ...rest }, apart) => ({ ...rest, name: await apart.put(name) }),
  load: async (_key, stored, apart) => {
    const { name, ...rest } = stored as Omit<Plant, 'name'> & { readonly name: unknown };
    return { ...rest, name: (await apart.get(name)) as string };
  },
};

function cellTarget(): FieldTarget<Serialized<Plant | undefined>, Plants, Plant | undefined> {
  const set = (
    name: string,
    which: 0 | 1 | 2,
  ): FieldOperation<Serialized<Plant | undefined>, Plants, Plant | undefined> => ({
    name,
    blind: true,
    apply: (cell, values) => (cell.value = values[which]),
    model: (_, values) => values[which],
  });
  return {
    make: () => new Serialized<Plant | undefined>(undefined),
    values: plants,
    initial: undefined,
    read: (cell) => cell.value as unknown as Plant | undefined,
    operations: [
      set('set', 0),
      set('set what is copied', 1),
      set('set a large one', 2),
      {
        name: 'set what was computed',
        blind: false,
        apply: (cell) => (cell.value = { name: 'more', height: (cell.value?.height ?? 0) + 1 }),
        model: (state) => ({ name: 'more', height: (state?.height ?? 0) + 1 }),
      },
    ],
    refused: [{ name: 'what cannot be stored', apply: (cell) => (cell.value = (() => 1) as never) }],
  };
}

fieldSuite(runner, 'Serialized', cellTarget());
fieldSuite(
  runner,
  'VersionedSet',
  setTarget(() => new VersionedSet(), false),
);
fieldSuite(
  runner,
  'SnapshotSet',
  setTarget(() => new SnapshotSet(), true),
);

describe.each(['local', 'sparse', namesApart] as const)('stored by %p', (strategy) => {
  fieldSuite(runner, 'VersionedMap', { ...mapTarget(() => new VersionedMap<string, Plant>(), false), strategy });
  fieldSuite(runner, 'SnapshotMap', { ...mapTarget(() => new SnapshotMap<string, Plant>(), true), strategy });
  fieldSuite(runner, 'VersionedList', { ...listTarget(() => new VersionedList<Plant>(), false), strategy });
  fieldSuite(runner, 'SnapshotList', { ...listTarget(() => new SnapshotList<Plant>(), true), strategy });
});

describe.each(['sparse', namesApart] as const)('in a split tree, stored by %p', (strategy) => {
  const options = { strategy, split: true };
  fieldSuite(runner, 'VersionedMap', { ...mapTarget(() => new VersionedMap<string, Plant>(), false), ...options });
  fieldSuite(runner, 'SnapshotMap', { ...mapTarget(() => new SnapshotMap<string, Plant>(), true), ...options });
  fieldSuite(runner, 'VersionedList', { ...listTarget(() => new VersionedList<Plant>(), false), ...options });
  fieldSuite(runner, 'SnapshotList', { ...listTarget(() => new SnapshotList<Plant>(), true), ...options });
});
