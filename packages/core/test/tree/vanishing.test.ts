// Storage that changes under those who read it: objects that folding replaced, heads that go, states that come back.
import {
  type GetOptions,
  Infinitree,
  Key,
  MemoryBackend,
  type ObjectId,
  registerIndex,
  VersionedMap,
} from '@infinitree/core';
import { SeededRandom, TestClock } from '@infinitree/testing';
import { MemoryStore } from '../../src/backend/memory-store.js';
import { partsOf } from '../../src/tree/tree-parts.js';
import { code, codeOf, collect, errorOf, Garden, type Heads, idsIn, KINDS, OBJECT_SIZE, plant } from './scene.js';

const HOUR = 60 * 60 * 1000;

/** So many fields that what a head says of them takes an object of its own. */
class Wide {
  readonly [name: `field ${number}`]: VersionedMap<number, string>;
  constructor() {
    for (const name of WIDE) Object.assign(this, { [name]: new VersionedMap<number, string>() });
  }
}
const WIDE = Array.from({ length: 400 }, (_, i) => `field ${i}` as const);
registerIndex(Wide, {
  fields: WIDE.map((property, i) => ({
    property,
    name: Buffer.from(new SeededRandom(i).bytes(45)).toString('base64'),
  })),
});

/** Commits, and waits for what that gives to do in the background. */
async function committed<T extends object>(tree: Infinitree<T>): Promise<void> {
  await tree.commit();
  await partsOf(tree).compaction.idle();
}

/** A storage in which something happens right before an object is read for the first time. */
class Interrupted<H extends Heads> extends MemoryBackend<H> {
  meanwhile: (() => Promise<unknown>) | undefined;

  override async get(id: ObjectId, options?: GetOptions): Promise<Uint8Array | undefined> {
    const { meanwhile } = this;
    this.meanwhile = undefined;
    await meanwhile?.();
    return super.get(id, options);
  }
}

