// What stays behind when storage fails for a moment must be in nobody's way afterwards.
import { type BlobRef, Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { blob, errorOf, hooked, KINDS, Notes, OBJECT_SIZE, outcome, put, shown } from './scene.js';

const key = Key.random();

describe.each(KINDS)('a note that could not be taken away, %s heads', (heads) => {
  test.each(['locks.read', 'locks.remove'] as const)('since %s failed is in no other handle’s way', async (verb) => {
    const backend = new FailingBackend(new MemoryBackend<'cas' | 'epoch'>({ heads, locks: true }));
    const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
    await put(tree, 'old');
    backend.fail({ verb });
    expect((await errorOf(tree.close()))?.code).toBe('INFINITREE_BACKEND');

    const next = await Infinitree.open(Notes, { backend, key });

    await put(next, 'new');
    // The note of a handle that is open keeps others out as ever.
    expect((await errorOf(Infinitree.open(Notes, { backend, key })))?.code).toBe('INFINITREE_LOCKED');
    await next.close();
    expect((await shown(backend, key)).messages).toEqual(['old', 'new']);
  });

  test('after an opening that failed is neither, and what made that fail is told', async () => {
    const backend = new FailingBackend(new MemoryBackend<'cas' | 'epoch'>({ heads, locks: true }));
    const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
    await tree.close();
    const asked = heads === 'cas' ? 'heads.read' : 'heads.claims';
    backend.fail({ verb: asked });
    backend.fail({ verb: 'locks.remove' });

    const error = await errorOf(Infinitree.open(Notes, { backend, key }));

    expect(error?.message).toContain(asked);
    expect((await outcome(Infinitree.open(Notes, { backend, key }))).error).toBeUndefined();
  });
});

describe('a takeover', () => {
  test.each([1, 2])('goes on where sync %i of what it builds upon fails: its own head says that', async (nth) => {
    const inner = new MemoryBackend({ heads: 'epoch' });
    const losing = new FailingBackend(inner);
    const tree = await Infinitree.create(Notes, { backend: losing, key, objectSize: OBJECT_SIZE });
    await put(tree, 'old');
    // Its frame is there, and not its mark.
    losing.fail({ verb: 'heads.append', nth: 2 });
    await put(tree, 'unmarked');
    const backend = new FailingBackend(inner);
    const next = await Infinitree.open(Notes, { backend, key, takeover: true });
    backend.fail({ verb: 'heads.sync', nth });

    await put(next, 'new');

    expect(backend.log.filter(({ verb, failed }) => verb === 'heads.sync' && failed).length).toBe(1);
    expect((await shown(inner, key)).messages).toEqual(['old', 'unmarked', 'new']);
  });
});

describe('a writer that was overtaken by a commit without a mark', () => {
  test.each([1, 2])('can take it over by refresh() where sync %i of it fails', async (nth) => {
    const inner = new MemoryBackend({ heads: 'epoch' });
    const other = new FailingBackend(inner);
    const backend = new FailingBackend(inner);
    const tree = await Infinitree.create(Notes, { backend: other, key, objectSize: OBJECT_SIZE });
    await put(tree, 'old');
    const mine = await Infinitree.open(Notes, { backend, key, takeover: true });
    other.fail({ verb: 'heads.append', nth: 2 });
    await put(tree, 'unmarked');
    backend.fail({ verb: 'heads.sync', nth });

    expect((await errorOf(put(mine, 'new')))?.code).toBe('INFINITREE_CONFLICT');

    // It was acknowledged, and is shown to everybody, whatever its successor is about.
    expect((await shown(inner, key)).messages).toEqual(['old', 'unmarked']);
    expect((await mine.refresh())?.message).toBe('unmarked');
    await mine.commit('new');
    expect((await shown(inner, key)).messages).toEqual(['old', 'unmarked', 'new']);
  });
});

describe.each(KINDS)('gc() of whose head nobody knows, %s heads', (heads) => {
  test('is BACKEND again and again, as is a commit behind it, since no commit is in doubt', async () => {
    const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
    const first = await Infinitree.create(Notes, { backend: inner, key, objectSize: OBJECT_SIZE });
    await first.blobs.put(blob(200_000, 1));
    await first.close();
    const backend = new FailingBackend(inner);
    const tree = await Infinitree.open(Notes, { backend, key });
    backend.fail({ verb: heads === 'cas' ? 'heads.cas' : 'heads.create', when: 'after', forever: true });
    tree.index.notes.set('staged', 1);

    const codes: unknown[] = [];
    for (let i = 0; i < 2; i++) codes.push((await errorOf(tree.gc({ olderThan: 0 })))?.code);
    backend.fail({ forever: true });
    codes.push((await errorOf(tree.gc({ olderThan: 0 })))?.code, (await errorOf(tree.commit('staged')))?.code);

    expect(codes).toEqual(Array.from({ length: 4 }, () => 'INFINITREE_BACKEND'));
    backend.heal();
    await tree.commit('staged');
    await tree.gc({ olderThan: 0 });
    expect((await shown(inner, key)).messages).toEqual(['staged']);
  });
});

describe.each(KINDS)('gc() that is aborted while it writes its head, %s heads', (heads) => {
  test.each(['before', 'after'] as const)('%s that took effect is ABORTED, and can be made again', async (when) => {
    const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
    const controller = new AbortController();
    const reason = new Error('enough');
    const head = heads === 'cas' ? 'heads.cas' : 'heads.create';
    let armed = false;
    const backend = hooked(inner, (verb, phase) => {
      if (armed && verb === head && phase === when) controller.abort(reason);
    });
    const first = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
    await first.blobs.put(blob(200_000, 1));
    await first.close();
    const tree = await Infinitree.open(Notes, { backend, key });
    armed = true;

    const { error } = await outcome(tree.gc({ olderThan: 0, signal: controller.signal }));

    expect(error).toMatchObject({ code: 'INFINITREE_ABORTED', cause: reason });
    armed = false;
    await tree.gc({ olderThan: 0 });
    expect((await tree.gc({ olderThan: 0, dryRun: true })).orphans.count).toBe(0);
    await put(tree, 'later');
    expect((await shown(inner, key)).messages).toEqual(['later']);
  });
});

describe('an upload that failed', () => {
  test('is told once; the next call goes on, and what others refer to is sent again', async () => {
    const inner = new MemoryBackend();
    const backend = new FailingBackend(inner);
    const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
    // It waits for its object to fill.
    tree.index.notes.set('small', await tree.blobs.put(blob(1000, 1)));
    backend.fail({ verb: 'put' });
    const large = blob(200_000, 2);
    expect((await errorOf(tree.blobs.put(large)))?.code).toBe('INFINITREE_BACKEND');

    tree.index.notes.set('large', await tree.blobs.put(large));

    await tree.commit('blobs');
    const reader = await Infinitree.open(Notes, { backend: inner, key, readonly: true });
    expect((await reader.verify({ readData: true })).faults).toEqual([]);
    for (const [name, bytes] of [['small', blob(1000, 1)] as const, ['large', large] as const]) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of reader.blobs.get((await reader.get('notes', name)) as BlobRef)) chunks.push(chunk);
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    }
  });
});
