// What is left of key material in our own memory when a tree is closed, or could not be opened: nothing.
import crypto from 'node:crypto';
import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend, SoftwareResponder, TestClock } from '@infinitree/testing';
import sodium from 'libsodium-wrappers-sumo';
import { MemoryStore } from '../../src/backend/memory-store.js';
import { credentialsOf } from '../../src/crypto/key.js';
import { loadSodium } from '../../src/crypto/sodium-suite.js';
import { codeOf, collect, Garden, KINDS, OBJECT_SIZE, plant } from './scene.js';

type Bytes = Uint8Array;
type Call = (...args: unknown[]) => unknown;

/** Which argument of a primitive is its key. */
const KEY_ARGUMENTS = { hmac: 0, seal: 0, open: 0, keyStream: 0, x25519: 0 } as const;
const NATIVE_KEY_ARGUMENTS = { createHmac: 1, createCipheriv: 1, createDecipheriv: 1 } as const;

/** The very arrays that were used as keys, not copies of them. */
const used = new Set<Bytes>();
/** Their content when they were used. */
const contents = new Set<string>();
/** What came from the random source, as it is used. It hedges ids and salts, which are no secrets. */
const drawn = new Set<string>();
const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');
const restore: (() => void)[] = [];

function watch(library: Record<string, Call>, keys: Readonly<Record<string, number>>): void {
  for (const [name, argument] of Object.entries(keys)) {
    const original = library[name] as Call;
    library[name] = (...args) => {
      used.add(args[argument] as Bytes);
      contents.add(hex(args[argument] as Bytes));
      const result = original(...args);
      // What two have agreed upon. From the base point comes a public key.
      if (name === 'x25519' && result instanceof Uint8Array && (args[1] as Bytes)[0] !== 9) {
        used.add(result);
        contents.add(hex(result));
      }
      return result;
    };
    restore.push(() => {
      library[name] = original;
    });
  }
}

beforeAll(async () => {
  watch((await loadSodium()) as never, KEY_ARGUMENTS);
  watch(crypto as never, NATIVE_KEY_ARGUMENTS);
});
afterAll(() => {
  for (const undo of restore) undo();
});
beforeEach(() => {
  used.clear();
  contents.clear();
  drawn.clear();
});

const environment = {
  clock: new TestClock(),
  random: {
    fill(target: Bytes) {
      crypto.randomFillSync(target);
      for (let at = 0; at < target.length; at += 32) drawn.add(hex(target.subarray(at, at + 32)));
    },
  },
};

/**
 * Keys in memory that are not zero, but for what a `Key` keeps for its next opening. Its header key stands in the registry of
 * each head too, and opens no more than the first header of its key objects.
 */
function left(...keys: readonly Key[]): Bytes[] {
  const kept = keys.flatMap(credentialsOf).map((one) => one.headerKey());
  const isKept = (bytes: Bytes) => kept.some((one) => hex(one) === hex(bytes));
  // HMAC is given the salt of HKDF as a key, which is made of public keys where it is as long as two of them.
  const isSecret = (bytes: Bytes) => bytes.length === 32 && !drawn.has(hex(bytes)) && !isKept(bytes);
  return [...used].filter((bytes) => isSecret(bytes) && bytes.some((byte) => byte !== 0));
}

