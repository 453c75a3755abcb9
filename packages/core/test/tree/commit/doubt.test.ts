import { Infinitree, InfinitreeError, Key, MemoryBackend, type ObjectId } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { errorOf, hooked, Notes, OBJECT_SIZE, outcome, put, shown } from './scene.js';

const key = Key.random();

describe('an append of unknown outcome', () => {
  // Each of these calls of resolve() fails once, before resolve() is asked again.
  test.each(['before', 'after'] as const)('is told rightly after resolve() itself failed %s any call', async (when) => {
    for (const first of ['before', 'after'] as const) {
      for (let nth = 1; ; nth++) {
        const inner = new MemoryBackend({ heads: 'epoch' });
        const backend = new FailingBackend(inner);
        const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
        await put(tree, 'start');
        backend.fail({ verb: 'heads.append', when: first });
        const error = await errorOf(put(tree, 'in doubt'));
        backend.clearLog();
        backend.fail({ nth, when });
        const once = await outcome(error!.resolve!());
        const failed = backend.log.find((entry) => entry.failed);
        backend.heal();
        const { value, error: verdict } = await outcome(error!.resolve!());
        const where = `append failed ${first}, resolve() ${when} ${nth} ${failed?.verb ?? 'never'}`;
        expect([where, verdict?.code ?? value?.message]).toEqual([
          where,
          first === 'after' ? 'in doubt' : 'INFINITREE_CONFLICT',
        ]);
        // What resolve() said stays true, whoever comes next.
        const next = await Infinitree.open(Notes, { backend: inner, key, takeover: true });
        await put(next, 'next');
        const expected = first === 'after' ? ['start', 'in doubt', 'next'] : ['start', 'next'];
        expect([where, (await shown(inner, key)).messages]).toEqual([where, expected]);
        if (failed === undefined) break;
        if (once.error !== undefined && once.error.code !== 'INFINITREE_CONFLICT') {
          expect(once.error.code).toBe('INFINITREE_COMMIT_UNKNOWN');
        }
      }
    }
  });
});

describe('what resolve() found stored', () => {
  test('survives a power cut, also where the sync of the frame had failed', async () => {
    const inner = new MemoryBackend({ heads: 'epoch' });
    // What was written over by appends that no sync has confirmed.
    let unsynced: { id: ObjectId; offset: number; before: Uint8Array }[] = [];
    let failing = false;
    const disk = hooked(inner, async (verb, phase, [id, offset, bytes]) => {
      if (verb === 'heads.append' && phase === 'before') {
        const end = (offset as number) + (bytes as Uint8Array).length;
        const before = (await inner.heads.read(id as ObjectId))!.slice(offset as number, end);
        unsynced.push({ id: id as ObjectId, offset: offset as number, before });
      }
      if (verb !== 'heads.sync') return;
      if (failing) throw new InfinitreeError('BACKEND', 'EIO');
      if (phase === 'after') unsynced = unsynced.filter((write) => write.id !== id);
    });
    const tree = await Infinitree.create(Notes, { backend: disk, key, objectSize: OBJECT_SIZE });
    await put(tree, 'start');
    failing = true;
    const error = await errorOf(put(tree, 'in doubt'));
    expect(error?.code).toBe('INFINITREE_COMMIT_UNKNOWN');
    // The frame is whole for everybody who reads; the disk does not have it. A second sync says nothing about that.
    failing = false;
    const lost = unsynced;
    unsynced = [];
    expect((await error!.resolve!()).message).toBe('in doubt');
    for (const { id, offset, before } of lost.toReversed()) await inner.heads.append(id, offset, before);
    expect((await shown(inner, key)).messages).toEqual(['start', 'in doubt']);
  });
});

describe('a head that was sent to a bucket and of which no answer came', () => {
  /** A bucket that loses the answer to one write, which itself arrives only when `arrive` is called. */
  async function slowBucket() {
    const inner = new MemoryBackend();
    let losing = false;
    let arrive = async (): Promise<boolean> => false;
    const backend = hooked(inner, (verb, phase, [id, bytes, etag]) => {
      if (!losing || verb !== 'heads.cas' || phase !== 'before') return;
      losing = false;
      const copy = (bytes as Uint8Array).slice();
      arrive = async () => (await inner.heads.cas(id as ObjectId, copy, etag as string | null)) !== undefined;
      throw new InfinitreeError('BACKEND', 'timeout', { retryable: true });
    });
    const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
    await put(tree, 'start');
    losing = true;
    const error = await errorOf(put(tree, 'in doubt'));
    expect(error?.code).toBe('INFINITREE_COMMIT_UNKNOWN');
    return { inner, tree, error: error!, arrive: () => arrive() };
  }

  test('cannot arrive any more once resolve() has told how it ended', async () => {
    const { inner, tree, error, arrive } = await slowBucket();
    const { value } = await outcome(error.resolve!());
    expect(await arrive()).toBe(false);
    expect((await shown(inner, key)).messages).toEqual(value === undefined ? ['start'] : ['start', 'in doubt']);
    await put(tree, 'next');
    expect(await arrive()).toBe(false);
    expect((await shown(inner, key)).messages).toEqual(['start', 'in doubt', 'next']);
  });

  test('is found where it has arrived meanwhile, also below the commits of others', async () => {
    for (let others = 0; others < 4; others++) {
      const { inner, tree, error, arrive } = await slowBucket();
      expect(await arrive()).toBe(true);
      const other = await Infinitree.open(Notes, { backend: inner, key });
      for (let i = 0; i < others; i++) await put(other, `other ${i}`);
      expect((await error.resolve!()).message).toBe('in doubt');
      await tree.refresh();
      await put(tree, 'next');
      const messages = ['start', 'in doubt', ...Array.from({ length: others }, (_, i) => `other ${i}`), 'next'];
      expect((await shown(inner, key)).messages).toEqual(messages);
    }
  });

  test('is CONFLICT where another writer was first', async () => {
    const { inner, tree, error, arrive } = await slowBucket();
    await put(await Infinitree.open(Notes, { backend: inner, key }), 'other');
    expect((await errorOf(error.resolve!()))?.code).toBe('INFINITREE_CONFLICT');
    expect(await arrive()).toBe(false);
    await tree.refresh();
    await tree.commit('in doubt');
    expect((await shown(inner, key)).messages).toEqual(['start', 'other', 'in doubt']);
  });
});
