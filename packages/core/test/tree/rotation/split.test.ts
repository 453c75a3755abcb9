// Split trees get a storage key pair with each root secret: readers read what was sealed to all of them, who only writes reads
// none of it, and whoever is shut out nothing that came later.
import { copyTree, Dropbox, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { isOwnId } from '../../../src/crypto/own-ids.js';
import { openStorageSecret } from '../../../src/crypto/storage-secret.js';
import { toObjectId } from '../../../src/format/ids.js';
import { partsOf } from '../../../src/tree/tree-parts.js';
import {
  Archive,
  bytesOf,
  code,
  codeOf,
  DAY,
  found,
  KINDS,
  noise,
  SplitWorld,
  type Tree,
  work,
} from '../split/scene.js';
import { objectsOfEpoch, open, opening } from './scene.js';

const sessionOf = (tree: Tree) => partsOf(tree).session;

describe.each(KINDS)('%s heads', (heads) => {
  async function scene() {
    const world = await SplitWorld.make(heads);
    const tree = await world.write();
    const expected = await work(tree);
    await tree.close();
    return { world, expected };
  }

  test('readers read values of each key epoch, and writers go on to write them', async () => {
    const { world, expected } = await scene();
    for (let epoch = 1; epoch <= 3; epoch++) {
      const reader = await world.read({ takeover: true });
      await reader.rotate();
      expect(reader.keyEpoch).toBe(epoch);
      expect(await found(reader)).toEqual(expected);
      expect(await reader.verify({ readData: true })).toMatchObject({ ok: true, unchecked: { chunks: 0 } });
      await reader.close();
      const writer = await world.write({ takeover: true });
      writer.index.apart.set(2000 + epoch, `written in ${epoch}`);
      await writer.commit();
      expect(await codeOf(() => writer.get('apart', 2000 + epoch))).toBe(code('UNSUPPORTED'));
      expect(await codeOf(() => writer.get('apart', 5))).toBe(code('UNSUPPORTED'));
      const report = await writer.verify({ readData: true });
      expect([report.ok, report.unchecked.chunks > 5]).toEqual([true, true]);
      for (let i = 1; i <= 3; i++) writer.index.apart.delete(2000 + i);
      await writer.commit();
      await writer.close();
    }
    await world.asReader(async (tree) => expect(await found(tree)).toEqual(expected));
  });

  test('a writer neither gives new keys nor finds the earlier storage secrets in heads', async () => {
    const { world } = await scene();
    const writer = await world.write();
    expect(await codeOf(() => writer.rotate())).toBe(code('UNSUPPORTED'));
    expect(writer.keyEpoch).toBe(0);
    await writer.close();
    await world.asReader((tree) => tree.rotate());
    const after = await world.write();
    const { context, snapshot } = sessionOf(after);
    const { suite, treeId, storage } = context.keys;
    const { data } = snapshot.care.history!.epochs[0]!;
    expect(data).toMatchObject({ storageKey: undefined });
    const { secret } = data!.storagePair!;
    // Neither its own keys nor what is in the head.
    for (const secretKey of [context.keys.copyRootSecret(), data!.paddingKey.reveal(), storage!.publicKey]) {
      const pair = { secretKey, publicKey: storage!.publicKey };
      expect(openStorageSecret(suite, { treeId, keyEpoch: 0 }, pair, secret)).toBeUndefined();
    }
    await after.close();
    const reader = await world.read();
    const secretKey = sessionOf(reader).context.keys.storage!.copySecretKey()!;
    const pair = { secretKey, publicKey: storage!.publicKey };
    expect(openStorageSecret(suite, { treeId, keyEpoch: 0 }, pair, secret)).toHaveLength(32);
    await reader.close();
  });

  test('handles of both roles go on in their role, and what is being written is read', async () => {
    const { world, expected } = await scene();
    const writer = await world.write({ takeover: true });
    const blob = await writer.blobs.put(noise(100_000));
    writer.index.files.set('before', blob);
    const tree = await world.read({ takeover: true });
    const looking = await world.read({ readonly: true });
    await tree.rotate();
    expect([code('CONFLICT'), code('COMMIT_UNKNOWN')]).toContain(await codeOf(() => writer.commit()));
    await writer.refresh();
    writer.index.files.set('after', await writer.blobs.put(noise(100_000)));
    await writer.commit();
    await looking.refresh();
    for (const one of [tree, looking]) await one.refresh();
    expect([tree.keyEpoch, writer.keyEpoch, looking.keyEpoch]).toEqual([1, 1, 1]);
    for (const key of ['before', 'after']) {
      const ref = (await looking.get('files', key)) as typeof blob;
      expect(Buffer.from(await bytesOf(looking, ref), 'base64')).toHaveLength(100_000);
    }
    expect(await codeOf(() => writer.get('apart', 1))).toBe(code('UNSUPPORTED'));
    expect(await found(tree)).toEqual(expected);
    for (const one of [writer, tree, looking]) await one.close();
  });

  test('a reader and a writer who were removed before are shut out', async () => {
    const { world, expected } = await scene();
    const [reader, writer] = [Key.splitReader(Key.random()), Key.splitWriter(Key.random())];
    const owner = await world.read();
    const ids: string[] = [];
    for (const key of [reader, writer]) ids.push((await owner.keys.add(key)).id);
    const handle = await world.open({ key: reader, readonly: true });
    for (const id of ids) await owner.keys.remove(id);
    await owner.rotate();
    owner.index.apart.set(1, 'not for them');
    await owner.commit();
    expect(await opening(world.backend, [reader, writer])).toEqual([code('WRONG_KEY'), code('WRONG_KEY')]);
    expect(await codeOf(() => handle.refresh())).toBe(code('WRONG_KEY'));
    // What it has, it has.
    expect(await found(handle)).toEqual(expected);
    expect(
      isOwnId(sessionOf(handle).context.keys, sessionOf(owner).heads.standing(sessionOf(owner).snapshot)[0]!),
    ).toBe(false);
    for (const one of [handle, owner]) await one.close();
  });

  test('what was begun is given to each key in its role, and finished by readers', async () => {
    const { world, expected } = await scene();
    const backend = new FailingBackend(world.backend);
    const tree = await open(backend, world.reader);
    backend.fail({ verb: 'put', forever: true });
    expect(await codeOf(() => tree.rotate())).toBe(code('BACKEND'));
    await tree.close();
    const [added, other] = [Key.splitWriter(Key.random()), Key.splitReader(Key.random())];
    const writer = await world.write();
    // Whoever only writes seals it to another one, and has no more of it than such a one is given.
    await writer.keys.add(added);
    await writer.reseal(Key.splitWriter(Key.random()));
    expect(await codeOf(() => writer.rotate())).toBe(code('UNSUPPORTED'));
    await writer.close();
    await world.asReader((one) => one.keys.add(other));
    const second = await world.open({ key: other });
    await second.rotate();
    expect(await found(second)).toEqual(expected);
    await second.close();
    expect(await opening(world.backend, [world.reader, added, other])).toEqual(['opens', 'opens', 'opens']);
    const last = await world.open({ key: added });
    last.index.apart.set(1, 'by who was added');
    await last.commit();
    await last.close();
    await world.asReader(async (one) => expect(await one.get('apart', 1)).toBe('by who was added'));
  });

  test('dropboxes of earlier key epochs are received until they are removed, and then the keys go', async () => {
    const world = await SplitWorld.make(heads);
    const owner = await world.read();
    const { key, id } = await owner.dropboxes.add({ label: 'greenhouse' });
    const send = async (text: string) => {
      const worker = await Dropbox.open(Archive, { backend: world.backend, key });
      worker.index.notes.set(text, 1);
      await worker.send(text);
      await worker.close();
    };
    const merge = async () => (await owner.dropboxes.merge()).merged.map(({ commit }) => commit.message);
    const kept = async () => {
      world.clock.advance(2 * DAY);
      await owner.gc();
      return sessionOf(owner).snapshot.care.history!.epochs.map(({ data }) => data !== undefined);
    };
    await send('before');
    await owner.rotate();
    await send('after');
    expect(await merge()).toEqual(['before', 'after']);
    expect(await kept()).toEqual([true]);
    await owner.rotate();
    await send('in the third');
    expect(await kept()).toEqual([true, false]);
    expect(await merge()).toEqual(['in the third']);
    await owner.dropboxes.remove(id);
    expect(await kept()).toEqual([false, false]);
    expect(await owner.verify({ readData: true })).toMatchObject({ ok: true });
    await owner.close();
  });

  test('storage objects are sealed again by readers, and who only writes goes on, beside and behind', async () => {
    const { world, expected } = await scene();
    const writer = await world.write({ takeover: true });
    expect(await codeOf(() => writer.rotate({ policy: 'all' }))).toBe(code('UNSUPPORTED'));
    const early = await writer.blobs.put(noise(100_000));
    const tree = await world.read({ takeover: true });
    const looking = await world.read({ readonly: true });
    const report = await tree.rotate({ policy: 'all' });
    expect([report.keyEpoch, report.moved > 3, report.kept]).toEqual([1, true, 0]);
    expect(await found(tree)).toEqual(expected);
    await writer.refresh();
    // Nothing of it was committed when its object was looked for.
    writer.index.files.set('early', early);
    writer.index.apart.set(2000, { again: await writer.get('files', 'two') });
    await writer.commit();
    expect(await writer.verify({ readData: true })).toMatchObject({ ok: true });
    for (const one of [writer, tree]) await one.close();
    for (let i = 0; i < 4; i++) {
      world.clock.advance(2 * DAY);
      const worker = await world.write({ takeover: true });
      worker.index.counter.value = 11;
      await worker.commit();
      await worker.gc();
      await worker.close();
    }
    // What it was is gone, but for what was committed since.
    const last = await world.read({ takeover: true });
    expect(objectsOfEpoch(world, last, 0)).toEqual(early.chunks.map(({ object }) => toObjectId(object)).sort());
    expect(await looking.get('apart', 100)).toEqual({ i: 100, text: 'text 100' });
    expect(await bytesOf(last, (await last.get('files', 'early')) as typeof early)).toHaveLength(133_336);
    last.index.apart.delete(2000);
    await last.commit();
    expect(await found(last)).toEqual(expected);
    expect(await last.verify({ readData: true })).toMatchObject({ ok: true, unchecked: { chunks: 0 } });
    for (const one of [looking, last]) await one.close();
  });

  test('copies take all key epochs along', async () => {
    const { world, expected } = await scene();
    const tree = await world.read();
    await tree.rotate();
    await tree.rotate();
    const target = new MemoryBackend({ heads });
    await copyTree(tree, target);
    await tree.close();
    const copy = await open(target, world.reader);
    expect(await found(copy)).toEqual(expected);
    await copy.rotate();
    expect(await found(copy)).toEqual(expected);
    await copy.close();
    expect(await opening(target, [world.writer])).toEqual(['opens']);
  });
});
