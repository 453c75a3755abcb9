// A storage that lies to the interface: whatever it answers, a call gives the right data or an error of ours, and ends.
import { setImmediate } from 'node:timers/promises';
import { isInfinitreeError, type ObjectId } from '@infinitree/core';
import { type Lie, type LyingBackend } from './lies/lying-backend.js';
import { change, contentOf, Origin, openTree, type Scene, type State, type Tree } from './lies/scene.js';
import { KINDS } from './scene.js';

type Lies = (scene: Scene) => Readonly<Record<string, Lie>>;

const bytesOf = (answer: unknown): Uint8Array | undefined =>
  answer instanceof Uint8Array ? answer : (answer as { bytes: Uint8Array } | undefined)?.bytes;

/** Lies about bytes, of objects, heads and key objects alike. */
function reads(lie: (bytes: Uint8Array, args: readonly unknown[], scene: Scene) => Uint8Array | undefined): Lies {
  return (scene) => {
    const told: Lie = (truth, args) => {
      const bytes = bytesOf(truth);
      // Not always: what comes through must not make anybody trust the rest.
      if (bytes === undefined || scene.random.int(3) === 0) return truth;
      const other = lie(bytes, args, scene);
      return truth instanceof Uint8Array ? other : other && { ...(truth as object), bytes: other };
    };
    // Who is lied to about everything does not get far.
    const all = { get: told, 'heads.read': told, 'keyObjects.get': told };
    return [{ get: told }, { 'heads.read': told }, { 'keyObjects.get': told }, all][scene.random.seed % 4] ?? all;
  };
}

/** Lies about names, in every listing. */
function lists(lie: (names: readonly ObjectId[], scene: Scene) => readonly ObjectId[]): Lies {
  return (scene) => {
    const told: Lie = (truth) => lie(truth as readonly ObjectId[], scene);
    return { list: told, 'heads.list': told, 'keyObjects.list': told, 'heads.claims': told };
  };
}

function ranged(bytes: Uint8Array, [, options]: readonly unknown[]): Uint8Array {
  const [start, end] = (options as { range?: [number, number] } | undefined)?.range ?? [0, bytes.length];
  return bytes.slice(start, end);
}

const inventedId = ({ random }: Scene): ObjectId => Buffer.from(random.bytes(32)).toString('hex') as ObjectId;

/** By what they are; none of them does anything to what is stored. */
const LIES: Readonly<Record<string, Lies>> = {
  "another object's bytes": reads((_, args, { random, store }) =>
    ranged(random.pick([...store.entries.values()]).bytes, args),
  ),
  "another tree's bytes": reads((_, args, { random, strangers }) => ranged(random.pick(strangers)[1], args)),
  'an older version of it': reads((bytes, args, { random, states }) => {
    const before = random.pick(states).entries.get(args[0] as ObjectId);
    return before === undefined ? bytes : ranged(before, args);
  }),
  'nothing is there': reads(() => undefined),
  'fewer bytes': reads((bytes, _, { random }) => bytes.slice(0, random.int(bytes.length + 1))),
  'more bytes': reads((bytes) => new Uint8Array([...bytes, ...bytes])),
  'no bytes': reads(() => new Uint8Array(0)),
  'another range': reads((bytes, _, { random }) => bytes.slice().copyWithin(0, random.int(bytes.length + 1))),
  'the whole object in place of a range': (scene) => ({
    get: (_, [id]) => scene.store.entries.get(id as ObjectId)?.bytes,
  }),
  'the answer before, once more': () => {
    let before: unknown;
    return {
      get: (truth) => {
        const answer = before ?? truth;
        before = truth;
        return answer;
      },
    };
  },
  'no names': lists(() => []),
  'half of the names': lists((names, { random }) => names.filter(() => random.int(2) === 0)),
  'each name three times': lists((names) => [...names, ...[...names].reverse(), ...names]),
  'invented names': lists((names, scene) => [...names, ...Array.from({ length: 50 }, () => inventedId(scene))]),
  "another tree's names": lists((names, { strangers }) => [...strangers.map(([id]) => id), ...names]),
  "earlier claims' names": lists((names, { states }) => [...names, ...states.flatMap(({ claims }) => [...claims])]),
  'what is no name': lists((names) => [...names, '../../etc/passwd' as ObjectId, '' as ObjectId]),
  'all is very old': () => ({ ages: (truth) => (truth as number[]).map(() => Number.MAX_VALUE) }),
  'no age is a number': () => ({ ages: (truth) => (truth as number[]).map(() => Number.NaN) }),
  'all is to come': () => ({ ages: (truth) => (truth as number[]).map(() => -1) }),
  'a note that nobody left': ({ random }) => ({ 'locks.read': () => random.bytes(1072) }),
  'nobody can leave a note': () => ({ 'locks.create': () => false }),
};

