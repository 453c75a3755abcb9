import { type Backend, copyTree, Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend, SeededRandom, TestClock, type Verb } from '@infinitree/testing';
import { toHex } from '../../src/bytes/hex.js';
import { Garden } from '../vectors/garden.js';
import { Page } from './page.js';

const page = new Page('format/ordering.md');
const key = Key.fromBytes(new Uint8Array(32).fill(9));

/** The verbs of the numbered writes under a heading, in order. */
function verbsUnder(heading: string): string[] {
  const section = page.text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const numbered = section.split('\n').filter((line) => /^(?:\| )?\d+\. /.test(line));
  return numbered.map((line) => /`(\w+(?:\.\w+)?)`/.exec(line)?.[1]).filter((verb) => verb !== undefined);
}

const READING: readonly Verb[] = [
  'get',
  'list',
  'keyObjects.get',
  'keyObjects.list',
  'heads.read',
  'heads.list',
  'locks.read',
];

/** The calls of a backend that write something, in order; listings of claims only where they are asked for. */
function writes(backend: FailingBackend, alsoClaims = false): string[] {
  const written = backend.log.filter(
    ({ verb, ids }) => !READING.includes(verb) && !(verb === 'delete' && ids.length === 0),
  );
  const verbs = written.map(({ verb }) => verb as string).filter((verb) => alsoClaims || verb !== 'heads.claims');
  // Several objects are one step.
  return verbs.filter((verb, i) => verb !== 'put' || verbs[i - 1] !== 'put');
}

const random = new SeededRandom(1);

/** More than fits into a frame. */
function stageMuch(tree: Infinitree<Garden>): void {
  for (let id = 0; id < 300; id++) tree.index.plants.set(id, toHex(random.bytes(60)));
}

function backendOf(
  heads: 'cas' | 'epoch',
  inner: Backend = new MemoryBackend({ heads, locks: heads === 'epoch' }),
): FailingBackend {
  return new FailingBackend(inner);
}

async function create(backend: Backend, clock = new TestClock()): Promise<Infinitree<Garden>> {
  return Infinitree.create(Garden, { backend, key, objectSize: 65_536, environment: { clock } });
}

