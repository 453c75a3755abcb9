// What another version of the library wrote is refused by its number, before anything behind the header is looked at.
import { Infinitree, Key, MemoryBackend, type ObjectId } from '@infinitree/core';
import { MemoryStore } from '../../src/backend/memory-store.js';
import { credentialsOf } from '../../src/crypto/key.js';
import { headIdOfEpoch, headIdOfSlot } from '../../src/crypto/own-ids.js';
import { openSalted, sealSalted } from '../../src/crypto/salted-box.js';
import { openHeader, sealHeader } from '../../src/crypto/sealed-header.js';
import { loadSuite } from '../../src/crypto/suite.js';
import type { TreeKeys } from '../../src/crypto/tree-keys.js';
import { decodeHeadHeader } from '../../src/format/head-header.js';
import { idBytes } from '../../src/format/id-bytes.js';
import { openKeyObjects } from '../../src/object/key-object.js';
import { code, codeOf, errorOf, Garden, KINDS, OBJECT_SIZE, plant } from './scene.js';

const HEADER = 512;

/** Where the parts of both kinds of headers stand. */
const CHANGES = [
  ['a newer format version', 1, 2, 'format version 2'],
  ['a much newer format version', 0, 1, 'format version 257'],
  ['format version 0', 1, 0, 'format version 0'],
  ['another suite', 2, 9, 'suite 9'],
  ['an unknown feature', 7, 4, 'features 4'],
] as const;

/** Seals the checkpoint anew, which is bound to its header. */
function rebind(keys: TreeKeys, id: ObjectId, head: Uint8Array, plain: Uint8Array, changed: Uint8Array): void {
  const { checkpointLength } = decodeHeadHeader(plain)!;
  const box = head.subarray(HEADER, HEADER + checkpointLength);
  const parent = keys.subkey('checkpoint');
  const checkpoint = openSalted(keys.suite, parent, 'checkpoint', idBytes(id), plain, box)!;
  const salt = new Uint8Array(32).fill(1);
  head.set(sealSalted(keys.suite, parent, 'checkpoint', idBytes(id), changed, salt, checkpoint), HEADER);
}

describe.each(KINDS)('%s heads', (heads) => {
  async function scene({ commits = 1 } = {}) {
    const store = new MemoryStore();
    const backend = new MemoryBackend({ heads }, store);
    const key = Key.random();
    const tree = await Infinitree.create(Garden, { backend, key, objectSize: OBJECT_SIZE });
    for (let id = 1; id <= commits; id++) {
      tree.index.plants.set(id, plant(id));
      await tree.commit();
    }
    await tree.close();
    const suite = await loadSuite();
    const [credential] = credentialsOf(key);
    const { keys, id: keyObjectId } = (await openKeyObjects(backend, suite, credential!, {}))[0]!;
    const headIds = [...store.entries.keys()].filter((id) =>
      heads === 'cas'
        ? id === headIdOfSlot(keys, 0) || id === headIdOfSlot(keys, 1)
        : [1, 2, 3].some((epoch) => id === headIdOfEpoch(keys, epoch)),
    );
    /** Seals headers anew with one byte of them changed, as their writer would have. */
    const rewrite = (what: 'head' | 'key object', at: number, value: number): readonly ObjectId[] => {
      const ids = what === 'head' ? headIds : [keyObjectId];
      const label = what === 'head' ? 'headHeader' : 'keyObjectHeader';
      const parent = what === 'head' ? keys.subkey('headHeader') : credential!.headerKey();
      for (const id of ids) {
        const { bytes } = store.entries.get(id)!;
        const plain = openHeader(suite, parent, label, id, bytes.subarray(0, HEADER))!;
        const changed = plain.map((byte, i) => (i === at ? value : byte));
        bytes.set(sealHeader(suite, parent, label, id, new Uint8Array(32).fill(at), changed));
        if (what === 'head') rebind(keys, id, bytes, plain, changed);
      }
      return ids;
    };
    const { bytes } = store.entries.get(keyObjectId)!;
    const restore = () => {
      store.entries.delete(keyObjectId);
      store.write(keyObjectId, bytes);
    };
    return { backend, key, rewrite, restore };
  }

  test.each(['head', 'key object'] as const)('a %s of a foreign format is UNSUPPORTED and says which', async (what) => {
    for (const [, at, value, words] of CHANGES) {
      const { backend, key, rewrite } = await scene();
      const ids = rewrite(what, at, value);

      for (const readonly of [true, false]) {
        const error = await errorOf(() => Infinitree.open(Garden, { backend, key, readonly }));
        expect(error).toMatchObject({ code: code('UNSUPPORTED') });
        expect(error?.message).toContain(words);
        expect(error?.message).toContain(`The ${what}`);
        expect(ids.some((id) => error?.message.includes(id))).toBe(true);
      }
    }
  });

  test.each(['head', 'key object'] as const)('a %s with unknown read-only features is only read', async (what) => {
    // Without commits: frames of a journal are chained to the head as it was.
    const { backend, key, rewrite } = await scene({ commits: 0 });
    rewrite(what, 11, 1);

    const error = await errorOf(() => Infinitree.open(Garden, { backend, key }));
    expect(error).toMatchObject({ code: code('UNSUPPORTED') });
    expect(error?.message).toContain('read-only features 1');
    expect(error?.message).toContain('readonly: true');
    const reader = await Infinitree.open(Garden, { backend, key, readonly: true });
    expect(await reader.commits()).toEqual([]);
  });

  test('a header that says what the object is not is CORRUPT', async () => {
    // The record, the tree, the key epoch, the size of objects and the length of the checkpoint.
    for (const [what, at] of [
      ['head', 3],
      ['head', 12],
      ['head', 31],
      ['head', 32],
      ['head', 110],
      ['head', 114],
      ['head', 36],
      ['head', 44],
      ['head', 52],
      ['key object', 3],
      ['key object', 12],
    ] as const) {
      const { backend, key, rewrite } = await scene();
      const ids = rewrite(what, at, 0xff);

      const error = await errorOf(() => Infinitree.open(Garden, { backend, key, readonly: true }));
      expect(error).toMatchObject({ code: code('CORRUPT') });
      expect(ids.some((id) => error?.message.includes(id))).toBe(true);
    }
  });

  test('a key object of another kind than the key is WRONG_KEY', async () => {
    const { backend, key, rewrite } = await scene();
    const ids = rewrite('key object', 13, 1);
    const error = await errorOf(() => Infinitree.open(Garden, { backend, key, readonly: true }));
    expect(error).toMatchObject({ code: code('WRONG_KEY') });
    expect(error?.message).toContain('is for a key of kind 1');
    expect(ids.some((id) => error?.message.includes(id))).toBe(true);
  });

  test('a key object of a credential that the head does not list is WRONG_KEY', async () => {
    const { backend, key, restore } = await scene();
    await using tree = await Infinitree.open(Garden, { backend, key });
    await tree.keys.add(Key.random());
    await tree.keys.remove(tree.keys.list().find(({ current }) => current)!.id);
    expect(await codeOf(() => Infinitree.open(Garden, { backend, key, readonly: true }))).toBe(code('WRONG_KEY'));
    // Whoever puts it back gains nothing.
    restore();
    expect(await codeOf(() => Infinitree.open(Garden, { backend, key, readonly: true }))).toBe(code('WRONG_KEY'));
  });
});
