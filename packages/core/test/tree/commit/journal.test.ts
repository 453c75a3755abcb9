import { type Backend, Infinitree, InfinitreeError, Key, MemoryBackend, type ObjectId } from '@infinitree/core';
import fc from 'fast-check';
import { blob, errorOf, hooked, Notes, OBJECT_SIZE, outcome, put, shown, type Tree } from './scene.js';

const key = Key.random();
const PAGE = 4096;
const seed = Date.now() >>> 0;

/** A frame or mark as it was written. */
interface Written {
  readonly id: ObjectId;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Journal {
  readonly backend: MemoryBackend<'epoch'>;
  readonly tree: Tree;
  readonly frames: readonly Written[];
  readonly marks: readonly Written[];
}

/** A tree with three commits in its journal: `a`, `b` and `c`. */
async function journal(): Promise<Journal> {
  const backend = new MemoryBackend({ heads: 'epoch' });
  const written: Written[] = [];
  const recording = hooked(backend, (verb, phase, [id, offset, bytes]) => {
    if (verb !== 'heads.append' || phase !== 'before') return;
    written.push({ id: id as ObjectId, offset: offset as number, bytes: (bytes as Uint8Array).slice() });
  });
  const tree = await Infinitree.create(Notes, { backend: recording, key, objectSize: OBJECT_SIZE });
  // The first commit of a new tree goes behind its head.
  for (const name of ['a', 'b', 'c']) await put(tree, name, name === 'c' ? blob(5000, 1) : name);
  expect(written.length).toBe(6);
  return {
    backend,
    tree,
    frames: written.filter((_, i) => i % 2 === 0),
    marks: written.filter((_, i) => i % 2 === 1),
  };
}

/** Puts noise over what was written from byte `from` on. */
async function wipe(backend: MemoryBackend<'epoch'>, { id, offset, bytes }: Written, from = 0): Promise<void> {
  await backend.heads.append(id, offset + from, blob(bytes.length - from, offset));
}

async function messages(backend: Backend): Promise<readonly string[]> {
  return (await shown(backend, key)).messages;
}

/** What a successor makes of it: its commits, after one of its own. */
async function afterTakeover(backend: Backend): Promise<readonly string[]> {
  const next = await Infinitree.open(Notes, { backend, key, takeover: true });
  const { error } = await outcome(put(next, 'next'));
  if (error !== undefined) {
    expect(error.code).toBe('INFINITREE_CONFLICT');
    await next.refresh();
    await next.commit('next');
  }
  await next.close();
  return messages(backend);
}

describe('the last frame of a journal', () => {
  test.each([0, 1, 511, 512, PAGE, 7900])(
    'of which %i bytes arrived before a crash is no commit, silently',
    async (cut) => {
      const backend = await crashedAt(cut);
      expect(await messages(backend)).toEqual(['a']);
      expect(await afterTakeover(backend)).toEqual(['a', 'next']);
    },
  );

  test('is a commit from its last byte on, and none before', async () => {
    let [none, all] = [0, 2 * PAGE];
    while (all - none > 1) {
      const cut = (none + all) >>> 1;
      if ((await messages(await crashedAt(cut))).length === 2) all = cut;
      else none = cut;
    }
    expect(all).toBeGreaterThan(7700);
    // Ids and times pack a little differently from run to run.
    expect(await afterTakeover(await crashedAt(none - 16))).toEqual(['a', 'next']);
    // Nobody acknowledged it, but it is whole and no later epoch is claimed: it counts.
    expect(await afterTakeover(await crashedAt(all + 16))).toEqual(['a', 'torn', 'next']);
  });

  /** A storage whose writer crashed when that many bytes of its second frame had arrived. */
  async function crashedAt(cut: number): Promise<MemoryBackend<'epoch'>> {
    const backend = new MemoryBackend({ heads: 'epoch' });
    let crash = false;
    let size = 0;
    const crashing = hooked(backend, async (verb, phase, [id, offset, bytes]) => {
      if (!crash || phase !== 'before') return;
      if (verb === 'heads.append') {
        size = (bytes as Uint8Array).length;
        const part = (bytes as Uint8Array).subarray(0, cut);
        await backend.heads.append(id as ObjectId, offset as number, part);
      }
      throw new Error('the power is off');
    });
    const tree = await Infinitree.create(Notes, { backend: crashing, key, objectSize: OBJECT_SIZE });
    await put(tree, 'a');
    crash = true;
    // Its content does not compress and nearly fills two pages.
    expect((await errorOf(put(tree, 'torn', blob(7700, 3))))?.code).toBe('INFINITREE_COMMIT_UNKNOWN');
    expect(size).toBe(2 * PAGE);
    return backend;
  }

  test('damaged behind its mark is CORRUPT: it was acknowledged', async () => {
    const { backend, frames } = await journal();
    await wipe(backend, frames[2]!);
    expect((await errorOf(messages(backend)))?.code).toBe('INFINITREE_CORRUPT');
    const next = await outcome(Infinitree.open(Notes, { backend, key, takeover: true }));
    expect(next.error?.code).toBe('INFINITREE_CORRUPT');
  });

  test('without its mark is shown while its epoch is the highest, and taken over', async () => {
    const { backend, marks } = await journal();
    await wipe(backend, marks[2]!);
    expect(await messages(backend)).toEqual(['a', 'b', 'c']);
    expect(await afterTakeover(backend)).toEqual(['a', 'b', 'c', 'next']);
  });

  test('without its mark is not shown once a later epoch is claimed, but is not lost either', async () => {
    const { backend, marks } = await journal();
    await wipe(backend, marks[2]!);
    await claimOnly(backend);
    expect(await messages(backend)).toEqual(['a', 'b']);
    expect(await afterTakeover(backend)).toEqual(['a', 'b', 'c', 'next']);
  });

  test('without its mark is shown all the same to who was shown it before', async () => {
    const { backend, tree, marks } = await journal();
    const reader = await Infinitree.open(Notes, { backend, key, readonly: true });
    await wipe(backend, marks[2]!);
    await claimOnly(backend);
    await reader.refresh();
    expect((await reader.commits()).map((commit) => commit.message)).toEqual(['a', 'b', 'c']);
    const expecting = await Infinitree.open(Notes, { backend, key, readonly: true, expectHead: tree.head });
    expect((await expecting.commits()).map((commit) => commit.message)).toEqual(['a', 'b', 'c']);
  });

  /** A writer that takes over and dies before its head. */
  async function claimOnly(backend: MemoryBackend<'epoch'>): Promise<void> {
    const dying = hooked(backend, (verb, phase) => {
      if (verb === 'heads.claim' && phase === 'after') throw new InfinitreeError('BACKEND', 'killed');
    });
    const successor = await Infinitree.open(Notes, { backend: dying, key, takeover: true });
    expect((await errorOf(put(successor, 'never')))?.code).toBe('INFINITREE_BACKEND');
  }
});

describe('a journal', () => {
  test('damaged in the middle is CORRUPT for readers, and nothing is changed', async () => {
    for (const nth of [0, 1]) {
      const { backend, frames } = await journal();
      await wipe(backend, frames[nth]!, nth === 0 ? 0 : 200);
      expect((await errorOf(messages(backend)))?.code).toBe('INFINITREE_CORRUPT');
      const takeover = await errorOf(Infinitree.open(Notes, { backend, key, takeover: true }));
      expect(takeover?.code).toBe('INFINITREE_CORRUPT');
      // The damaged frame is put back from a copy: all is there again.
      await backend.heads.append(frames[nth]!.id, frames[nth]!.offset, frames[nth]!.bytes);
      expect(await messages(backend)).toEqual(['a', 'b', 'c']);
    }
  });

  test('with a mark and no frame before it is CORRUPT', async () => {
    const { backend, frames, marks } = await journal();
    await wipe(backend, frames[2]!);
    await wipe(backend, frames[1]!);
    await wipe(backend, marks[1]!);
    expect((await errorOf(messages(backend)))?.code).toBe('INFINITREE_CORRUPT');
    await wipe(backend, marks[2]!);
    expect(await messages(backend)).toEqual(['a']);
  });

  test('whose marks in the middle are gone is whole: the chain of hashes says so', async () => {
    const { backend, marks } = await journal();
    await wipe(backend, marks[0]!);
    await wipe(backend, marks[1]!);
    expect(await messages(backend)).toEqual(['a', 'b', 'c']);
  });

  test('shows a frame moved to another place as damage, and a repeated one too', async () => {
    const { backend, frames } = await journal();
    const [a, b] = frames as [Written, Written];
    await backend.heads.append(b.id, b.offset, a.bytes);
    expect((await errorOf(messages(backend)))?.code).toBe('INFINITREE_CORRUPT');
  });

  test('with any one byte of a frame changed never shows anything but a beginning of its commits', async () => {
    const { backend, frames } = await journal();
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.integer({ min: 1, max: 255 }), async (nth, where, flip) => {
        const { id, offset, bytes } = frames[nth]!;
        const at = where % bytes.length;
        await backend.heads.append(id, offset + at, Uint8Array.of((bytes[at] ?? 0) ^ flip));
        const { value, error } = await outcome(messages(backend));
        await backend.heads.append(id, offset + at, bytes.slice(at, at + 1));
        // Padding carries nothing; all else is authenticated, and each of these frames has a mark.
        if (error === undefined) expect(value).toEqual(['a', 'b', 'c']);
        else expect(error.code).toBe('INFINITREE_CORRUPT');
        if (at < 300) expect(error?.code).toBe('INFINITREE_CORRUPT');
      }),
      { numRuns: 60, seed, verbose: true },
    );
  });