/** Storage that does not do what it says. What it takes and loses is lost: only what it gives back is looked at. */
const BETRAYALS: Readonly<Record<string, Lies>> = {
  'it took the head, and says that it did not': () => ({ 'heads.cas': () => undefined, 'heads.create': () => false }),
  'it says that all claims are won': () => ({ 'heads.claim': () => true }),
  'it forgets what is written into heads': (scene) => ({ 'heads.append': forget(scene) }),
  'it forgets heads': (scene) => ({ 'heads.cas': forget(scene), 'heads.create': forget(scene) }),
  'it forgets objects': (scene) => ({ put: forget(scene) }),
};

/** Puts back what was there at the beginning, and keeps the answer. */
function forget({ store, states }: Scene): Lie {
  return (truth, [id]) => {
    const before = states.at(-1)?.entries.get(id as ObjectId);
    if (before === undefined) store.entries.delete(id as ObjectId);
    else store.write(id as ObjectId, before);
    return truth;
  };
}

/** Lies that no reading of a whole tree can miss. */
const NOTICED = [
  "another object's bytes",
  "another tree's bytes",
  'nothing is there',
  'fewer bytes',
  'no bytes',
  'another range',
];

class WrongData extends Error {}

let refused = 0;

/** Whether a call was right, or gave an error of ours; anything else ends the test. */
async function isRight(what: string, call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (isInfinitreeError(error)) {
      refused += 1;
      return false;
    }
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  }
}

function requireSame(found: unknown, expected: unknown, what: string): void {
  if (found !== expected) throw new WrongData(`${what}: other data were given`);
}

/** Reads everything there is, in a state that once was. */
async function readAll(tree: Tree, { states, random }: Scene): Promise<number> {
  let right = 0;
  const state = states.find(({ head }) => head === tree.head);
  if (state === undefined) throw new WrongData(`the head ${tree.head} was never one`);
  const past = states.slice(0, states.indexOf(state) + 1);
  const count = async (what: string, call: () => Promise<unknown>): Promise<void> => {
    right += Number(await isRight(what, call));
  };
  await count('commits', async () => {
    const ids = (await tree.commits()).map(({ id }) => id);
    requireSame(ids.join(), past.map(({ id }) => id).join(), 'commits');
  });
  await count('load', async () => {
    await tree.load();
    requireSame(await contentOf(tree), state.content, 'load');
  });
  const before = random.pick(past);
  await count('at', async () => {
    await using view = await tree.at(before.id);
    await view.load();
    requireSame(await contentOf(view, tree), before.content, 'at');
  });
  await count('entries', async () => {
    const notes: unknown[] = [];
    for await (const entry of tree.entries('notes')) notes.push(entry);
    requireSame(JSON.stringify(notes), JSON.stringify(JSON.parse(state.content)[0]), 'entries');
  });
  await count('get', async () => {
    for (const [key, value] of JSON.parse(state.content)[1] as [number, string][]) {
      requireSame(await tree.get('apart', key), value, 'get');
    }
  });
  await count('verify', () => tree.verify({ readData: true }));
  return right;
}

/** Commits as often as it takes, and gives what was acknowledged. */
async function write(tree: Tree, scene: Scene): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let i = 0; i < 4; i++) {
    await isRight('commit', async () => acknowledged.push((await change(tree, scene.random, i)).id));
    if (i === 1) {
      scene.clock.advance(3 * 86_400_000);
      await isRight('gc', () => tree.gc());
    }
    if (i === 2) await isRight('repair', () => tree.repair({ dryRun: true }));
    if (i === 2) await isRight('refresh', () => tree.refresh({ onConflict: 'drop' }));
  }
  return acknowledged;
}

/** That a storage which tells the truth again has all that was acknowledged, and all of the time before. */
async function requireAll(scene: Scene, acknowledged: readonly string[]): Promise<void> {
  const reader = await openTree(scene, { readonly: true });
  const ids = (await reader.commits()).map(({ id }) => id);
  for (const id of [...scene.states.map((state) => state.id), ...acknowledged]) {
    if (!ids.includes(id)) throw new WrongData(`commit ${id} is gone`);
  }
  for (const { id, content } of scene.states) {
    await using view = await reader.at(id);
    await view.load();
    requireSame(await contentOf(view, reader), content, `at ${id} afterwards`);
  }
  const { ok, faults } = await reader.verify({ readData: true });
  if (!ok) throw new WrongData(`afterwards: ${faults.map(({ message }) => message).join(', ')}`);
  await reader.close();
}

const last = ({ states }: Scene): State => states.at(-1)!;
const SEEDS = [4, 5, 6, 7];

/** Lets weakly held views go: a storage in memory never ends a turn of the event loop. */
async function withLies(scene: Scene, lies: Lies, work: (storage: LyingBackend) => Promise<void>): Promise<void> {
  scene.storage.lies = lies(scene);
  await work(scene.storage);
  scene.storage.heal();
  await setImmediate();
}

