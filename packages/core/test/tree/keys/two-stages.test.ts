// Trees whose key asks somebody: how often, about what, and what is left when something fails in between.
import { copyTree, Infinitree, Key, MemoryBackend, type ObjectId } from '@infinitree/core';
import { FailingBackend, FakeKms, SoftwareResponder } from '@infinitree/testing';
import { MemoryStore } from '../../../src/backend/memory-store.js';
import { credentialsOf } from '../../../src/crypto/key.js';
import { loadSuite } from '../../../src/crypto/suite.js';
import { code, codeOf, errorOf, Garden, KINDS, OBJECT_SIZE, plant } from '../scene.js';

/** A key that asks, made anew at will, and how often somebody was asked. */
interface Asking {
  readonly key: (finder?: Key) => Key;
  readonly other: (finder?: Key) => Key;
  readonly asked: () => number;
  /** How often at a creation: a KMS wraps first. */
  readonly atFirst: number;
}

const finderBytes = Uint8Array.from({ length: 32 }, (_, i) => i);
const finding = () => Key.fromBytes(finderBytes);

const ASKING: Readonly<Record<string, () => Asking>> = {
  kms() {
    const kms = new FakeKms();
    const key = (finder = finding()) => Key.fromKms(kms.provider(), { finder });
    const other = (finder = finding()) => Key.fromKms(kms.provider('another'), { finder });
    return { key, other, asked: () => kms.log.length, atFirst: 2 };
  },
  'challenge-response'() {
    const responder = new SoftwareResponder(Buffer.from('the secret of a device'));
    const another = new SoftwareResponder(Buffer.from('that of another device'));
    const key = (finder = finding()) => Key.fromChallengeResponse(responder, { finder });
    const other = (finder = finding()) => Key.fromChallengeResponse(another, { finder });
    const asked = () => responder.challenges.length + another.challenges.length;
    return { key, other, asked, atFirst: 1 };
  },
};

async function opens(backend: MemoryBackend<'cas' | 'epoch'>, key: Key): Promise<string> {
  return codeOf(async () => (await Infinitree.open(Garden, { backend, key, readonly: true })).close());
}

