// Values far larger than most, and small ones that have such neighbours.
import {
  type Backend,
  type GetOptions,
  Infinitree,
  Key,
  MemoryBackend,
  type ObjectId,
  registerIndex,
  Serialized,
  SnapshotList,
  SnapshotMap,
  VersionedList,
  VersionedMap,
} from '@infinitree/core';
import { FailingBackend, SeededRandom } from '@infinitree/testing';
import { MAX_VALUE_SIZE } from '../../src/codec/value-kind.js';
import { code, codeOf, errorOf, OBJECT_SIZE } from './scene.js';

class Large {
  local = new VersionedMap<string, unknown>();
  sparse = new VersionedMap<string, unknown>();
  snapshot = new SnapshotMap<string, unknown>();
  list = new VersionedList<unknown>();
  snapshotList = new SnapshotList<unknown>();
  cell = new Serialized<unknown>(0);
}
registerIndex(Large, {
  fields: ['local', 'sparse', 'snapshot', 'list', 'snapshotList', 'cell'].map((property) => ({
    property,
    name: property,
    ...(property === 'sparse' ? { strategy: 'sparse' } : {}),
  })),
});

const MAPS = ['local', 'sparse', 'snapshot'] as const;
const MEBIBYTE = 1024 * 1024;
const key = Key.random();
const random = new SeededRandom(7);

/** A memory backend that knows how much was read of it, and how many reads were under way at once. */
class CountingBackend extends MemoryBackend {
  bytes = 0;
  reads = 0;
  most = 0;
  #open = 0;

