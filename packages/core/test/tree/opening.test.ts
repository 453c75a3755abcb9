import {
  type Backend,
  Infinitree,
  InfinitreeError,
  Key,
  MemoryBackend,
  registerBackend,
  VersionedMap,
} from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { MemoryStore } from '../../src/backend/memory-store.js';
import {
  code,
  codeOf,
  createGarden,
  errorOf,
  Garden,
  idsIn,
  KINDS,
  OBJECT_SIZE,
  plant,
  reopenedGarden,
} from './scene.js';

const objectSize = OBJECT_SIZE;

describe.each(KINDS)('create, open and openOrCreate, %s heads', (heads) => {
  test('open is NOT_FOUND on empty storage, and makes nothing', async () => {
    const backend = new MemoryBackend({ heads });

    const error = await errorOf(() => Infinitree.open(Garden, { backend, key: Key.random() }));

    expect(error).toMatchObject({ code: code('NOT_FOUND'), retryable: false });
    expect(await idsIn(backend)).toEqual([]);
  });

  test('open finds a key object that the storage did not find at first', async () => {
    const { tree: first, backend, key } = await createGarden(heads);
    await first.close();
    const { get } = backend.keyObjects;
    let asked = 0;
    backend.keyObjects.get = async (...given) => (asked++ < 2 ? undefined : get(...given));

    const tree = await Infinitree.open(Garden, { backend, key });

    expect(asked).toBeGreaterThan(2);
    await tree.close();
  });

  test('open is WRONG_KEY where there is something that the key does not open', async () => {
    const { backend } = await createGarden(heads);

    expect(await codeOf(() => Infinitree.open(Garden, { backend, key: Key.random() }))).toBe(code('WRONG_KEY'));
  });

  test('create is EXISTS where a tree of this key stands, and changes nothing', async () => {
    const { tree, backend, key } = await createGarden(heads);
    tree.index.plants.set(1, plant(1));
    await tree.commit('mine');
    const before = await idsIn(backend);

    expect(await codeOf(() => Infinitree.create(Garden, { backend, key, objectSize }))).toBe(code('EXISTS'));
    expect(await idsIn(backend)).toEqual(before);
    expect(await (await Infinitree.open(Garden, { backend, key })).get('plants', 1)).toEqual(plant(1));
  });

  test('trees of several keys stand beside one another', async () => {
    const { tree, backend, key } = await reopenedGarden(1, heads);
    const other = Key.random();
    const second = await Infinitree.create(Garden, { backend, key: other, objectSize });
    second.index.plants.set(5, plant(5));
    await second.commit('other');
    tree.index.plants.set(2, plant(2));
    await tree.commit('first');

    for (const [one, ids] of [
      [key, [1, 2]],
      [other, [5]],
    ] as const) {
      const again = await Infinitree.open(Garden, { backend, key: one });
      await again.load();
      expect([...again.index.plants.keys()]).toEqual(ids);
    }
  });

  test('openOrCreate makes a loaded tree on empty storage, and opens it unloaded the next time', async () => {
    const backend = new MemoryBackend({ heads });
    const options = { backend, key: Key.random(), objectSize };

    const made = await Infinitree.openOrCreate(Garden, options);
    expect(made.index.plants.state).toBe('loaded');
    made.index.plants.set(1, plant(1));
    await made.commit();
    await made.close();
    const opened = await Infinitree.openOrCreate(Garden, options);
    expect(opened.index.plants.state).toBe('none');
    expect(await opened.get('plants', 1)).toEqual(plant(1));
  });

  test('openOrCreate makes no second tree for a mistyped key', async () => {
    const { backend } = await createGarden(heads);
    const before = await idsIn(backend);

    expect(await codeOf(() => Infinitree.openOrCreate(Garden, { backend, key: Key.random() }))).toBe(code('WRONG_KEY'));
    expect(await idsIn(backend)).toEqual(before);
  });

  test.each([{ readonly: true }, { expectHead: `0.1.1.${'0'.repeat(64)}` }])(
    'openOrCreate with %j makes nothing on empty storage',
    async (options) => {
      const backend = new MemoryBackend({ heads });

      const open = Infinitree.openOrCreate(Garden, { backend, key: Key.random(), objectSize, ...options });

      expect(await codeOf(() => open)).toBe(code('NOT_FOUND'));
      expect(await idsIn(backend)).toEqual([]);
    },
  );

  test('openOrCreate opens what somebody else made in the meantime', async () => {
    const backend = new MemoryBackend({ heads });
    const key = Key.random();

    const options = { backend, key, objectSize };
    const trees = await Promise.all([
      Infinitree.openOrCreate(Garden, options),
      Infinitree.openOrCreate(Garden, options),
    ]);

    expect(trees.map((tree) => tree.index.plants.state).sort()).toEqual(['loaded', 'none']);
    // One tree, of one key object and one head, and nothing left of the other attempt.
    expect(await idsIn(backend)).toHaveLength(2);
  });

  test('openOrCreate passes on what is no absence', async () => {
    const failing = new FailingBackend(new MemoryBackend({ heads }), { verb: 'keyObjects.get', forever: true });

    expect(await codeOf(() => Infinitree.openOrCreate(Garden, { backend: failing, key: Key.random() }))).toBe(
      code('BACKEND'),
    );
    failing.heal();
    failing.fail({ verb: 'keyObjects.put' });
    const key = Key.random();
    expect(await codeOf(() => Infinitree.openOrCreate(Garden, { backend: failing, key, objectSize }))).toBe(
      code('BACKEND'),
    );
  });

  test('readonly reads and loads, refuses changes and commits, and writes nothing', async () => {
    const { tree, backend, key } = await reopenedGarden(2, heads);
    await tree.close();
    const recording = new FailingBackend(backend);

    const reader = await Infinitree.open(Garden, { backend: recording, key, readonly: true });
    expect(await codeOf(() => reader.index.plants.set(1, plant(9)))).toBe(code('READONLY'));
    await reader.load();
    expect(reader.index.plants.size).toBe(2);
    expect(await codeOf(() => reader.index.plants.delete(1))).toBe(code('READONLY'));
    expect(await codeOf(() => reader.commit('no'))).toBe(code('READONLY'));
    expect(await codeOf(() => reader.commit({ mode: 'always' }))).toBe(code('READONLY'));
    await reader.load('plants', { commits: { single: 'HEAD' } });
    await reader.load('plants');
    expect(await codeOf(() => reader.index.plants.clear())).toBe(code('READONLY'));
    await reader.refresh();
    await reader.close();
    const reads = ['keyObjects.get', 'heads.read', 'heads.claims', 'heads.list', 'heads.sync', 'get'];
    expect(recording.log.filter(({ verb }) => !reads.includes(verb))).toEqual([]);
  });

  test('opening loads no field and reads no object', async () => {
    const { tree, backend, key } = await createGarden(heads);
    for (let i = 0; i < 3000; i++) tree.index.plants.set(i, plant(Math.random()));
    await tree.commit('large');
    await tree.close();
    const recording = new FailingBackend(backend);

    const again = await Infinitree.open(Garden, { backend: recording, key });

    expect(recording.count('get')).toBe(0);
    expect(again.index.plants.state).toBe('none');
    expect(await again.has('plants', 5)).toBe(true);
    expect(recording.count('get')).toBeGreaterThan(0);
  });
});

