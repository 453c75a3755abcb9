// Each call to the storage fails once while keys are changed: before its effect, or after it.
import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { code, codeOf, Garden, KINDS, OBJECT_SIZE, plant, type Tree } from '../scene.js';
import { keyKinds } from './kinds.js';

interface Change {
  readonly name: string;
  /** The keys that open the tree if the change was made, and those that do if it was not. */
  readonly after: readonly ('old' | 'second' | 'next')[];
  readonly before: readonly ('old' | 'second' | 'next')[];
  make(tree: Tree, keys: Readonly<Record<'second' | 'next', Key>>): Promise<unknown>;
}

const CHANGES: readonly Change[] = [
  {
    name: 'add',
    before: ['old', 'second'],
    after: ['old', 'second', 'next'],
    make: (tree, { next }) => tree.keys.add(next),
  },
  {
    name: 'remove',
    before: ['old', 'second'],
    after: ['old'],
    make: (tree) => tree.keys.remove(tree.keys.list().find(({ label }) => label === 'second')?.id ?? ''),
  },
  { name: 'reseal', before: ['old', 'second'], after: ['second', 'next'], make: (tree, { next }) => tree.reseal(next) },
];

const NAMES = ['old', 'second', 'next'] as const;

/** What the tree is given: a key that is there, and one that somebody else has to answer for. */
const GIVEN = ['raw', 'kms'] as const;

const CASES = KINDS.flatMap((heads) =>
  CHANGES.flatMap((change) => GIVEN.map((given) => ({ heads, change, given, name: change.name }))),
).filter(({ name, given }) => name !== 'remove' || given === 'raw');

describe.each(CASES)('$heads heads, $name, $given', ({ heads, change, given: kind }) => {
  async function scene() {
    const inner = new MemoryBackend<'cas' | 'epoch'>({ heads, locks: true });
    const backend = new FailingBackend(inner);
    const keys = { old: Key.random(), second: Key.random(), next: keyKinds()[kind]!.key };
    const tree = await Infinitree.create(Garden, { backend, key: keys.old, objectSize: OBJECT_SIZE });
    tree.index.plants.set(1, plant(1));
    await tree.commit();
    await tree.keys.add(keys.second, { label: 'second' });
    return { inner, backend, keys, tree };
  }

  /** The keys that open the tree now, by a fresh handle on the bare storage. */
  async function working(inner: MemoryBackend<'cas' | 'epoch'>, keys: Readonly<Record<string, Key>>) {
    const found: string[] = [];
    for (const name of NAMES) {
      const ended = await codeOf(async () => {
        const reader = await Infinitree.open(Garden, { backend: inner, key: keys[name]!, readonly: true });
        await reader.load();
        expect(reader.index.plants.get(1)).toEqual(plant(1));
        await reader.close();
      });
      if (ended === 'ok') found.push(name);
      else expect([name, ended]).toEqual([name, code('WRONG_KEY')]);
    }
    return found;
  }

  test.each(['before', 'after'] as const)(
    'a failure %s its effect',
    async (when) => {
      const { backend: trial, tree: first, keys: given } = await scene();
      trial.clearLog();
      await change.make(first, given);
      const calls = trial.count();
      expect(calls).toBeGreaterThanOrEqual(3);
      const ends = new Set<string>();
      for (let nth = 1; nth <= calls; nth++) {
        const { inner, backend, keys, tree } = await scene();
        backend.fail({ nth, when });
        const ended = await codeOf(() => change.make(tree, keys));
        backend.heal();
        const found = await working(inner, keys);
        // One of the two, and what was told to be done is.
        const isDone = JSON.stringify(found) === JSON.stringify(change.after);
        const isNot = JSON.stringify(found) === JSON.stringify(change.before);
        expect([nth, ended, found, isDone || isNot]).toEqual([nth, ended, found, true]);
        if (ended === 'ok') expect([nth, found]).toEqual([nth, change.after]);
        else expect([nth, ended]).toEqual([nth, code('BACKEND')]);
        ends.add(`${ended} ${isDone ? 'done' : 'not done'}`);
        // Made again it is done, or is told to be.
        const again = await codeOf(() => change.make(tree, keys));
        const told = ['ok', code('EXISTS'), code('NOT_FOUND'), code('INVALID_ARGUMENT')];
        expect([nth, told.includes(again)]).toEqual([nth, true]);
        expect([nth, await working(inner, keys)]).toEqual([nth, change.after]);
        // The handle goes on, and whoever opens next finishes what is left.
        tree.index.plants.set(2, plant(2));
        await tree.commit();
        await tree.close();
        await (await Infinitree.open(Garden, { backend: inner, key: keys[change.after[0]!] })).close();
        expect([nth, await working(inner, keys)]).toEqual([nth, change.after]);
      }
      // A head that was stored, and of which no answer came, is in force.
      expect([...ends].some((end) => end.endsWith(' not done')) || when === 'after').toBe(true);
    },
    60_000,
  );
});