describe.each(KINDS)('%s heads', (heads) => {
  test('closing a tree leaves none of its keys, whatever was done with it', async () => {
    const clock = environment.clock;
    const backend = new MemoryBackend({ heads, locks: true }, new MemoryStore(() => clock.now()));
    const key = Key.fromCredentials('user', 'password');
    const options = { backend, key, environment };
    const tree = await Infinitree.create(Garden, { ...options, objectSize: OBJECT_SIZE });
    for (let i = 0; i < 3000; i++) tree.index.plants.set(i, plant(i));
    tree.index.notes.set('blob', await tree.blobs.put(new Uint8Array(150_000).fill(3), { dedup: true }));
    await tree.commit('large');
    for (let i = 0; i < 20; i++) {
      tree.index.notes.set('note', 'n'.repeat(3000) + String(i));
      await tree.commit('small');
    }
    await tree.refresh();
    await tree.gc();
    // One that is never flushed, as when a process changes its mind.
    await tree.storageWriter().write(new Uint8Array(100).fill(1));
    await tree.close();
    expect(used.size).toBeGreaterThan(50);
    expect(left(key)).toEqual([]);

    used.clear();
    const reader = await Infinitree.open(Garden, { ...options, readonly: true });
    await reader.load();
    await using view = await reader.at('HEAD~3');
    await view.load();
    await collect(reader.entries('plants'));
    await reader.verify({ readData: true });
    // While it is open there are some: the test sees what it is about.
    expect(left(key).length).toBeGreaterThan(3);
    await reader.close();
    expect(left(key)).toEqual([]);
    expect(used.size).toBeGreaterThan(50);
  }, 60_000);

  test.each(['reader', 'writer'] as const)('nor does one that is split, of a %s', async (role) => {
    const backend = new MemoryBackend({ heads });
    // A key of bytes keeps them.
    const [plain, other] = [Key.fromCredentials('user', 'password'), Key.fromCredentials('worker', 'password')];
    const [owner, worker] = [Key.splitReader(plain), Key.splitWriter(other)];
    const made = await Infinitree.create(Garden, { backend, key: owner, environment, objectSize: OBJECT_SIZE });
    await made.keys.add(worker);
    await made.close();
    used.clear();
    const key = role === 'reader' ? owner : worker;
    const tree = await Infinitree.open(Garden, { backend, key, environment });
    for (let i = 0; i < 5; i++) {
      tree.index.notes.set(`blob ${i}`, await tree.blobs.put(new Uint8Array(40_000 * i).fill(3)));
      await tree.commit();
    }
    if (role === 'reader') await tree.verify({ readData: true });
    // One that is begun and never flushed, and one of a commit that fails.
    await tree.blobs.put(new Uint8Array(100));
    expect(left(owner, worker).length).toBeGreaterThan(3);
    await tree.close();
    expect(left(owner, worker)).toEqual([]);
    expect(used.size).toBeGreaterThan(50);
  });

  test('neither does a tree that could not be made or opened', async () => {
    const inner = new MemoryBackend({ heads, locks: true });
    const backend = new FailingBackend(inner);
    const key = Key.fromCredentials('user', 'password');
    const options = { backend, key, environment };
    const create = () => Infinitree.create(Garden, { ...options, objectSize: OBJECT_SIZE });
    const open = (more: object = {}) => Infinitree.open(Garden, { ...options, ...more });
    backend.fail({ verb: 'keyObjects.put' });
    expect(await codeOf(create)).toBe('INFINITREE_BACKEND');
    backend.fail({ verb: 'locks.create', when: 'after' });
    expect(await codeOf(create)).toBe('INFINITREE_BACKEND');
    const tree = await create();
    const { head } = tree;
    expect(await codeOf(create)).toBe('INFINITREE_EXISTS');
    expect(await codeOf(open)).toBe('INFINITREE_LOCKED');
    await tree.close();
    expect(left(key)).toEqual([]);
    backend.fail({ verb: 'heads.read', forever: true });
    // What went wrong first is what is told, even where the note cannot be taken away again.
    backend.fail({ verb: 'locks.remove' });
    expect(await codeOf(open)).toBe('INFINITREE_BACKEND');
    backend.heal();
    expect(await codeOf(() => open({ takeover: true, expectHead: head.replace(/\.\d+\./, '.7.') }))).toBe(
      'INFINITREE_ROLLBACK',
    );
    const wrong = Key.fromCredentials('user', 'Password');
    expect(await codeOf(() => open({ key: wrong }))).toBe('INFINITREE_WRONG_KEY');
    expect(left(key, wrong)).toEqual([]);
  });

  test('nor does a key that somebody answers for leave what was made of the answer', async () => {
    const backend = new MemoryBackend({ heads });
    const responder = new SoftwareResponder(new Uint8Array(20).fill(3));
    const key = Key.fromChallengeResponse(responder, { finder: Key.random() });
    await (await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE, environment })).close();
    for (let i = 0; i < 3; i++) await (await Infinitree.open(Garden, { backend, key, environment })).close();
    expect(responder.challenges).toHaveLength(4);
    // What the key keeps for its next opening, and no more with each: the bytes of its finder, what was derived of them, and
    // what makes a secret key only together with an answer.
    expect(left(key)).toHaveLength(3);
  });

  test('nor does libsodium keep any in its memory, or the password', async () => {
    const key = Key.fromCredentials('user', 'a password like no other');
    const options = { backend: new MemoryBackend({ heads }), key, environment };
    const tree = await Infinitree.create(Garden, { ...options, objectSize: OBJECT_SIZE });
    tree.index.lastTime.value = 1;
    await tree.commit();
    await tree.close();
    const split = { ...options, backend: new MemoryBackend({ heads }), key: Key.splitReader(key) };
    const other = await Infinitree.create(Garden, { ...split, objectSize: OBJECT_SIZE });
    other.index.notes.set('blob', await other.blobs.put(new Uint8Array(5)));
    await other.commit();
    await other.close();
    const { HEAPU8 } = (sodium as unknown as { readonly libsodium: { readonly HEAPU8: Bytes } }).libsodium;
    const heap = Buffer.from(HEAPU8.buffer);
    // No key is all zeros, and what is public may lie about.
    const secrets = [...contents].filter((content) => !drawn.has(content) && !/^0*$/.test(content));
    expect(secrets.length).toBeGreaterThan(20);
    expect(secrets.filter((content) => heap.includes(Buffer.from(content, 'hex')))).toEqual([]);
    expect(heap.includes('a password like no other')).toBe(false);
  });

  test('a Key opens any number of trees, before and after others are closed', async () => {
    const key = Key.fromCredentials('user', 'password');
    const backends = [0, 1, 2].map(() => new MemoryBackend({ heads }));
    for (const backend of backends) {
      const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE });
      tree.index.lastTime.value = backends.indexOf(backend);
      await tree.commit();
      await tree.close();
    }
    for (let round = 0; round < 3; round++) {
      const opened = await Promise.all(backends.map((backend) => Infinitree.open(Garden, { backend, key })));
      for (const [i, tree] of opened.entries()) {
        await tree.load();
        expect(tree.index.lastTime.value).toBe(i);
        await tree.close();
      }
    }
  });
});
