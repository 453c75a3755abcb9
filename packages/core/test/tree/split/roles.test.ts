// What keys of split trees are for: each opens the tree in its own role, and in no other.
import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FakeKms, SoftwareResponder } from '@infinitree/testing';
import { keyPairOf } from '../../../src/crypto/key-pair.js';
import { StorageKeys } from '../../../src/crypto/storage-keys.js';
import { TreeKeys } from '../../../src/crypto/tree-keys.js';
import { buildHead, parseHead } from '../../../src/object/head-image.js';
import { EMPTY_BASE } from '../../../src/tree/records/base.js';
import { encodeCheckpoint } from '../../../src/tree/records/checkpoint.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import { Archive, code, codeOf, create, errorOf, KINDS, SplitWorld } from './scene.js';

const WRITER_ID = new Uint8Array(16).fill(8);

const ROLES = {
  plain: (key: Key) => key,
  reader: (key: Key) => Key.splitReader(key),
  writer: (key: Key) => Key.splitWriter(key),
} as const;
type Role = keyof typeof ROLES;
const NAMES = Object.keys(ROLES) as Role[];

describe.each(KINDS)('%s heads', (heads) => {
  test('a key opens a tree in the role that it was given, and in no other', async () => {
    const world = await SplitWorld.make(heads);
    const plain = Key.random();
    const whole = new MemoryBackend({ heads });
    await (await create(whole, plain)).close();
    const outcomes: string[] = [];
    for (const [is, key, backend] of [
      ['plain', plain, whole],
      ['reader', world.readers, world.backend],
      ['writer', world.workers, world.backend],
    ] as const) {
      for (const given of NAMES) {
        for (const readonly of [false, true]) {
          const open = async () =>
            (await Infinitree.open(Archive, { backend, key: ROLES[given](key), readonly })).close();
          expect([is, given, await codeOf(open)]).toEqual([is, given, is === given ? 'ok' : code('WRONG_KEY')]);
          outcomes.push(`${is} as ${given}`);
        }
      }
    }
    expect(outcomes).toHaveLength(18);
    const error = await errorOf(() => world.open({ key: world.workers }));
    expect(error?.message).toContain('Key.splitWriter()');
  });

  test('keys are listed with their roles', async () => {
    const world = await SplitWorld.make(heads);
    for (const tree of [await world.read({ readonly: true }), await world.write({ readonly: true })]) {
      expect(tree.keys.list().map(({ role, label }) => [role, label])).toEqual([
        ['reader', ''],
        ['writer', 'worker'],
      ]);
      await tree.close();
    }
  });

  test('a reader gives keys of both roles, a writer those that write; and no tree gives the others', async () => {
    const world = await SplitWorld.make(heads);
    const outcome = (tree: Awaited<ReturnType<typeof world.read>>, role: Role) =>
      codeOf(() => tree.keys.add(ROLES[role](Key.random()), { label: `${role} of another` }));
    const reader = await world.read();
    expect(await outcome(reader, 'plain')).toBe(code('WRONG_KEY'));
    expect([await outcome(reader, 'reader'), await outcome(reader, 'writer')]).toEqual(['ok', 'ok']);
    await reader.close();
    const writer = await world.write();
    expect(await outcome(writer, 'plain')).toBe(code('WRONG_KEY'));
    expect(await outcome(writer, 'reader')).toBe(code('UNSUPPORTED'));
    expect(await outcome(writer, 'writer')).toBe('ok');
    expect(writer.keys.list().map(({ role }) => role)).toEqual(['reader', 'writer', 'reader', 'writer', 'writer']);
    await writer.close();
    const whole = await create(new MemoryBackend({ heads }), Key.random());
    expect(await outcome(whole, 'reader')).toBe(code('WRONG_KEY'));
    expect(await outcome(whole, 'writer')).toBe(code('WRONG_KEY'));
    expect(await codeOf(() => whole.reseal(Key.splitReader(Key.random())))).toBe(code('WRONG_KEY'));
    await whole.close();
  });

  test('a reader that a reader gave reads, and a writer that a writer gave writes', async () => {
    const world = await SplitWorld.make(heads);
    const [second, third] = [Key.splitReader(Key.random()), Key.splitWriter(Key.random())];
    await world.asReader((tree) => tree.keys.add(second));
    const writer = await world.write();
    await writer.keys.add(third);
    await writer.close();
    const another = await world.open({ key: third });
    another.index.apart.set(1, 'by the third');
    await another.commit();
    await another.close();
    const reader = await world.open({ key: second, readonly: true });
    expect(await reader.get('apart', 1)).toBe('by the third');
    await reader.close();
  });

  test('a writer removes writers, and the last reader stays', async () => {
    const world = await SplitWorld.make(heads);
    const writer = await world.write();
    const { id: other } = await writer.keys.add(Key.splitWriter(Key.random()));
    const [reader] = writer.keys.list();
    expect(await codeOf(() => writer.keys.remove(reader!.id))).toBe(code('UNSUPPORTED'));
    await writer.keys.remove(other);
    await writer.close();
    const owner = await world.read();
    expect(await codeOf(() => owner.keys.remove(reader!.id))).toBe(code('INVALID_ARGUMENT'));
    const second = Key.splitReader(Key.random());
    await owner.keys.add(second);
    await owner.keys.remove(reader!.id);
    await owner.close();
    expect(await codeOf(() => world.read())).toBe(code('WRONG_KEY'));
    await (await world.open({ key: second })).close();
  });

  test('resealing keeps the role, and whoever wrote before and after is read', async () => {
    const world = await SplitWorld.make(heads);
    const writer = await world.write();
    const next = Key.random();
    for (const wrong of [next, Key.splitReader(next)]) {
      expect(await codeOf(() => writer.reseal(wrong))).toBe(code('WRONG_KEY'));
    }
    writer.index.apart.set(1, 'before');
    await writer.commit();
    expect(await writer.reseal(Key.splitWriter(next))).toMatchObject({ role: 'writer', label: 'worker' });
    writer.index.apart.set(2, 'after');
    // What is written says by which key.
    const { chunks } = await writer.blobs.put(new Uint8Array(5));
    const { id } = writer.keys.list().find(({ current }) => current)!;
    expect(Buffer.from(chunks[0]!.seal!.subarray(32)).toString('hex')).toBe(id);
    await writer.commit();
    await writer.close();
    expect(await codeOf(() => world.write())).toBe(code('WRONG_KEY'));
    const reader = await world.read();
    expect([await reader.get('apart', 1), await reader.get('apart', 2)]).toEqual(['before', 'after']);
    for (const wrong of [next, Key.splitWriter(Key.random())]) {
      expect(await codeOf(() => reader.reseal(wrong))).toBe(code('WRONG_KEY'));
    }
    // Nor is there a way round by a key that the tree has already.
    expect(await codeOf(() => reader.reseal(Key.splitReader(next)))).toBe(code('WRONG_KEY'));
    const better = Key.random();
    await reader.reseal(Key.splitReader(better));
    await reader.close();
    await (await world.open({ key: Key.splitReader(better) })).close();
  });

  test('a key of any kind has a role, and a finder has none', async () => {
    const backend = new MemoryBackend({ heads });
    const service = new FakeKms().provider();
    const finder = Key.fromBytes(new Uint8Array(32).fill(3));
    const device = new SoftwareResponder(new Uint8Array(20));
    const [plainReader, plainWriter] = [
      Key.fromChallengeResponse(device, { finder }),
      Key.fromKms(service, { finder }),
    ];
    const [reader, writer] = [Key.splitReader(plainReader), Key.splitWriter(plainWriter)];
    const owner = await create(backend, reader);
    await owner.keys.add(writer);
    await owner.close();
    const worker = await Infinitree.open(Archive, { backend, key: writer });
    worker.index.apart.set(1, 'apart');
    await worker.commit();
    expect(worker.keys.list().map(({ kind, role }) => `${kind} ${role}`)).toEqual([
      'challenge-response reader',
      'kms writer',
    ]);
    await worker.close();
    for (const wrong of [plainWriter, Key.splitReader(plainWriter), plainReader]) {
      expect(await codeOf(() => Infinitree.open(Archive, { backend, key: wrong }))).toBe(code('WRONG_KEY'));
    }
    const again = await Infinitree.open(Archive, { backend, key: reader });
    expect(await again.get('apart', 1)).toBe('apart');
    await again.close();
    const invalid = expect.objectContaining({ code: code('INVALID_ARGUMENT') });
    expect(() => Key.fromKms(service, { finder: Key.splitReader(finder) })).toThrow(invalid);
  });

  test('a head that names another storage key is refused, and so is one of a tree that is not split', async () => {
    const world = await SplitWorld.make(heads);
    const tree = await world.write();
    const { context, snapshot } = partsOf(tree).session;
    const { keys } = context;
    const strange = keyPairOf(keys.suite, new Uint8Array(32).fill(5)).publicKey;
    const { id, epoch, headSequence } = snapshot.position;
    const headOf = (storage: StorageKeys | undefined) => {
      const other = new TreeKeys(keys.suite, keys.copyRootSecret(), keys.treeId, keys.keyEpoch, storage);
      const numbers = { id, epoch, headSequence, sweepSequence: 0 };
      const hashes = { writeNonce: new Uint8Array(16), previousHash: new Uint8Array(32) };
      const checkpoint = encodeCheckpoint({ base: EMPTY_BASE, tail: [], ...snapshot.care });
      return buildHead({ ...context, keys: other }, { ...numbers, ...hashes, checkpoint })!.bytes;
    };
    expect(
      parseHead(context, id, headOf(StorageKeys.ofWriter(keys.suite, WRITER_ID, keys.storage!.publicKey))),
    ).toBeDefined();
    for (const storage of [StorageKeys.ofWriter(keys.suite, WRITER_ID, strange), undefined]) {
      const error = await errorOf(() => parseHead(context, id, headOf(storage)));
      expect(error).toMatchObject({ code: code('CORRUPT'), message: expect.stringContaining('another storage key') });
    }
    await tree.close();
  });

  test('a split tree is created by who reads it, and a key that is being changed has one role', async () => {
    const backend = new MemoryBackend({ heads });
    const [a, b] = [Key.random(), Key.random()];
    expect(await codeOf(() => create(backend, Key.splitWriter(a)))).toBe(code('INVALID_ARGUMENT'));
    expect(() => Key.changing(Key.splitReader(a), b)).toThrow(
      expect.objectContaining({ code: code('INVALID_ARGUMENT') }),
    );
    expect(() => Key.splitReader(Key.splitWriter(a))).toThrow(
      expect.objectContaining({ code: code('INVALID_ARGUMENT') }),
    );
    for (const none of [undefined, null, {}, 'key'])
      expect(() => Key.splitWriter(none as Key)).toThrow(expect.objectContaining({ code: code('INVALID_ARGUMENT') }));
    await (await create(backend, Key.splitReader(a))).close();
    expect(await codeOf(() => create(backend, a))).toBe(code('EXISTS'));
    expect(await codeOf(() => create(backend, Key.splitReader(a)))).toBe(code('EXISTS'));
    for (const key of [
      Key.splitReader(Key.changing(a, b)),
      Key.changing(Key.splitReader(b), Key.splitReader(a)),
    ] as const) {
      await (await Infinitree.open(Archive, { backend, key })).close();
    }
    await (await Infinitree.open(Archive, { backend, key: Key.splitReader(a) })).close();
    expect(Key.splitWriter(a).toText()).toBe(a.toText());
  });
});