describe('backends', () => {
  test('one given as an object stays open, one from a URL is closed with the tree', async () => {
    const opened: { closed: number }[] = [];
    registerBackend('counted', async () => {
      const inner = new MemoryBackend();
      const counter = { closed: 0 };
      opened.push(counter);
      const backend: Backend = Object.assign(Object.create(inner) as Backend, {
        get: inner.get.bind(inner),
        put: inner.put.bind(inner),
        list: inner.list.bind(inner),
        close: async () => {
          counter.closed += 1;
        },
      });
      return backend;
    });
    const { tree, backend } = await createGarden();
    await tree.close();
    expect(await idsIn(backend)).not.toEqual([]);

    const fromUrl = await Infinitree.create(Garden, { backend: 'counted:x', key: Key.random(), objectSize });
    expect(opened[0]!.closed).toBe(0);
    await fromUrl.close();
    await fromUrl.close();
    expect(opened[0]!.closed).toBe(1);
    // Nor is it left open where opening fails.
    expect(await codeOf(() => Infinitree.open(Garden, { backend: new URL('counted:y'), key: Key.random() }))).toBe(
      code('NOT_FOUND'),
    );
    expect(opened[1]!.closed).toBe(1);
  });

  test('each "memory:" is a fresh store, "memory:name" is shared within the process', async () => {
    const key = Key.random();
    await using first = await Infinitree.create(Garden, { backend: 'memory:', key, objectSize });
    expect(first.index.plants.size).toBe(0);
    expect(await codeOf(() => Infinitree.open(Garden, { backend: 'memory:', key }))).toBe(code('NOT_FOUND'));

    const url = new URL('memory:garden-of-opening-test');
    const named = await Infinitree.create(Garden, { backend: url, key, objectSize });
    named.index.plants.set(1, plant(1));
    await named.commit();
    await named.close();
    await using again = await Infinitree.open(Garden, { backend: url.href, key });
    expect(await again.get('plants', 1)).toEqual(plant(1));
  });

  test('an unregistered scheme is UNSUPPORTED and names the package to import', async () => {
    for (const [url, named] of [
      ['s3://bucket', '@infinitree/backend-s3'],
      ['minio://host', '@infinitree/backend-minio'],
      ['unheard-of:x', 'registerBackend()'],
    ] as const) {
      const error = await errorOf(() => Infinitree.open(Garden, { backend: url, key: Key.random() }));
      expect(error).toMatchObject({ code: code('UNSUPPORTED') });
      expect(error?.message).toContain(named);
    }
  });

  test('an error of a registered opener comes out as it is', async () => {
    registerBackend('broken', () => Promise.reject(new InfinitreeError('BACKEND', 'no route')));

    expect(await codeOf(() => Infinitree.create(Garden, { backend: 'broken:', key: Key.random() }))).toBe(
      code('BACKEND'),
    );
  });
});

