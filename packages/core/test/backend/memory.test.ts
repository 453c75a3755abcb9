import { describe, expect, test } from '@jest/globals';
import { MemoryBackend } from '../../src/backend/memory.js';
import type { ObjectId } from '../../src/format/ids.js';

// What every backend must do is in the suite of @infinitree/testing; here is what only this one does.
const id = (n: number) => n.toString(16).padStart(64, '0') as ObjectId;

describe('MemoryBackend', () => {
  test('speaks compare-and-swap unless told otherwise', () => {
    expect(new MemoryBackend().capabilities).toEqual({ heads: 'cas', ranges: true });
    expect(new MemoryBackend({}).heads.cas).toBeInstanceOf(Function);
    expect(new MemoryBackend({ heads: 'epoch', ranges: false }).capabilities).toEqual({
      heads: 'epoch',
      ranges: false,
    });
    expect(new MemoryBackend({ heads: 'epoch' }).heads.durability).toBe('append');
    expect(new MemoryBackend().locks).toBeUndefined();
    expect(new MemoryBackend({ locks: true }).locks).toBeDefined();
  });

  test('two backends share nothing', async () => {
    const a = new MemoryBackend();
    await a.put(id(1), Uint8Array.of(1));
    expect(await new MemoryBackend().get(id(1))).toBeUndefined();
  });

  test('reopen() sees what is stored, also after close, and keeps the options', async () => {
    const a = new MemoryBackend({ heads: 'epoch', ranges: false, locks: true });
    await a.put(id(1), Uint8Array.of(1));
    await a.heads.claim(id(2));
    await a.locks!.create(id(3), a.locks!.holder());
    await a.close();
    const b = a.reopen();
    expect(b.capabilities).toEqual(a.capabilities);
    expect(await b.get(id(1))).toEqual(Uint8Array.of(1));
    expect(await b.heads.claims()).toEqual([id(2)]);
    expect(b.locks!.describe((await b.locks!.read(id(3)))!)).toEqual({ text: 'this process', gone: false });
  });

  test('objects, key objects and heads are one kind of thing to the storage', async () => {
    const backend = new MemoryBackend();
    await backend.heads.cas(id(1), Uint8Array.of(1), null);
    await backend.keyObjects.put(id(2), Uint8Array.of(2));
    await expect(backend.put(id(1), Uint8Array.of(3))).rejects.toMatchObject({ code: 'INFINITREE_EXISTS' });
    expect(await backend.get(id(2))).toEqual(Uint8Array.of(2));
  });

  test('a removed head does not come back under a version it once had', async () => {
    const { heads } = new MemoryBackend();
    const first = await heads.cas(id(1), Uint8Array.of(1), null);
    await heads.remove(id(1));
    const second = await heads.cas(id(1), Uint8Array.of(1), null);
    expect(second).not.toBe(first);
    expect(await heads.cas(id(1), Uint8Array.of(2), first!)).toBeUndefined();
  });

  test('does not know the holder of another kind of backend', () => {
    const { locks } = new MemoryBackend({ locks: true });
    expect(locks!.describe(Uint8Array.of(0xff)).text).toBe('an unknown holder');
  });

  test('appending to a head that is not there is an error, not a new head', async () => {
    const { heads } = new MemoryBackend({ heads: 'epoch' });
    await expect(heads.append(id(1), 0, Uint8Array.of(1))).rejects.toMatchObject({ code: 'INFINITREE_BACKEND' });
    await expect(heads.sync(id(1))).rejects.toMatchObject({ code: 'INFINITREE_BACKEND' });
    expect(await heads.read(id(1))).toBeUndefined();
  });
});
