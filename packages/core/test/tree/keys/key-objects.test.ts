// Key objects that are damaged or gone: whoever has the tree open sees it, and can make them anew for everybody.
import { Infinitree, Key, MemoryBackend, type ObjectId } from '@infinitree/core';
import { MemoryStore } from '../../../src/backend/memory-store.js';
import { credentialsOf } from '../../../src/crypto/key.js';
import { loadSuite } from '../../../src/crypto/suite.js';
import { code, codeOf, Garden, KINDS, OBJECT_SIZE, plant } from '../scene.js';

type Damage = 'gone' | 'first header' | 'second header' | 'padding' | 'cut off';

describe.each(KINDS)('%s heads', (heads) => {
  async function scene() {
    const store = new MemoryStore();
    const backend = new MemoryBackend({ heads }, store);
    const keys = { own: Key.random(), others: Key.random() };
    const tree = await Infinitree.create(Garden, { backend, key: keys.own, objectSize: OBJECT_SIZE });
    tree.index.plants.set(1, plant(1));
    await tree.commit();
    await tree.keys.add(keys.others);
    const damage = async (key: Key, what: Damage): Promise<ObjectId> => {
      const [credential] = credentialsOf(key);
      await credential!.derive(await loadSuite());
      const id = ([0, 1] as const).map((slot) => credential!.keyObjectId(slot)).find((one) => store.entries.has(one))!;
      const { bytes } = store.entries.get(id)!;
      store.entries.delete(id);
      if (what === 'gone') return id;
      const at = { 'first header': 100, 'second header': 700, padding: 40_000, 'cut off': 0 }[what];
      const damaged = bytes.slice(0, what === 'cut off' ? 5000 : bytes.length);
      if (what !== 'cut off') damaged[at] = (damaged[at] ?? 0) ^ 1;
      store.write(id, damaged);
      return id;
    };
    const opens = (key: Key) =>
      codeOf(async () => (await Infinitree.open(Garden, { backend, key, readonly: true })).close());
    return { tree, keys, damage, opens, backend };
  }

  test.each([
    ['own', 'gone'],
    ['own', 'first header'],
    ['own', 'second header'],
    ['own', 'padding'],
    ['own', 'cut off'],
    ['others', 'gone'],
    ['others', 'first header'],
    ['others', 'padding'],
    ['others', 'cut off'],
  ] as const)('%s: %s', async (whose, what) => {
    const { tree, keys, damage, opens, backend } = await scene();
    expect(await tree.verify({ readData: true })).toMatchObject({ ok: true });
    const id = await damage(keys[whose], what);
    const report = await tree.verify({ readData: true });
    expect(report.faults).toMatchObject([{ object: id, part: what === 'padding' ? 'padding' : 'key object' }]);
    const planned = await tree.repair({ dryRun: true });
    expect(planned).toMatchObject({ dryRun: true, restored: [id], remaining: [], lost: [] });
    expect((await tree.verify()).faults.length + Number(what === 'padding')).toBeGreaterThan(0);

    expect(await tree.repair()).toMatchObject({ restored: [id], commit: undefined, remaining: [], lost: [] });
    expect((await tree.verify({ readData: true })).faults).toEqual([]);
    expect([await opens(keys.own), await opens(keys.others)]).toEqual(['ok', 'ok']);
    // They are found wherever they are now, and go with their keys.
    await tree.reseal(Key.random());
    await tree.keys.remove(tree.keys.list().find(({ current }) => !current)!.id);
    expect([await opens(keys.own), await opens(keys.others)]).toEqual([code('WRONG_KEY'), code('WRONG_KEY')]);
    const left: string[] = [];
    for await (const one of backend.keyObjects.list()) if (one === id) left.push(one);
    expect(left).toEqual([]);
  });

  test("what is only of another key's second header is nobody's to see but its owner's", async () => {
    const { tree, keys, damage, opens } = await scene();
    await damage(keys.others, 'second header');
    expect((await tree.verify({ readData: true })).ok).toBe(true);
    expect(await opens(keys.others)).toBe(code('CORRUPT'));
    // Taken away and given back it is made anew.
    await tree.keys.remove(tree.keys.list().find(({ current }) => !current)!.id);
    await tree.keys.add(keys.others);
    expect(await opens(keys.others)).toBe('ok');
  });
});
