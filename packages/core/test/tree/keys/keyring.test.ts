// The keys of a tree, as their owners use them: each opens it, until it is taken away.
import { Infinitree, Key, type KeyInfo, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { code, codeOf, createGarden, Garden, KINDS, OBJECT_SIZE, plant } from '../scene.js';

async function opens(backend: MemoryBackend<'cas' | 'epoch'>, key: Key): Promise<string> {
  return codeOf(async () => {
    const tree = await Infinitree.open(Garden, { backend, key, readonly: true });
    await tree.load();
    expect(tree.index.plants.get(1)).toEqual(plant(1));
    await tree.close();
  });
}

async function count(backend: MemoryBackend<'cas' | 'epoch'>): Promise<number> {
  let objects = 0;
  for await (const _ of backend.list()) objects += 1;
  return objects;
}

describe.each(KINDS)('%s heads', (heads) => {
  async function scene() {
    const { tree, backend, key } = await createGarden(heads);
    tree.index.plants.set(1, plant(1));
    await tree.commit();
    return { tree, backend, key };
  }

  test('a key that was added opens the tree, and may do all that the first may', async () => {
    const { tree, backend, key } = await scene();
    const second = Key.random();
    expect(await opens(backend, second)).toBe(code('WRONG_KEY'));
    const added = await tree.keys.add(second, { label: 'Bob' });
    expect(added).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      kind: 'raw',
      role: 'all',
      label: 'Bob',
      created: added.created,
      current: false,
    });
    expect(await opens(backend, second)).toBe('ok');
    expect(await opens(backend, key)).toBe('ok');
    await tree.close();
    await using bobs = await Infinitree.open(Garden, { backend, key: second });
    expect(bobs.keys.list().map(({ label, current }) => [label, current])).toEqual([
      ['', false],
      ['Bob', true],
    ]);
    bobs.index.plants.set(2, plant(2));
    await bobs.commit();
    await bobs.keys.remove(bobs.keys.list().find(({ current }) => !current)!.id);
    expect(await opens(backend, key)).toBe(code('WRONG_KEY'));
    expect(await opens(backend, second)).toBe('ok');
  });

  test('passwords and raw keys stand side by side, and are told with kind, label and date', async () => {
    const clock = { now: () => 1_700_000_000_000 };
    const { tree } = await createGarden(heads, { environment: { clock } });
    await tree.keys.add(Key.fromCredentials('ada', 'a long enough password'), { label: 'Ada' });
    const shown = tree.keys.list().map(({ kind, label, created }) => [kind, label, created.toISOString()]);
    expect(shown).toEqual([
      ['raw', '', '2023-11-14T22:13:20.000Z'],
      ['password', 'Ada', '2023-11-14T22:13:20.000Z'],
    ]);
    await tree.close();
  });

  test('a key that was removed opens nothing, and nothing of it stays in the storage', async () => {
    const { tree, backend } = await scene();
    const second = Key.random();
    const before = await count(backend);
    const { id } = await tree.keys.add(second);
    await tree.keys.remove(id);
    expect(await opens(backend, second)).toBe(code('WRONG_KEY'));
    expect(tree.keys.list()).toHaveLength(1);
    expect(await codeOf(() => tree.keys.remove(id))).toBe(code('NOT_FOUND'));
    // Nothing but heads was added.
    for (let i = 0; i < 6; i++) await tree.commit({ mode: 'always' });
    expect((await count(backend)) - before).toBeLessThanOrEqual(heads === 'cas' ? 1 : 4);
    // It may come back, as another key.
    const again = await tree.keys.add(second);
    expect(again.id).not.toBe(id);
    expect(await opens(backend, second)).toBe('ok');
  });

  test('the only key stays', async () => {
    const { tree, backend, key } = await scene();
    const [{ id }] = tree.keys.list() as [KeyInfo];
    expect(await codeOf(() => tree.keys.remove(id))).toBe(code('INVALID_ARGUMENT'));
    expect(await opens(backend, key)).toBe('ok');
  });

  test('a key opens one tree of a storage', async () => {
    const { tree, backend, key } = await scene();
    expect(await codeOf(() => tree.keys.add(key))).toBe(code('EXISTS'));
    const other = Key.random();
    await using theirs = await Infinitree.create(Garden, { backend, key: other, objectSize: OBJECT_SIZE });
    expect(await codeOf(() => tree.keys.add(other))).toBe(code('EXISTS'));
    expect(await codeOf(() => theirs.reseal(key))).toBe(code('EXISTS'));
    expect(await opens(backend, key)).toBe('ok');
  });

  test('resealing puts one key in the place of another', async () => {
    const { tree, backend, key } = await scene();
    const next = Key.random();
    const before = await count(backend);
    const info = await tree.reseal(next);
    expect(info).toMatchObject({ kind: 'raw', label: '', current: true });
    expect(tree.keys.list()).toEqual([info]);
    expect(await opens(backend, key)).toBe(code('WRONG_KEY'));
    expect(await opens(backend, next)).toBe('ok');
    expect((await count(backend)) - before).toBeLessThanOrEqual(1);
    expect(await codeOf(() => tree.reseal(next))).toBe(code('INVALID_ARGUMENT'));
    // And there again.
    await tree.reseal(key, { label: 'back' });
    expect(await opens(backend, next)).toBe(code('WRONG_KEY'));
    tree.index.plants.set(2, plant(2));
    await tree.commit();
    await tree.close();
    await using again = await Infinitree.open(Garden, { backend, key });
    expect(again.keys.list()).toMatchObject([{ label: 'back', current: true }]);
    expect((await again.verify({ readData: true })).ok).toBe(true);
  });

  test('resealing to a key that the tree has is a switch to that', async () => {
    const { tree, backend, key } = await scene();
    const second = Key.random();
    const { id } = await tree.keys.add(second, { label: 'second' });
    expect(await tree.reseal(second)).toMatchObject({ id, label: 'second', current: true });
    expect(tree.keys.list()).toHaveLength(1);
    expect(await opens(backend, key)).toBe(code('WRONG_KEY'));
    expect(await opens(backend, second)).toBe('ok');
  });

  test('what is staged stays staged, and commits made meanwhile are stored', async () => {
    const { tree, backend } = await scene();
    const next = Key.random();
    tree.index.plants.set(2, plant(2));
    const [, commit] = await Promise.all([tree.reseal(next), tree.commit()]);
    expect(commit?.sequence).toBe(2);
    await tree.keys.add(Key.random());
    tree.index.plants.set(3, plant(3));
    await tree.commit();
    await using again = await Infinitree.open(Garden, { backend, key: next, readonly: true });
    await again.load();
    expect([...again.index.plants.keys()]).toEqual([1, 2, 3]);
  });

  test('a writer that was overtaken has a conflict, and changes no key', async () => {
    const { tree, backend, key } = await scene();
    await using other = await Infinitree.open(Garden, { backend, key, takeover: true });
    await other.load();
    other.index.plants.set(2, plant(2));
    await other.commit();
    const next = Key.random();
    expect(await codeOf(() => tree.reseal(next))).toBe(code('CONFLICT'));
    expect(await opens(backend, key)).toBe('ok');
    expect(await opens(backend, next)).toBe(code('WRONG_KEY'));
    await tree.refresh();
    await tree.reseal(next);
    expect(await opens(backend, key)).toBe(code('WRONG_KEY'));
    expect(await opens(backend, next)).toBe('ok');
    // The other handle goes on, and sees what became of its key.
    await other.refresh();
    expect(other.keys.list()).toMatchObject([{ current: false }]);
  });

  test('many keys open one tree, up to what a head has room for', async () => {
    const { tree, backend } = await scene();
    const keys = Array.from({ length: 31 }, () => Key.random());
    for (const [i, key] of keys.entries()) await tree.keys.add(key, { label: `key ${i}` });
    expect(await codeOf(() => tree.keys.add(Key.random()))).toBe(code('UNSUPPORTED'));
    for (const key of [keys[0]!, keys[15]!, keys[30]!]) expect(await opens(backend, key)).toBe('ok');
    expect((await tree.verify()).ok).toBe(true);
  });

  test('a handle for reading changes nothing', async () => {
    const { backend, key } = await scene();
    await using reader = await Infinitree.open(Garden, { backend, key, readonly: true });
    const [{ id }] = reader.keys.list() as [KeyInfo];
    expect(await codeOf(() => reader.keys.add(Key.random()))).toBe(code('READONLY'));
    expect(await codeOf(() => reader.keys.remove(id))).toBe(code('READONLY'));
    expect(await codeOf(() => reader.reseal(Key.random()))).toBe(code('READONLY'));
  });

  test('what is no key, label or id is refused', async () => {
    const { tree } = await scene();
    for (const key of [undefined, null, 'password', {}, 5]) {
      expect(await codeOf(() => tree.keys.add(key as Key))).toBe(code('INVALID_ARGUMENT'));
      expect(await codeOf(() => tree.reseal(key as Key))).toBe(code('INVALID_ARGUMENT'));
    }
    for (const label of ['x'.repeat(257), 'a\ud800', 5 as unknown as string]) {
      expect(await codeOf(() => tree.keys.add(Key.random(), { label }))).toBe(code('INVALID_ARGUMENT'));
    }
    await tree.keys.add(Key.random(), { label: 'x'.repeat(256) });
    expect(await codeOf(() => tree.keys.remove(undefined as unknown as string))).toBe(code('INVALID_ARGUMENT'));
    expect(await codeOf(() => tree.keys.remove('0'.repeat(32)))).toBe(code('NOT_FOUND'));
    const signal = AbortSignal.abort();
    expect(await codeOf(() => tree.keys.add(Key.random(), { signal }))).toBe(code('ABORTED'));
    await tree.close();
    expect(await codeOf(() => tree.keys.add(Key.random()))).toBe(code('CLOSED'));
    expect(await codeOf(async () => tree.keys.list())).toBe(code('CLOSED'));
  });

  test('a key that is being changed opens with either, and is changed by whoever opens for writing', async () => {
    const { tree, backend, key } = await scene();
    await tree.close();
    const next = Key.random();
    const changing = Key.changing(key, next);
    expect(await opens(backend, changing)).toBe('ok');
    expect(await opens(backend, key)).toBe('ok');
    for (let i = 0; i < 2; i++) {
      const writer = await Infinitree.open(Garden, { backend, key: changing });
      expect(writer.keys.list()).toMatchObject([{ current: true }]);
      await writer.close();
      expect(await opens(backend, key)).toBe(code('WRONG_KEY'));
      expect(await opens(backend, next)).toBe('ok');
      expect(await opens(backend, changing)).toBe('ok');
    }
    expect(() => Key.changing(changing, key)).toThrow(expect.objectContaining({ code: code('INVALID_ARGUMENT') }));
    const fresh = new MemoryBackend({ heads });
    await (await Infinitree.create(Garden, { backend: fresh, key: changing, objectSize: OBJECT_SIZE })).close();
    await (await Infinitree.open(Garden, { backend: fresh, key: next })).close();
  });

  test('a key that is being changed opens with the old one while no head lists the new one, and is changed then', async () => {
    const memory = new MemoryBackend({ heads });
    const backend = new FailingBackend(memory);
    const [old, next] = [Key.random(), Key.random()];
    const changing = Key.changing(old, next);
    await (await Infinitree.create(Garden, { backend, key: old, objectSize: OBJECT_SIZE })).close();
    backend.fail({ verb: heads === 'cas' ? 'heads.cas' : 'heads.create', forever: true });
    expect(await codeOf(() => Infinitree.open(Garden, { backend, key: changing }))).not.toBe('ok');
    backend.heal();
    expect(await codeOf(() => Infinitree.open(Garden, { backend, key: next }))).toBe(code('WRONG_KEY'));
    const reader = await Infinitree.open(Garden, { backend, key: changing, readonly: true });
    expect(reader.keys.list()).toMatchObject([{ current: true }]);
    await reader.close();
    await (await Infinitree.open(Garden, { backend, key: changing })).close();
    expect(await codeOf(() => Infinitree.open(Garden, { backend, key: old }))).toBe(code('WRONG_KEY'));
    await (await Infinitree.open(Garden, { backend, key: next })).close();
  });

  test('an application has a key for each purpose, whichever key opened the tree', async () => {
    const { tree, backend } = await scene();
    const second = Key.random();
    await tree.keys.add(second);
    await using other = await Infinitree.open(Garden, { backend, key: second, readonly: true });
    const derived = tree.deriveKey('attachments');
    expect(derived).toHaveLength(32);
    expect(other.deriveKey('attachments')).toEqual(derived);
    expect(tree.deriveKey('attachments2')).not.toEqual(derived);
    for (const purpose of ['', 'a\udc00', undefined as unknown as string]) {
      expect(await codeOf(async () => tree.deriveKey(purpose))).toBe(code('INVALID_ARGUMENT'));
    }
    const { tree: stranger } = await createGarden(heads);
    expect(stranger.deriveKey('attachments')).not.toEqual(derived);
    await tree.close();
    expect(await codeOf(async () => tree.deriveKey('attachments'))).toBe(code('CLOSED'));
  });
});