  override async get(id: ObjectId, options?: GetOptions): Promise<Uint8Array | undefined> {
    this.reads += 1;
    this.#open += 1;
    this.most = Math.max(this.most, this.#open);
    // A turn of the event loop, in which others begin.
    await new Promise((resolve) => setImmediate(resolve));
    const found = await super.get(id, options);
    this.#open -= 1;
    this.bytes += found?.length ?? 0;
    return found;
  }
}

async function stored(backend: Backend, fill: (index: Large) => void, objectSize = OBJECT_SIZE) {
  const tree = await Infinitree.create(Large, { backend, key, objectSize });
  fill(tree.index);
  await tree.commit();
  await tree.close();
  return Infinitree.open(Large, { backend, key });
}

/** Throws where two large values differ; a matcher would take minutes to print them. */
function expectEqual(found: unknown, expected: string | Uint8Array): void {
  const equal = typeof expected === 'string' ? found === expected : Buffer.compare(found as Uint8Array, expected) === 0;
  expect(equal).toBe(true);
}

describe('a value of 64 MiB', () => {
  const noise = random.bytes(MEBIBYTE);
  const bytes = new Uint8Array(64 * MEBIBYTE);
  for (let at = 0; at < bytes.length; at += MEBIBYTE) bytes.set(noise, at);

  test.each<[string, string | Uint8Array]>([
    ['bytes', bytes],
    ['text', 'grüße \u{1f331}'.repeat(bytes.length / 8)],
  ])(
    'of %s comes back as it was',
    async (_, value) => {
      const fill = ({ local, sparse }: Large) =>
        [local, sparse].forEach((map) => map.set('large', value).set('small', 1));
      const tree = await stored(new MemoryBackend(), fill, 4 * MEBIBYTE);
      for (const name of ['local', 'sparse'] as const) {
        expectEqual(await tree.get(name, 'large'), value);
        expect(await tree.get(name, 'small')).toBe(1);
      }
      await tree.close();
    },
    120_000,
  );
});

describe('a value that is too large', () => {
  const half = new Uint8Array(MAX_VALUE_SIZE / 2);
  const values: readonly [string, unknown][] = [
    ['bytes', new Uint8Array(MAX_VALUE_SIZE + 1)],
    ['text', 'x'.repeat(MAX_VALUE_SIZE + 1)],
    ['parts', { a: half, b: [new Map([[new Float64Array(half.buffer), 1n << 64n]])] }],
    ['a name and a part', { ['n'.repeat(half.length)]: half, b: 'x' }],
  ];

  test.each(values)('as %s is refused at the call, by every kind of field', async (_, value) => {
    const tree = await Infinitree.create(Large, { backend: new MemoryBackend(), key, objectSize: OBJECT_SIZE });
    const { index } = tree;
    const calls: (() => unknown)[] = [
      ...MAPS.flatMap((name) => [() => index[name].set('a', value), () => index[name].insert('a', value)]),
      () => index.list.push(value),
      () => index.snapshotList.push(value),
      () => {
        index.cell.value = value;
      },
      () => new Serialized(value),
    ];
    for (const call of calls) {
      const error = await errorOf(call);
      expect(error?.code).toBe(code('INVALID_ARGUMENT'));
      expect(error?.message).toContain(`holds more than ${MAX_VALUE_SIZE} bytes`);
      expect(error?.message).toContain('tree.blobs.put()');
    }
    expect(await tree.commit()).toBeUndefined();
    await tree.close();
  });

  test('is not one of just the largest size, with the names in it', async () => {
    const tree = await Infinitree.create(Large, { backend: new MemoryBackend(), key, objectSize: OBJECT_SIZE });
    tree.index.sparse.set('a', { a: half, b: half.subarray(2) });
    expect(await codeOf(() => tree.index.sparse.set('a', { a: half, b: half.subarray(1) }))).toBe(
      code('INVALID_ARGUMENT'),
    );
    await tree.close();
  });
});

describe('a small value among large ones', () => {
  const MANY = 2048;
  const LARGE = 32_768;
  const noise = random.bytes(LARGE + MANY);
  const isLarge = (i: number) => i % 2 === 1;
  const kinds: readonly [string, (i: number) => unknown][] = [
    ['bytes', (i) => noise.subarray(i, i + LARGE)],
    ['maps', (i) => new Map([[i, noise.subarray(i, i + LARGE)]])],
    ['sets', (i) => new Set([noise.subarray(i, i + LARGE)])],
    ['names', (i) => ({ [Buffer.from(noise.subarray(i, i + LARGE / 2)).toString('hex')]: i })],
  ];

  test.each(kinds)(
    'is read without them, where those are %s',
    async (_, make) => {
      const backend = new CountingBackend();
      const tree = await stored(backend, ({ local, sparse }) => {
        for (let i = 0; i < MANY; i++) {
          const name = String(i).padStart(4, '0');
          for (const map of [local, sparse]) map.set(name, isLarge(i) ? make(i) : i);
        }
      });
      for (const name of ['local', 'sparse'] as const) {
        backend.bytes = 0;
        expect(await tree.get(name, '1000')).toBe(1000);
        // The list of blocks, one block, and one chunk of values; by far not the 32 MiB of all.
        expect(backend.bytes).toBeLessThan(500_000);
        expect(await tree.get(name, '1001')).toEqual(make(1001));
      }
      await tree.close();
    },
    60_000,
  );
});

describe('a value in many objects', () => {
  const value = random.bytes(8 * MEBIBYTE);
  const all = (index: Large) => {
    index.cell.value = value;
    for (const name of MAPS) index[name].set('a', value);
  };

  test('is read a few of them at a time', async () => {
    const backend = new CountingBackend();
    const tree = await stored(backend, all);
    for (const name of MAPS) expectEqual(await tree.get(name, 'a'), value);
    await tree.load('cell');
    expectEqual(tree.index.cell.value, value);
    expect(backend.most).toBeGreaterThan(1);
    expect(backend.most).toBeLessThanOrEqual(16);
    await tree.close();
  });

  test('costs its small neighbours nothing', async () => {
    const backend = new CountingBackend();
    const tree = await stored(backend, (index) => {
      all(index);
      for (const name of MAPS) index[name].set('', 1).set('b', 2);
    });
    for (const name of MAPS) {
      expect(await tree.getMany(name, ['', 'b'])).toEqual([1, 2]);
    }
    expect(backend.bytes).toBeLessThan(500_000);
    await tree.close();
  });

  test('is not read on once a read has failed', async () => {
    const backend = new FailingBackend(new MemoryBackend());
    const tree = await stored(backend, all);
    for (const name of MAPS) {
      backend.clearLog();
      backend.fail({ verb: 'get', nth: 20 });
      expect(await codeOf(() => tree.get(name, 'a'))).toBe(code('BACKEND'));
      expect(backend.count('get')).toBeLessThan(64);
      expectEqual(await tree.get(name, 'a'), value);
    }
    await tree.close();
  });
});

test('large values apart are kept as long as there is room, the ones used last', async () => {
  const backend = new CountingBackend();
  const texts = Array.from({ length: 20 }, () => Buffer.from(random.bytes(MEBIBYTE)).toString('latin1'));
  const tree = await stored(backend, ({ sparse }) => texts.forEach((text, i) => sparse.set(String(i), text)));
  const readsOf = async (i: number): Promise<number> => {
    const before = backend.reads;
    expectEqual(await tree.get('sparse', String(i)), texts[i]!);
    return backend.reads - before;
  };
  for (const i of texts.keys()) expect(await readsOf(i)).toBeGreaterThan(0);
  expect(await readsOf(19)).toBe(0);
  expect(await readsOf(18)).toBe(0);
  expect(await readsOf(0)).toBeGreaterThan(0);
  expect(await readsOf(19)).toBe(0);
  await tree.close();
});