describe('writes come in the order of the page', () => {
  test('create, with epochs', async () => {
    const backend = backendOf('epoch');
    await create(backend);
    expect(writes(backend)).toEqual(verbsUnder('Create'));
  });

  test('create, with slots', async () => {
    const backend = backendOf('cas');
    await create(backend);
    const verbs = verbsUnder('Create').map((verb) => (verb === 'heads.create' ? 'heads.cas' : verb));
    expect(writes(backend)).toEqual(verbs.filter((verb) => verb !== 'locks.create' && verb !== 'heads.claim'));
  });

  test('a commit by a frame, and close', async () => {
    const backend = backendOf('epoch');
    const tree = await create(backend);
    backend.clearLog();
    stageMuch(tree);
    await tree.commit();
    const [put, append, sync, mark] = verbsUnder('Commit by a frame');
    expect(writes(backend, true)).toEqual([put, append, sync, 'heads.claims', mark]);
    backend.clearLog();
    await tree.close();
    expect(writes(backend)).toEqual(verbsUnder('Close'));
  });

  test('a commit by a head of an epoch, behind a frame without a mark and a claim without a head', async () => {
    const backend = backendOf('epoch');
    const tree = await create(backend);
    backend.fail({ verb: 'heads.append', nth: 2, when: 'before' });
    tree.index.last.value = 1;
    await tree.commit();
    await tree.close();
    const again = await Infinitree.open(Garden, { backend, key });
    const unlucky = await Infinitree.open(Garden, { backend, key, takeover: true });
    unlucky.index.notes.set('note', 'never stored');
    backend.fail({ verb: 'heads.read', nth: 1, when: 'before' });
    await expect(unlucky.commit()).rejects.toThrow('heads.read');
    await unlucky.close();
    backend.clearLog();
    await again.load();
    stageMuch(again);
    await again.commit();
    const [put, claim, fence, sync, mark, syncMark, , head] = verbsUnder('Commit by a head of an epoch');
    const order = writes(backend, true);
    const listing = 'heads.claims';
    const before = [put, listing, claim, listing, listing, fence, sync, listing, mark, syncMark];
    const expected = [...before, listing, head, listing];
    expect(order.slice(0, expected.length)).toEqual(expected);
  });

  test('a commit by a slot', async () => {
    const backend = backendOf('cas');
    const tree = await create(backend);
    backend.clearLog();
    stageMuch(tree);
    await tree.commit();
    expect(writes(backend)).toEqual(verbsUnder('Commit by a slot'));
  });

  test.each(['cas', 'epoch'] as const)('a copy, and a move, from heads of the kind %s', async (kind) => {
    const source = backendOf(kind);
    const tree = await create(source);
    stageMuch(tree);
    await tree.commit();
    source.clearLog();
    const steps = verbsUnder('Copy');
    for (const [i, heads] of (['epoch', 'cas'] as const).entries()) {
      const target = backendOf(heads);
      // Claims, fences, and objects of a fold, are those of a directory, of a second attempt, and of a long tail.
      if (heads === 'epoch') target.fail({ verb: 'heads.list', nth: 4 });
      await copyTree(tree, target, { move: i === 1 }).catch(() => copyTree(tree, target));
      const [put, keyObject, claim, fence, , head] = steps;
      const expected = heads === 'epoch' ? [put, keyObject, claim, claim, fence, head] : [put, keyObject, 'heads.cas'];
      expect([...writes(target)]).toEqual(expected);
      // In between a move writes a head to the source, and no more.
      const ending = kind === 'cas' ? ['heads.cas'] : ['heads.sync', 'heads.claim', 'heads.create'];
      expect(writes(source)).toEqual(i === 1 ? ending : []);
    }
    await tree.close();
  });

  test.each(['cas', 'epoch'] as const)('a rotation, heads of the kind %s', async (kind) => {
    const backend = backendOf(kind);
    const tree = await create(backend);
    stageMuch(tree);
    await tree.commit();
    // So that there are frames, of which the last one has its mark, and heads that go.
    await tree.keys.add(Key.random());
    backend.clearLog();
    await tree.rotate();
    const [put, claim, first, keyObject, note, release, gone] = verbsUnder('Rotation');
    const head = kind === 'cas' ? ['heads.cas'] : ['heads.claim', 'heads.create'];
    const next = kind === 'cas' ? ['heads.cas'] : [claim, first];
    const removals = Array.from({ length: 3 }, () => 'heads.remove');
    const behind = kind === 'cas' ? [] : [note, 'locks.remove', release, ...removals];
    const last = [...head, ...behind, ...head, gone, gone];
    expect(writes(backend)).toEqual([...head, put, ...next, keyObject, keyObject, ...last]);
    // More than rides in a head: it stands apart.
    for (let i = 0; i < 100; i++) tree.index.notes.set(`apart ${i}`, toHex(random.bytes(600)));
    await tree.commit();
    backend.clearLog();
    await tree.rotate({ policy: 'all' });
    const [moved, places] = verbsUnder('Rotation').slice(7);
    const order = writes(backend);
    const rest = order.slice(order.lastIndexOf(gone as string) + 1);
    expect(moved).toBe(places);
    expect(rest).toEqual([moved, ...head, ...(kind === 'cas' ? [] : ['heads.release'])]);
    await tree.close();
  });

  test.each(['cas', 'epoch'] as const)('a merge, heads of the kind %s', async (kind) => {
    const backend = backendOf(kind);
    const clock = new TestClock();
    const tree = await create(backend, clock);
    for (let i = 0; i < 2; i++) {
      stageMuch(tree);
      await tree.commit();
    }
    // They are packs once they are folded.
    for (let i = 0; i < 90; i++) {
      tree.index.notes.set('note', toHex(random.bytes(700)));
      await tree.commit();
    }
    backend.clearLog();
    expect((await tree.compact()).packs).toBeGreaterThan(1);
    const [put, head] = verbsUnder('Merge');
    const order = writes(backend);
    const expected = kind === 'cas' ? [put, 'heads.cas'] : [put, 'heads.claim', head];
    const fenced = order.filter((verb) => expected.includes(verb) && verb !== 'heads.remove');
    expect(fenced).toEqual(expected);
    for (let i = 0; i < 90 && !writes(backend).includes('delete'); i++) {
      clock.advance(600_000);
      tree.index.notes.set('note', toHex(random.bytes(700)));
      await tree.commit();
    }
    expect(writes(backend).indexOf('delete')).toBeGreaterThan(order.length);
    await tree.close();
  });

  test('a fold, and deletion behind it', async () => {
    const backend = backendOf('epoch');
    const clock = new TestClock();
    const tree = await create(backend, clock);
    const [release, remove, gone] = verbsUnder('Deletion');
    // Tidying goes on behind the commit, so it is looked for in all that was called.
    for (let i = 0; i < 400 && !writes(backend).includes('delete'); i++) {
      clock.advance(600_000);
      tree.index.notes.set('note', toHex(random.bytes(100)));
      tree.index.plants.set(i % 4, toHex(random.bytes(700)));
      await tree.commit();
    }
    await tree.close();
    const order = writes(backend);
    const head = order.slice(0, order.indexOf('delete')).lastIndexOf('heads.create');
    expect(order.slice(head, order.indexOf('delete') + 1)).toEqual(['heads.create', release, remove, gone]);
    expect(order.slice(0, head).lastIndexOf('heads.create')).toBeGreaterThan(0);
  });
});