describe.each(KINDS)('%s heads', (heads) => {
  test.each([false, true])(
    'an iteration goes on behind its last key where folding took its objects, reverse: %p',
    async (reverse) => {
      const clock = new TestClock();
      const random = new SeededRandom(1);
      const backend = new MemoryBackend({ heads });
      const key = Key.random();
      const tree = await Infinitree.create(Garden, { backend, key, objectSize: 1_048_576, environment: { clock } });
      const texts = new Map<string, string>();
      // A young pack of several blocks: it is written again, and deleted, with the folds to come.
      for (let i = 0; i < 270; i++) {
        const [name, text] = [`note ${1000 + i}`, Buffer.from(random.bytes(1_200)).toString('base64')];
        texts.set(name, text);
        tree.index.notes.set(name, text);
        await committed(tree);
      }
      const reader = await Infinitree.open(Garden, { backend, key, readonly: true });
      const entries = reader.entries('notes', { reverse });
      const found = [(await entries.next()).value as [string, unknown]];
      const before = await idsIn(backend);

      for (let i = 0; i < 1200; i++) {
        tree.index.lastTime.value = i;
        await committed(tree);
        clock.advance(HOUR);
      }

      const after = new Set(await idsIn(backend));
      expect(before.some((id) => !after.has(id))).toBe(true);
      found.push(...(await collect(entries)));
      const expected = [...texts];
      expect(found.map(([name]) => name)).toEqual((reverse ? expected.reverse() : expected).map(([name]) => name));
      expect(found.every(([name, text]) => texts.get(name) === text)).toBe(true);
      await reader.close();
      await tree.close();
    },
    60_000,
  );

  async function scene() {
    const store = new MemoryStore();
    const backend = new MemoryBackend({ heads }, store);
    const key = Key.random();
    const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE });
    tree.index.plants.set(1, plant(1));
    await tree.commit();
    const kept = new Map([...store.entries].map(([id, entry]) => [id, { ...entry, bytes: entry.bytes.slice() }]));
    const claims = new Set(store.claims);
    const putBack = (from: typeof kept) => {
      store.entries.clear();
      store.claims.clear();
      for (const [id, entry] of from) store.entries.set(id, entry);
      for (const claim of claims) store.claims.add(claim);
    };
    return { store, tree, backend, key, kept, putBack };
  }

  describe('others go on, and take away what folding replaced, in the middle of', () => {
    // Ten of these are more than a head carries, and pack into little, which is written again soon.
    const text = (i: number) => `${i} ${'x'.repeat(30_000)}`;

    async function interrupted<T extends object>(target: new () => T, change: (index: T, i: number) => void) {
      const clock = new TestClock();
      const store = new MemoryStore();
      const key = Key.random();
      const options = { backend: new MemoryBackend({ heads }, store), key, environment: { clock } };
      await (await Infinitree.create(target, { ...options, objectSize: OBJECT_SIZE })).close();
      let count = 0;
      const goOn = async () => {
        const tree = await Infinitree.open(target, { ...options, takeover: true });
        for (let i = 0; i < 30; i++) {
          change(tree.index, count++);
          await committed(tree);
          clock.advance(HOUR);
        }
        await tree.close();
      };
      await goOn();
      return { backend: new Interrupted({ heads }, store), key, goOn, count: () => count };
    }
    const note = (index: Garden, i: number) => index.notes.set('note', text(i));

    test('a refresh: it begins anew', async () => {
      const { backend, key, goOn, count } = await interrupted(Garden, note);
      const reader = await Infinitree.open(Garden, { backend, key, readonly: true });
      await reader.load();
      await goOn();
      backend.meanwhile = goOn;

      expect((await reader.refresh())?.sequence).toBe(90);
      expect(count()).toBe(90);
      expect(reader.index.notes.get('note')).toMatch(/^89 /);
    });

    test('opening a tree whose head has its base apart: the later head is taken', async () => {
      const { backend, key, goOn, count } = await interrupted(Wide, (index, i) => {
        for (const name of i === 0 ? WIDE : WIDE.slice(0, 1)) index[name]?.set(0, name === WIDE[0] ? text(i) : '');
      });
      backend.meanwhile = goOn;

      const reader = await Infinitree.open(Wide, { backend, key, readonly: true });
      expect((await reader.commits()).length).toBe(60);
      expect(count()).toBe(60);
    });

    test('a commit that folds: it is told of the CONFLICT, and can be made again', async () => {
      const { backend, key, goOn, count } = await interrupted(Garden, note);
      const other = await Infinitree.open(Garden, { backend, key, takeover: true });
      partsOf(other).committer.onWritten = undefined;
      backend.meanwhile = goOn;
      const untilItFolds = async () => {
        for (let i = 0; count() === 30; i++) {
          other.index.notes.set('other', text(i));
          await other.commit();
        }
      };

      expect(await codeOf(untilItFolds)).toBe(code('CONFLICT'));
      await other.refresh();
      const commit = await other.commit();
      expect(commit?.sequence).toBe((await other.commits()).length);
      expect(await other.get('notes', 'note')).toMatch(/^59 /);
    });
  });

  test('a storage that was put back is ROLLBACK to who has seen more, at refresh', async () => {
    const { tree, backend, key, kept, putBack } = await scene();
    const reader = await Infinitree.open(Garden, { backend, key, readonly: true });
    for (let i = 0; i < 30; i++) {
      tree.index.plants.set(2, plant(i));
      await tree.commit();
    }
    await reader.refresh();
    expect(await reader.has('plants', 2)).toBe(true);
    await tree.close();
    putBack(kept);

    expect(await codeOf(() => reader.refresh())).toBe(code('ROLLBACK'));
    expect((await reader.commits()).length).toBe(31);
    const fresh = await Infinitree.open(Garden, { backend, key, readonly: true });
    expect((await fresh.commits()).length).toBe(1);
  });

  test('heads that are gone are CORRUPT to who has seen them, and what is staged is kept', async () => {
    const { store, tree, backend, key } = await scene();
    const reader = await Infinitree.open(Garden, { backend, key, readonly: true });
    await tree.close();
    const writer = await Infinitree.open(Garden, { backend, key });
    writer.index.plants.set(2, plant(2));
    store.entries.clear();

    for (const call of [() => reader.refresh(), () => writer.refresh(), () => writer.commit()]) {
      const error = await errorOf(call);
      expect(error).toMatchObject({ code: code('CORRUPT') });
      expect(error?.message).toContain('missing from the storage');
    }
    expect(writer.index.plants.get(2)).toEqual(plant(2));
    expect(await idsIn(backend)).toEqual([]);
  });
});