describe.each(Object.keys(ASKING))('%s', (kind) => {
  describe.each(KINDS)('%s heads', (heads) => {
    async function scene(first = Key.random()) {
      const asking = ASKING[kind]!();
      const store = new MemoryStore();
      const memory = new MemoryBackend({ heads }, store);
      const backend = new FailingBackend(memory);
      const tree: Infinitree<Garden> = await Infinitree.create(Garden, {
        backend,
        key: first,
        objectSize: OBJECT_SIZE,
      });
      tree.index.plants.set(1, plant(1));
      await tree.commit();
      return { ...asking, store, memory, backend, tree, first };
    }

    test('is asked when the tree is created or opened, and never else', async () => {
      const { key, asked, atFirst } = ASKING[kind]!();
      const backend = new MemoryBackend({ heads });
      const created = key();
      const tree = await Infinitree.create(Garden, { backend, key: created, objectSize: OBJECT_SIZE });
      expect(asked()).toBe(atFirst);
      for (let i = 0; i < 20; i++) {
        tree.index.notes.set('note', 'n'.repeat(3000) + String(i));
        await tree.commit();
      }
      await tree.refresh();
      await tree.verify({ readData: true });
      await tree.gc();
      await tree.keys.add(Key.random());
      await tree.close();
      expect(asked()).toBe(atFirst);
      // Whether the key remembers its finder or not.
      for (const [i, again] of [created, created, key()].entries()) {
        const opened = await Infinitree.open(Garden, { backend, key: again });
        expect(asked()).toBe(atFirst + i + 1);
        expect(opened.keys.list()).toMatchObject([{ kind, current: true }, { kind: 'raw' }]);
        await opened.close();
      }
    });

    test('is asked once when a key is added, resealed, or switched to', async () => {
      const { tree, key, asked, atFirst, memory } = await scene();
      const { id } = await tree.keys.add(key());
      expect(asked()).toBe(atFirst);
      await tree.reseal(key());
      expect(asked()).toBe(atFirst + 1);
      expect(tree.keys.list()).toMatchObject([{ id, kind, current: true }]);
      const raw = Key.random();
      await tree.reseal(raw);
      expect(asked()).toBe(atFirst + 1);
      await tree.reseal(key());
      expect(asked()).toBe(2 * atFirst + 1);
      expect([await opens(memory, raw), await opens(memory, key())]).toEqual([code('WRONG_KEY'), 'ok']);
    });

    test('nothing is written before it has answered', async () => {
      const { key } = ASKING[kind]!();
      const kms = new FakeKms();
      kms.allow('unwrap', false);
      const [gone, denied] = [
        Key.fromChallengeResponse({ respond: () => Promise.reject(new Error('gone')) }, { finder: finding() }),
        Key.fromKms(kms.provider(), { finder: finding() }),
      ];
      const backend = new MemoryBackend({ heads });
      const { tree, backend: failing } = await scene();
      const before = failing.log.length;
      for (const wrong of [gone, denied]) {
        expect(await codeOf(() => Infinitree.create(Garden, { backend, key: wrong }))).toBe(code('BACKEND'));
        expect(await codeOf(() => Infinitree.openOrCreate(Garden, { backend, key: wrong }))).toBe(code('BACKEND'));
        expect(await codeOf(() => tree.keys.add(wrong))).toBe(code('BACKEND'));
        expect(await codeOf(() => tree.reseal(wrong))).toBe(code('BACKEND'));
      }
      for await (const _ of backend.list()) throw new Error('something was written');
      expect(failing.log.slice(before).filter(({ verb }) => !/get|list|claims|highest|read/.test(verb))).toEqual([]);
      expect(tree.keys.list()).toMatchObject([{ kind: 'raw', current: true }]);
      await tree.reseal(key());
    });

    test('a call that did not get to its head is finished by the next one, with the question that is there', async () => {
      const { tree, key, asked, atFirst, backend, memory, first } = await scene();
      const verb = heads === 'cas' ? 'heads.cas' : 'heads.create';
      backend.fail({ verb, forever: true });
      expect(await codeOf(() => tree.reseal(key()))).not.toBe('ok');
      backend.heal();
      expect(asked()).toBe(atFirst);
      expect(await opens(memory, first)).toBe('ok');
      await tree.refresh().catch(() => undefined);
      await tree.reseal(key());
      expect(asked()).toBe(atFirst + 1);
      expect(await opens(memory, key())).toBe('ok');
      expect(await opens(memory, first)).toBe(code('WRONG_KEY'));
    });

    test('another device or key, found alike, does not open, and cannot be given to the tree beside it', async () => {
      const { tree, key, other, memory } = await scene();
      await tree.keys.add(key());
      const wrong = await errorOf(() => Infinitree.open(Garden, { backend: memory, key: other(), readonly: true }));
      expect(wrong?.code).toBe(code('WRONG_KEY'));
      const added = await errorOf(() => tree.keys.add(other()));
      expect([added?.code, added?.message]).toEqual([code('EXISTS'), expect.stringContaining('finder of its own')]);
      await tree.reseal(key());
      const resealed = await errorOf(() => tree.reseal(other()));
      expect(resealed?.code).toBe(code('INVALID_ARGUMENT'));
      expect(resealed?.message).toContain('finder of its own');
      expect(await opens(memory, key())).toBe('ok');
      await tree.reseal(other(Key.random()));
      expect(await opens(memory, key())).toBe(code('WRONG_KEY'));
    });

    test('one finder serves a key of each kind, and itself', async () => {
      const finder = Key.fromCredentials('ada', 'a long enough password');
      const { tree, key, memory } = await scene(finder);
      await tree.keys.add(key(finder));
      expect(await opens(memory, finder)).toBe('ok');
      await tree.reseal(key(finder));
      expect(await opens(memory, finder)).toBe(code('WRONG_KEY'));
      expect(await opens(memory, key(finder))).toBe('ok');
    });

    test('a service changes from a password to what it finds', async () => {
      const finder = Key.fromCredentials('ada', 'a long enough password');
      const { tree, key, memory } = await scene(finder);
      await tree.close();
      for (let i = 0; i < 2; i++) {
        await (await Infinitree.open(Garden, { backend: memory, key: Key.changing(finder, key(finder)) })).close();
      }
      expect([await opens(memory, finder), await opens(memory, key(finder))]).toEqual([code('WRONG_KEY'), 'ok']);
    });

    test('one key serves many trees, each with a question of its own', async () => {
      const { key } = ASKING[kind]!();
      const shared = key();
      const backends = [0, 1, 2].map(() => new MemoryBackend({ heads }));
      for (const backend of backends) {
        await (await Infinitree.create(Garden, { backend, key: shared, objectSize: OBJECT_SIZE })).close();
      }
      const trees = await Promise.all(backends.map((backend) => Infinitree.open(Garden, { backend, key: shared })));
      for (const tree of trees) await tree.close();
      // A key object of one tree does not open in the place of that of another: its head is not there.
      const [credential] = credentialsOf(shared);
      const id = credential!.keyObjectId(0);
      const [first, second] = backends as [MemoryBackend, MemoryBackend];
      const moved = (await first.keyObjects.get(id))!;
      await second.keyObjects.delete(id);
      await second.keyObjects.put(id, moved);
      expect(await opens(second, shared)).toBe(code('CORRUPT'));
    });

    test.each(['gone', 'first header', 'second header'])(
      'a key object that is damaged is made anew by others: %s',
      async (what) => {
        const { tree, key, asked, atFirst, store, memory } = await scene();
        await tree.keys.add(key());
        const [credential] = credentialsOf(key());
        await credential!.derive(await loadSuite());
        const id = credential!.keyObjectId(0);
        const bytes = (await memory.keyObjects.get(id))!.slice();
        store.entries.delete(id);
        const at = what === 'first header' ? 100 : 700;
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        if (what !== 'gone') store.write(id, bytes);
        const found = { gone: 'WRONG_KEY', 'first header': 'CORRUPT', 'second header': 'WRONG_KEY' } as const;
        expect(await opens(memory, key())).toBe(code(found[what as keyof typeof found]));
        if (what === 'second header') {
          // Only its owner sees that; others cannot tell, and give it up for another one.
          expect((await tree.verify()).ok).toBe(true);
          store.entries.delete(id);
        }
        const before = asked();
        expect((await tree.repair()).restored).toEqual([id satisfies ObjectId]);
        expect(asked()).toBe(before);
        expect(await opens(memory, key())).toBe('ok');
        expect(asked()).toBe(before + 1);
        expect(before).toBeGreaterThanOrEqual(atFirst);
      },
    );

    test('a copy opens with the same key and question', async () => {
      const { key, asked, atFirst } = ASKING[kind]!();
      const [source, target] = [new MemoryBackend({ heads }), new MemoryBackend({ heads })];
      const tree = await Infinitree.create(Garden, { backend: source, key: key(), objectSize: OBJECT_SIZE });
      await copyTree(tree, target);
      await tree.close();
      expect(asked()).toBe(atFirst);
      expect(await opens(target, key())).toBe('ok');
    });
  });
});