  test('read while a frame is half written and the next one whole is read again, and not CORRUPT', async () => {
    const { backend, frames } = await journal();
    let readings = 0;
    const racing = hooked(backend, async (verb, phase) => {
      if (verb !== 'heads.read' || phase !== 'before') return;
      readings += 1;
      const { id, offset, bytes } = frames[1]!;
      // The first two readings catch the frame incomplete.
      if (readings === 1) await backend.heads.append(id, offset + 100, new Uint8Array(100));
      if (readings === 3) await backend.heads.append(id, offset, bytes);
    });
    expect(await messages(racing)).toEqual(['a', 'b', 'c']);
    expect(readings).toBe(3);
  });

  test('that is damaged at another place each time it is read is not read for ever', async () => {
    const { backend, frames, tree } = await journal();
    await tree.close();
    let readings = 0;
    const wavering = hooked(backend, async (verb, phase) => {
      // Somebody who would go on for ever is let go at last.
      if (verb !== 'heads.read' || phase !== 'before' || readings === 1000) return;
      readings += 1;
      const [whole, damaged] = readings % 2 === 0 ? [frames[0]!, frames[1]!] : [frames[1]!, frames[0]!];
      await backend.heads.append(whole.id, whole.offset, whole.bytes);
      await wipe(backend, damaged);
    });
    expect(await errorOf(messages(wavering))).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: true });
    expect(readings).toBeLessThan(200);
  });
});

describe('an older head', () => {
  test('stands in for a damaged newest one only where that is asked for', async () => {
    const { backend, tree } = await journal();
    await tree.close();
    const heads: ObjectId[] = [];
    const recording = hooked(backend, (verb, phase, [id]) => {
      if (verb === 'heads.create' && phase === 'after') heads.push(id as ObjectId);
    });
    const next = await Infinitree.open(Notes, { backend: recording, key, takeover: true });
    await put(next, 'd');
    await backend.heads.append(heads[0]!, 0, blob(64, 1));
    expect((await errorOf(messages(backend)))?.code).toBe('INFINITREE_CORRUPT');
    const writing = Infinitree.open(Notes, { backend, key, takeover: true, acceptOlderHead: true });
    expect((await errorOf(writing))?.code).toBe('INFINITREE_INVALID_ARGUMENT');
    const older = await Infinitree.open(Notes, { backend, key, readonly: true, acceptOlderHead: true });
    expect((await older.commits()).map((commit) => commit.message)).toEqual(['a', 'b', 'c']);
    expect((await errorOf(older.commit('no')))?.code).toBe('INFINITREE_READONLY');
  });
});
