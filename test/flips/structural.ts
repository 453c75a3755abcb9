import type { ObjectId } from '@infinitree/core';
import type { SeededRandom } from '@infinitree/testing';
import { attempt, readsOf } from './reads.js';
import type { Scene, State } from './scene.js';
import { copyOf, type Holding, LyingStorage } from './storage.js';
import type { Tally } from './tally.js';

/** Does something to a storage as it is after the last commit, and says what; nothing where it cannot be done. */
interface Damage {
  readonly kind: string;
  /** Whether storage can pass for what it was before, so that only who remembers a later head can tell. */
  readonly mayRollBack: boolean;
  apply(scene: Scene, storage: LyingStorage, random: SeededRandom): string | undefined;
}

const PAGE = 4096;

const DAMAGES: readonly Damage[] = [
  resized('truncated', (random, length) => random.pick([0, 1, 511, 512, PAGE, length - 1, random.int(length)])),
  resized('extended', (random, length) => length + random.pick([1, 16, PAGE, length])),
  {
    kind: 'swapped',
    mayRollBack: false,
    apply: (_, { holding }, random) => {
      const [one, other] = [pick(holding, random), pick(holding, random)];
      if (one.id === other.id) return undefined;
      holding.objects.set(one.id, other.bytes).set(other.id, one.bytes);
      return `${one.id} and ${other.id}`;
    },
  },
  {
    kind: 'duplicated',
    mayRollBack: false,
    apply: (_, { holding }, random) => {
      const [one, other] = [pick(holding, random), pick(holding, random)];
      if (one.id === other.id) return undefined;
      holding.objects.set(one.id, other.bytes);
      return `${other.id} over ${one.id}`;
    },
  },
  {
    kind: 'older version of itself',
    mayRollBack: true,
    apply: (scene, { holding }, random) => {
      const id = random.pick(headsOf(scene));
      const { holding: older, sequence } = random.pick(scene.states);
      const bytes = older.objects.get(id);
      if (bytes === undefined || bytes === holding.objects.get(id)) return undefined;
      holding.objects.set(id, bytes);
      return `${id} of commit ${sequence}`;
    },
  },
  {
    kind: "another tree's",
    mayRollBack: false,
    apply: ({ strangers }, { holding }, random) => {
      const [one, other] = [pick(holding, random), pick(strangers, random)];
      holding.objects.set(one.id, other.bytes);
      return one.id;
    },
  },
  {
    kind: 'deleted',
    mayRollBack: true,
    apply: (_, { holding }, random) => {
      const { id } = pick(holding, random);
      holding.objects.delete(id);
      return id;
    },
  },
  {
    kind: 'delayed',
    mayRollBack: true,
    apply: (_, storage, random) => {
      const { id } = pick(storage.holding, random);
      storage.delays.set(id, 1 + random.int(3));
      return id;
    },
  },
  {
    kind: 'rolled back',
    mayRollBack: true,
    apply: ({ states }, storage, random) => {
      const state = random.pick(states.slice(0, -1));
      storage.holding = copyOf(state.holding);
      return `to commit ${state.sequence}`;
    },
  },
  {
    kind: 'heads rolled back',
    mayRollBack: true,
    apply: (scene, { holding }, random) => {
      const state = random.pick(scene.states.slice(0, -1));
      // What is rewritten is a head; everything else is written once.
      const changed = headsOf(scene).filter((id) => state.holding.objects.get(id) !== holding.objects.get(id));
      for (const id of changed) restore(holding, state, id);
      return `to commit ${state.sequence}: ${changed.join(', ')}`;
    },
  },
  {
    kind: 'journal cut',
    mayRollBack: true,
    apply: (scene, { holding }, random) => {
      const id = random.pick(headsOf(scene));
      const bytes = holding.objects.get(id)?.slice();
      if (bytes === undefined || scene.kind !== 'epoch') return undefined;
      const at = PAGE * (1 + random.int(bytes.length / PAGE - 1));
      bytes.fill(random.pick([0, 0xff]), at, random.pick([at + PAGE, bytes.length]));
      holding.objects.set(id, bytes);
      return `${id} at ${at}`;
    },
  },
  {
    kind: 'listing lies',
    mayRollBack: true,
    apply: ({ states, strangers }, storage, random) => {
      const { holding } = storage;
      const all = [...holding.objects.keys(), ...holding.claims];
      const way = random.int(3);
      if (way === 0) storage.hidden = new Set(all.filter(() => random.int(2) === 0));
      if (way === 1) for (const name of [...strangers.claims, ...all.slice(0, 2)]) holding.claims.add(name);
      if (way === 2) for (const name of random.pick(states).holding.claims) holding.claims.add(name);
      return ['names left out', 'names of others', 'names of earlier claims'][way];
    },
  },
];

/** Damages the storage in one way after the other and reads all there is, each time from a storage that is whole again. */
export async function damageAll(scene: Scene, random: SeededRandom, count: number, tally: Tally): Promise<void> {
  const { holding, head } = scene.states.at(-1)!;
  const reads = readsOf(scene);
  for (let done = 0, turn = 0; done < count; turn++) {
    const damage = DAMAGES[turn % DAMAGES.length]!;
    const storage = new LyingStorage(scene.kind, copyOf(holding));
    const what = damage.apply(scene, storage, random);
    if (what === undefined) continue;
    // Who remembers the head is not shown an earlier state, whatever the storage does.
    const remembers = random.int(2) === 0;
    const found = await attempt(scene, storage, reads, remembers ? head : undefined);
    tally.add(damage.kind, what, found, damage.mayRollBack && !remembers);
    done += 1;
  }
}

function resized(kind: string, lengthOf: (random: SeededRandom, length: number) => number): Damage {
  return {
    kind,
    mayRollBack: false,
    apply: (_, { holding }, random) => {
      const { id, bytes } = pick(holding, random);
      const length = lengthOf(random, bytes.length);
      const resized = new Uint8Array(length);
      resized.set(bytes.subarray(0, length));
      holding.objects.set(id, resized);
      return `${id} to ${length} bytes`;
    },
  };
}

function pick({ objects }: Holding, random: SeededRandom): { readonly id: ObjectId; readonly bytes: Uint8Array } {
  const [id, bytes] = random.pick([...objects]);
  return { id, bytes };
}

/** Objects whose bytes differ from one state to another: heads, as all others are written once. */
function headsOf({ states }: Scene): ObjectId[] {
  const last = states.at(-1)!.holding.objects;
  const all = new Set(states.flatMap(({ holding }) => [...holding.objects.keys()]));
  return [...all].filter((id) => states.some(({ holding }) => differs(holding.objects.get(id), last.get(id))));
}

function differs(before: Uint8Array | undefined, now: Uint8Array | undefined): boolean {
  return before !== undefined && before !== now;
}

function restore(holding: Holding, state: State, id: ObjectId): void {
  const bytes = state.holding.objects.get(id);
  if (bytes === undefined) holding.objects.delete(id);
  else holding.objects.set(id, bytes);
}