describe.each(KINDS)('%s heads', (heads) => {
  let origin: Origin;
  beforeAll(async () => {
    origin = await Origin.make(heads);
  });

  test('nobody is lied to, and all of it is right', async () => {
    const scene = origin.copy(1);
    const reader = await openTree(scene, { readonly: true, expectHead: last(scene).head });
    expect(await readAll(reader, scene)).toBe(6);
    await reader.close();
    const writer = await openTree(scene);
    expect(await write(writer, scene)).toHaveLength(4);
    await writer.close();
    await requireAll(scene, []);
  });

  test.each(Object.entries(LIES))('whoever opens the tree: %s', async (name, lies) => {
    refused = 0;
    for (const seed of SEEDS) {
      const scene = origin.copy(seed);
      await withLies(scene, lies, async () => {
        const expectHead = seed % 4 < 2 ? last(scene).head : undefined;
        for (let opening = 0; opening < 4; opening++) {
          await isRight('opening', async () => {
            const reader = await openTree(scene, { readonly: true, ...(expectHead && { expectHead }) });
            // Who remembers the newest head is shown no other one.
            if (expectHead !== undefined) requireSame(reader.head, expectHead, 'expectHead');
            await readAll(reader, scene);
            await isRight('closing', () => reader.close());
          });
        }
      });
    }
    if (NOTICED.includes(name)) expect(refused).toBeGreaterThan(0);
  });

  test.each(Object.entries(LIES))('a reader that is there already: %s', async (_, lies) => {
    for (const seed of SEEDS) {
      const scene = origin.copy(seed);
      const reader = await openTree(scene, { readonly: true });
      await withLies(scene, lies, async () => {
        await isRight('refresh', () => reader.refresh());
        requireSame(reader.head, last(scene).head, 'refresh');
        await readAll(reader, scene);
      });
      // What it was told is not what it goes on with.
      await reader.load();
      expect(await contentOf(reader)).toBe(last(scene).content);
      await reader.close();
    }
  });

  test.each(Object.entries(LIES))('a writer that is there already loses nothing: %s', async (_, lies) => {
    for (const seed of SEEDS.slice(0, 2)) {
      const scene = origin.copy(seed);
      const writer = await openTree(scene);
      let acknowledged: string[] = [];
      await withLies(scene, lies, async () => {
        acknowledged = await write(writer, scene);
      });
      await isRight('closing', () => writer.close());
      await requireAll(scene, acknowledged);
    }
  });

  test.each(Object.entries(BETRAYALS))('a writer and a reader: %s', async (_, lies) => {
    for (const seed of SEEDS.slice(0, 2)) {
      const scene = origin.copy(seed);
      await withLies(scene, lies, async () => {
        await isRight('opening', async () => {
          const writer = await openTree(scene);
          await write(writer, scene);
          await isRight('closing', () => writer.close());
        });
        await isRight('opening', async () => {
          const reader = await openTree(scene, { readonly: true });
          await isRight('load', () => reader.load());
          await isRight('verify', () => reader.verify({ readData: true }));
          await reader.close();
        });
      });
    }
  });

  test('answers that come late and in any order are the right ones', async () => {
    for (const seed of SEEDS.slice(0, 2)) {
      const scene = origin.copy(seed);
      const late: Lie = async (truth) => {
        for (let turns = scene.random.int(5); turns > 0; turns--) await setImmediate();
        return truth;
      };
      await withLies(
        scene,
        () => ({ get: late, 'heads.read': late, 'heads.claims': late, put: late }),
        async () => {
          const reader = await openTree(scene, { readonly: true });
          expect(await readAll(reader, scene)).toBe(6);
          await reader.close();
        },
      );
    }
  });

  test('a listing that never ends can be aborted, and lets others have their turn', async () => {
    for (const name of ['own', 'invented'] as const) {
      const scene = origin.copy(1);
      const writer = await openTree(scene);
      const own = [...scene.store.entries.keys()];
      function* endless(): Generator<ObjectId> {
        for (let i = 0; ; i++) yield name === 'own' ? own[i % own.length]! : inventedId(scene);
      }
      const told: Lie = () => endless();
      scene.storage.lies = { list: told, 'heads.list': told, 'heads.claims': () => [] };
      const calls = [
        (signal: AbortSignal) => writer.gc({ signal }),
        (signal: AbortSignal) => writer.verify({ signal }),
        (signal: AbortSignal) => openTree(scene, { readonly: true, signal }),
      ];
      for (const call of heads === 'epoch' ? calls : calls.slice(0, 2)) {
        const without = new AbortController();
        const ended = call(without.signal).then(
          () => 'ok',
          (error: unknown) => (isInfinitreeError(error) ? error.code : String(error)),
        );
        await setImmediate();
        without.abort();
        expect(await ended).toBe('INFINITREE_ABORTED');
      }
      scene.storage.heal();
      await writer.close();
    }
  });
});
