// The next root secret, before there is anything under it: whoever can open the tree has it, and whoever is taken from the
// tree is not to have the one that it comes to.
import { copyTree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { openNext, sealNext } from '../../../src/tree/rotation/prepared.js';
import type { Session } from '../../../src/tree/session.js';
import { code, codeOf, contentIn, contentOf, DAY, grow, KINDS, open, opening, Scene, type Tree } from './scene.js';

const sessionOf = (tree: Tree): Session => (tree as unknown as { session: Session }).session;

describe.each(KINDS)('%s heads', (heads) => {
  /** A rotation that ended when its secret was durable, and nothing else. */
  async function prepared(): Promise<Scene> {
    const at = await Scene.made(heads, 1);
    const backend = new FailingBackend(at.backend);
    const tree = await open(backend, at.key);
    backend.fail({ verb: 'put', forever: true });
    expect(await codeOf(() => tree.rotate())).toBe(code('BACKEND'));
    await tree.close();
    return at;
  }

  test('each key has it, also one that is added later', async () => {
    const at = await prepared();
    const third = Key.random();
    const tree = await at.open();
    await tree.keys.add(third);
    await tree.close();
    const secrets = new Set<string>();
    for (const key of [at.key, at.second, third]) {
      const reader = await at.open({ key, readonly: true });
      const session = sessionOf(reader);
      const { rotation } = session.snapshot.care;
      if (rotation?.stage !== 'prepared') throw new Error('There is no secret.');
      expect(rotation.next.exposed).toBe(false);
      const next = await openNext(session, rotation.next, {});
      secrets.add(Buffer.from(next.copyRootSecret()).toString('hex'));
      await reader.close();
    }
    expect(secrets.size).toBe(1);
    const thirds = await at.open({ key: third });
    // Whoever wrote that secret there may be who is to be shut out: it is used up, and another one made.
    expect(await thirds.rotate()).toMatchObject({ keyEpoch: 2 });
    secrets.add(Buffer.from(sessionOf(thirds).context.keys.copyRootSecret()).toString('hex'));
    expect(secrets.size).toBe(2);
    expect(await contentOf(thirds)).toEqual(at.content);
    await thirds.close();
    expect(await opening(at.backend, [at.key, at.second, third])).toEqual(['opens', 'opens', 'opens']);
  });

  test.each(['remove', 'reseal', 'remove, then add'] as const)(
    'a key that had it and is taken away: %s',
    async (how) => {
      const at = await prepared();
      const tree = await at.open({ key: at.second });
      const first = tree.keys.list().find(({ current }) => !current)!;
      let key = at.second;
      if (how === 'reseal') {
        key = Key.random();
        await tree.reseal(key);
      } else await tree.keys.remove(first.id);
      if (how === 'remove, then add') await tree.keys.add(Key.random());
      await tree.close();
      const again = await at.open({ key });
      // The secret that was known is used up, and another one made.
      expect(await again.rotate()).toMatchObject({ keyEpoch: 2 });
      expect(await contentOf(again)).toEqual(at.content);
      await again.close();
      const shut = how === 'reseal' ? at.second : at.key;
      expect(await opening(at.backend, [key, shut])).toEqual(['opens', code('WRONG_KEY')]);
      expect(await contentIn(at.backend, key)).toEqual(at.content);
    },
  );

  test('it is carried on by commits, folds and sweeps, and not into copies', async () => {
    const at = await prepared();
    const tree = await at.open();
    for (let i = 0; i < 3; i++) await grow(tree, `more ${i}`);
    at.clock.advance(2 * DAY);
    await tree.gc();
    const target = new MemoryBackend({ heads });
    await copyTree(tree, target);
    const content = await contentOf(tree);
    await tree.close();
    const copy = await open(target, at.key);
    expect(sessionOf(copy).snapshot.care.rotation).toBeUndefined();
    await copy.rotate();
    await copy.close();
    const again = await at.open({ key: at.second });
    expect(sessionOf(again).snapshot.care.rotation?.stage).toBe('prepared');
    expect(await again.rotate()).toMatchObject({ keyEpoch: 2 });
    await again.close();
    for (const [backend, key] of [at.backend, target].flatMap((one) =>
      [at.key, at.second].map((two) => [one, two] as const),
    ))
      expect(await contentIn(backend, key)).toEqual(content);
  });

  test('one that is not sealed to this key, or to another key epoch, is damage', async () => {
    const at = await prepared();
    const tree = await at.open({ readonly: true });
    const session = sessionOf(tree);
    const { rotation, credentials } = session.snapshot.care;
    if (rotation?.stage !== 'prepared') throw new Error('There is no secret.');
    const { next } = rotation;
    const spoilt = next.copies.map((copy) => {
      const bytes = copy.sealed.slice();
      bytes[5]! ^= 1;
      return { ...copy, sealed: bytes };
    });
    const [a, b] = next.copies;
    const swapped = [
      { ...a!, sealed: b!.sealed },
      { ...b!, sealed: a!.sealed },
    ];
    const others = [
      { ...next, copies: [] },
      { ...next, copies: spoilt },
      { ...next, copies: swapped },
      { ...next, keyEpoch: 2 },
      { ...next, copies: next.copies.map((copy) => ({ ...copy, ephemeralKey: new Uint8Array(32) })) },
    ];
    for (const other of others) expect(await codeOf(() => openNext(session, other, {}))).toBe(code('CORRUPT'));
    // Sealed once more it has other copies.
    const keys = await openNext(session, next, {});
    const again = sealNext(keys, session.context.entropy, credentials);
    if (again.stage !== 'prepared') throw new Error('There is no secret.');
    expect(again.next.copies.map(({ ephemeralKey }) => ephemeralKey)).not.toEqual(
      next.copies.map(({ ephemeralKey }) => ephemeralKey),
    );
    expect((await openNext(session, again.next, {})).equals(keys)).toBe(true);
    await tree.close();
  });
});

test.each(KINDS)('a tree that was rotated is copied and moved with all of its key epochs: %s heads', async (heads) => {
  for (const move of [false, true]) {
    const at = await Scene.made(heads, 1);
    const stale = new MemoryBackend({ heads });
    const tree = await at.open();
    await copyTree(tree, stale);
    await tree.rotate();
    await grow(tree, 'one');
    await tree.rotate();
    await grow(tree, 'two');
    const content = await contentOf(tree);
    const target = new MemoryBackend({ heads: heads === 'cas' ? 'epoch' : 'cas' });
    const { head } = await copyTree(tree, target, { move });
    expect(head.startsWith('2.')).toBe(true);
    // A copy of an earlier key epoch is in the way.
    if (!move) expect(await codeOf(() => copyTree(tree, stale))).toBe(code('EXISTS'));
    await tree.close();
    for (const key of [at.key, at.second]) expect(await contentIn(target, key)).toEqual(content);
    expect(await contentIn(stale, at.key)).toEqual(at.content);
    const there = await open(target, at.key);
    expect((await there.verify({ readData: true })).faults).toEqual([]);
    expect(await there.rotate()).toMatchObject({ keyEpoch: 3 });
    await grow(there, 'three');
    await there.gc();
    expect((await there.verify({ readData: true })).faults).toEqual([]);
    await there.close();
    if (move) expect(await codeOf(() => at.open())).toBe(code('READONLY'));
  }
});
