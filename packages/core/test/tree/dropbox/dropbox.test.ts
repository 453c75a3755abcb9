// Workers hand in what they cannot read; owners make commits of it.
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { Dropbox, Infinitree, Key, MemoryBackend, SnapshotMap, VersionedMap } from '@infinitree/core';
import { code, codeOf, KINDS, OBJECT_SIZE, plant } from '../scene.js';
import { Yard, yard } from './yard.js';

describe.each(KINDS)('%s heads', (heads) => {
  test('what a worker hands in becomes commits, in order, and shows in what is loaded', async () => {
    const { tree, worker, id, backend, key } = await yard(heads);
    tree.index.notes.set('old', 'kept');
    tree.index.notes.set('gone', 1);
    await tree.commit('owner');
    const box = await worker();
    box.index.plants.set(1, plant(1));
    box.index.notes.delete('gone');
    box.index.lastTime.value = 7;
    box.index.names.add('basil');
    box.index.events.push('first', 'second');
    expect(await box.send('by the worker')).toBe(OBJECT_SIZE);
    box.index.events.push('third');
    box.index.plants.set(1, plant(11));
    await box.send();
    expect(await box.send()).toBe(0);
    await box.close();

    tree.index.notes.set('staged', true);
    const { merged, faults, waiting } = await tree.dropboxes.merge();
    expect([faults, waiting]).toEqual([[], 0]);
    expect(merged.map(({ dropbox, label, counter, commit }) => [dropbox, label, counter, commit.message])).toEqual([
      [id, 'worker', 1, 'by the worker'],
      [id, 'worker', 2, ''],
    ]);
    expect(merged[0]?.commit.data).toMatchObject({ dropbox: { id, label: 'worker', counter: 1 } });
    const { index } = tree;
    expect([...index.events]).toEqual(['first', 'second', 'third']);
    expect(index.plants.get(1)).toEqual(plant(11));
    expect([...index.notes.keys()].sort()).toEqual(['old', 'staged']);
    expect([...index.names]).toEqual(['basil']);
    expect(index.lastTime.value).toBe(7);
    await tree.commit('staged all along');
    expect(await tree.dropboxes.merge()).toEqual({ merged: [], faults: [], waiting: 0 });
    await tree.close();

    await using again = await Infinitree.open(Yard, { backend, key });
    await again.load();
    expect([...again.index.events]).toEqual(['first', 'second', 'third']);
    expect(again.index.plants.get(1)).toEqual(plant(11));
    const view = await again.at(merged[0]!.commit);
    expect(await view.get('plants', 1)).toEqual(plant(1));
    expect((await again.verify({ readData: true })).faults).toEqual([]);
  });

  test('a worker goes on where it was, before and after what it sent was merged', async () => {
    const { tree, worker } = await yard(heads);
    const counters: number[] = [];
    for (let round = 1; round <= 6; round++) {
      await using box = await worker();
      box.index.events.push(`event ${round}`);
      await box.send();
      if (round % 2 === 0) counters.push(...(await tree.dropboxes.merge()).merged.map(({ counter }) => counter));
    }
    expect(counters).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...tree.index.events]).toHaveLength(6);
    await tree.close();
  });

  test('two instances of a worker at once: everything of both arrives once', async () => {
    const { tree, worker } = await yard(heads);
    const [one, other] = [await worker(), await worker()];
    for (let round = 0; round < 5; round++) {
      one.index.events.push(`one ${round}`);
      other.index.events.push(`other ${round}`);
      await Promise.all([one.send(), other.send()]);
    }
    const { merged, faults } = await tree.dropboxes.merge();
    expect([merged.length, faults]).toEqual([10, []]);
    expect([...tree.index.events].filter((event) => event.startsWith('one'))).toHaveLength(5);
    expect(new Set(tree.index.events).size).toBe(10);
    for (const box of [one, other]) await box.close();
    await tree.close();
  });

  test('what is larger than an object takes several, and is merged whole or not at all', async () => {
    const { tree, worker, store, watch } = await yard(heads);
    const box = await worker();
    const news = watch();
    for (let i = 0; i < 60; i++) box.index.notes.set(`${i}`, new Uint8Array(randomBytes(4000)));
    const bytes = await box.send('large');
    expect(bytes / OBJECT_SIZE).toBe(news().length);
    expect(news().length).toBeGreaterThan(2);
    // All of them have to be there, and nothing of the others shows before.
    const last = news().at(-1)!;
    const { bytes: withheld } = store.entries.get(last)!;
    store.entries.delete(last);
    expect(await tree.dropboxes.merge()).toEqual({ merged: [], faults: [], waiting: bytes / OBJECT_SIZE - 1 });
    expect(tree.index.notes.size).toBe(0);
    store.write(last, withheld);
    expect((await tree.dropboxes.merge()).merged).toHaveLength(1);
    expect(tree.index.notes.size).toBe(60);
    await box.close();
    await tree.close();
  });

  test('the worker reads nothing, and its key opens nothing else', async () => {
    const { tree, worker, workersKey, backend, key } = await yard(heads);
    await using box = await worker();
    box.index.plants.set(1, plant(1));
    expect(box.index.plants.get(1)).toEqual(plant(1));
    for (const read of [
      () => box.index.plants.get(2),
      () => box.index.plants.size,
      () => [...box.index.events],
      () => box.index.notes.update('a', () => 1),
      () => box.index.lastTime.value,
    ]) {
      expect(await codeOf(async () => read())).toBe(code('UNSUPPORTED'));
    }
    await box.send();
    expect(await codeOf(async () => box.index.plants.get(1))).toBe(code('UNSUPPORTED'));
    expect(await codeOf(() => Infinitree.open(Yard, { backend, key: workersKey }))).toBe(code('INVALID_ARGUMENT'));
    expect(await codeOf(() => tree.keys.add(workersKey))).toBe(code('INVALID_ARGUMENT'));
    expect(await codeOf(() => Dropbox.open(Yard, { backend, key }))).toBe(code('INVALID_ARGUMENT'));
    await tree.close();
  });

  test('the key is a text, and shows nowhere else', async () => {
    const { tree, workersKey, backend } = await yard(heads);
    const text = workersKey.toText();
    expect(text).toMatch(/^ITD1-(?:[0-9A-TV-Z]{4}-){39}[0-9A-TV-Z]{4}$/);
    const same = Key.dropbox(text.toLowerCase().replaceAll('-', ' '));
    expect(same.toText()).toBe(text);
    expect(inspect(same, { depth: 9 }) + JSON.stringify(same)).not.toContain(text.slice(5, 20));
    expect(() => Key.dropbox(text.replace(/.$/, (digit) => (digit === 'A' ? 'B' : 'A')))).toThrow('mistyped');
    expect(() => Key.dropbox(Key.random().toText())).toThrow('begins with "ITD1-"');
    expect(() => Key.fromText(text)).toThrow('begins with "ITK1-"');
    await using box = await Dropbox.open(Yard, { backend, key: same });
    box.index.names.add('mint');
    await box.send();
    expect((await tree.dropboxes.merge()).merged).toHaveLength(1);
    await tree.close();
  });

  test('a removed dropbox leaves nothing, and nothing is taken from it', async () => {
    const { tree, worker, id, watch } = await yard(heads);
    const news = watch();
    await using box = await worker();
    box.index.names.add('a');
    await box.send();
    const [batch] = news();
    expect(tree.dropboxes.list()).toMatchObject([{ id, label: 'worker' }]);
    await tree.dropboxes.remove(id);
    expect(tree.dropboxes.list()).toEqual([]);
    expect(news()).not.toContain(batch);
    box.index.names.add('b');
    await box.send();
    expect((await tree.dropboxes.merge()).merged).toEqual([]);
    expect(await codeOf(() => tree.dropboxes.remove(id))).toBe(code('NOT_FOUND'));
    await tree.close();
  });

  test('what others changed meanwhile is a conflict, and loses nothing', async () => {
    const { tree, worker } = await yard(heads);
    tree.index.notes.set('a', 1);
    await tree.commit();
    tree.index.notes.update('a', () => 2);
    await using box = await worker();
    box.index.notes.set('a', 10);
    await box.send();
    expect((await tree.dropboxes.merge()).merged).toHaveLength(1);
    expect(await codeOf(() => tree.commit())).toBe(code('CONFLICT'));
    await tree.refresh({ onConflict: 'drop' });
    expect(tree.index.notes.get('a')).toBe(10);
    await tree.close();
  });
});

test('fields that are written by who can read them are refused, by name', async () => {
  const backend = new MemoryBackend();
  const tree = await Infinitree.create(SnapshotMap<string, number>, {
    backend,
    key: Key.random(),
    objectSize: OBJECT_SIZE,
  });
  const { key } = await tree.dropboxes.add();
  await expect(Dropbox.open(SnapshotMap, { backend, key })).rejects.toThrow('"root" is a snapshot field');
  await (await Dropbox.open(VersionedMap, { backend, key })).close();
  await tree.close();
});