describe('options', () => {
  test('a Key serves any number of opens, before and after a close, at the same time too', async () => {
    const backend = new MemoryBackend();
    const key = Key.fromCredentials('ada', 'correct horse');
    const tree = await Infinitree.create(Garden, { backend, key, objectSize });
    tree.index.plants.set(1, plant(1));
    await tree.commit();
    await tree.close();

    const [a, b] = await Promise.all([
      Infinitree.open(Garden, { backend, key, readonly: true }),
      Infinitree.open(Garden, { backend, key, readonly: true }),
    ]);
    await a.close();
    expect(await b.get('plants', 1)).toEqual(plant(1));
    const same = Key.fromCredentials('ada', 'correct horse');
    expect(await codeOf(() => Infinitree.open(Garden, { backend, key: same }))).toBe('ok');
    const other = Key.fromCredentials('ada', 'correct horsf');
    expect(await codeOf(() => Infinitree.open(Garden, { backend, key: other }))).toBe(code('WRONG_KEY'));
  }, 60_000);

  test.each([0, 1, 32_768, 65_535, 100_000, 8_388_608, -65_536, Number.NaN, 65_536.5])(
    'objectSize %p is refused',
    async (size) => {
      const options = { backend: new MemoryBackend(), key: Key.random(), objectSize: size };
      expect(await codeOf(() => Infinitree.create(Garden, options))).toBe(code('INVALID_ARGUMENT'));
    },
  );

  test('objects are 4 MiB unless told, and all of one size', async () => {
    for (const [given, size] of [
      [undefined, 4_194_304],
      [131_072, 131_072],
    ] as const) {
      const { tree, backend } = await createGarden('cas', { objectSize: given });
      tree.index.notes.set('large', new Uint8Array(100_000));
      await tree.commit();
      for (const id of await idsIn(backend)) expect((await backend.get(id as never))?.length).toBe(size);
    }
  });

  test.each(KINDS)(
    'where no head opens the tree is CORRUPT, also to who accepts older ones: %s heads',
    async (kind) => {
      const store = new MemoryStore();
      const backend = new MemoryBackend({ heads: kind }, store);
      const key = Key.random();
      await (await Infinitree.create(Garden, { backend, key, objectSize })).close();
      for (let i = 0; i < 2; i++) {
        const tree = await Infinitree.open(Garden, { backend, key });
        tree.index.plants.set(i, plant(i));
        await tree.commit();
        await tree.close();
      }
      // Behind the header: in a key object that is padding.
      for (const { bytes } of store.entries.values()) bytes[600]! ^= 1;

      for (const acceptOlderHead of [false, true]) {
        const open = () => Infinitree.open(Garden, { backend, key, readonly: true, acceptOlderHead });
        expect(await codeOf(open)).toBe(code('CORRUPT'));
      }
    },
  );

  test('acceptOlderHead wants readonly', async () => {
    const { backend, key } = await createGarden();

    expect(await codeOf(() => Infinitree.open(Garden, { backend, key, acceptOlderHead: true }))).toBe(
      code('INVALID_ARGUMENT'),
    );
    const options = { backend, key, acceptOlderHead: true, readonly: true };
    expect(await codeOf(() => Infinitree.open(Garden, options))).toBe('ok');
  });

  test('expectHead takes what tree.head gave, refuses anything earlier or else, and nonsense', async () => {
    const { tree, backend, key } = await reopenedGarden(2);
    const seen = tree.head;
    tree.index.plants.set(3, plant(3));
    await tree.commit();
    const later = tree.head;
    await tree.close();
    const open = (expectHead: string) => codeOf(() => Infinitree.open(Garden, { backend, key, expectHead }));

    expect(await open(seen)).toBe('ok');
    expect(await open(later)).toBe('ok');
    const [keyEpoch, epoch, sequence, hash] = later.split('.') as [string, string, string, string];
    expect(await open([keyEpoch, epoch, Number(sequence) + 1, hash].join('.'))).toBe(code('ROLLBACK'));
    expect(await open([keyEpoch, Number(epoch) + 1, 0, hash].join('.'))).toBe(code('ROLLBACK'));
    expect(await open([Number(keyEpoch) + 1, 0, 0, hash].join('.'))).toBe(code('ROLLBACK'));
    expect(await open([keyEpoch, epoch, sequence, hash.replace(/^./, (c) => (c === '0' ? '1' : '0'))].join('.'))).toBe(
      code('ROLLBACK'),
    );
    expect(await open('HEAD')).toBe(code('INVALID_ARGUMENT'));
  });
});

test('a class that is a single field: the index is the field, and it is called "root"', async () => {
  const backend = new MemoryBackend();
  const key = Key.random();
  const tree = await Infinitree.create(VersionedMap<number, string>, { backend, key, objectSize });
  expect(tree.index).toBeInstanceOf(VersionedMap);
  tree.index.set(1, 'one');
  await tree.commit();
  await tree.close();

  const again = await Infinitree.open(VersionedMap<number, string>, { backend, key });
  expect(await again.get('root', 1)).toBe('one');
  await again.load('root');
  expect([...again.index]).toEqual([[1, 'one']]);
  expect(await codeOf(() => again.load('map' as never))).toBe(code('INVALID_ARGUMENT'));
});
