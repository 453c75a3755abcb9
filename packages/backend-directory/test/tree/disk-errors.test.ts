import { Infinitree, Key } from '@infinitree/core';
import { DirectoryBackend } from '../../src/directory.js';
import {
  createIn,
  FaultyFiles,
  failNth,
  inDirectory,
  Notes,
  outcome,
  put,
  shown,
  type Tree,
  withBackend,
} from './scene.js';

const key = Key.random();

interface Ready {
  readonly files: FaultyFiles;
  readonly backend: DirectoryBackend;
  readonly tree: Tree;
}

/** A tree with one commit, behind which the next one is appended. */
async function ready(root: string): Promise<Ready> {
  const files = new FaultyFiles();
  const backend = await DirectoryBackend.open(root, { fileSystem: files, durability: 'append' });
  const tree = await createIn(backend, key);
  await put(tree, 'old');
  return { files, backend, tree };
}

/** A tree whose journal has no room for another frame. */
async function full(root: string): Promise<Ready> {
  const made = await ready(root);
  for (let i = 0; i < 6; i++) await put(made.tree, `filler ${i}`);
  return made;
}

const SCENARIOS = [
  ['an append', ready],
  ['a new head', full],
] as const;

async function countOperations(prepare: (root: string) => Promise<Ready>): Promise<string[]> {
  let log: string[] = [];
  await inDirectory(async (root) => {
    const { files, backend, tree } = await prepare(root);
    files.log.length = 0;
    await put(tree, 'fresh');
    log = [...files.log];
    await tree.close();
    await backend.close();
  });
  return log;
}

describe.each(SCENARIOS)('a commit by %s, one operation of the disk failing', (name, prepare) => {
  test.each(['before', 'after'] as const)('%s it took effect, loses nothing', async (when) => {
    const operations = await countOperations(prepare);
    expect(operations).toContain(name === 'an append' ? 'datasync' : 'link');
    for (let nth = 1; nth <= operations.length; nth++) {
      await inDirectory(async (root) => {
        const { files, backend, tree } = await prepare(root);
        const before = await shown(root, key);
        failNth(files, nth, when);
        const first = await outcome(put(tree, 'fresh'));
        const where = `${nth} ${operations[nth - 1] ?? ''} ${when}: ${first.error?.code ?? 'stored'}`;
        const now = await shown(root, key);
        const stored = now.messages.includes('fresh');
        expect([where, now.messages]).toEqual([where, stored ? [...before.messages, 'fresh'] : before.messages]);
        if (first.error === undefined) expect([where, stored]).toEqual([where, true]);
        else expect(['INFINITREE_BACKEND', 'INFINITREE_COMMIT_UNKNOWN']).toContain(first.error.code);
        // The disk is well again, and the very same handle goes on.
        const again = await outcome(tree.commit('fresh'));
        expect([where, again.error?.message]).toEqual([where, undefined]);
        expect([where, (await outcome(put(tree, 'later'))).error?.message]).toEqual([where, undefined]);
        expect((await shown(root, key)).messages).toEqual([...before.messages, 'fresh', 'later']);
        await tree.close();
        await backend.close();
        await withBackend(root, async (next) => {
          const reopened = await Infinitree.open(Notes, { backend: next, key });
          await put(reopened, 'reopened');
          await reopened.close();
        });
        expect((await shown(root, key)).names).toContain('fresh');
      });
    }
  });
});

describe('a disk that fails for a while', () => {
  test('is answered with BACKEND or COMMIT_UNKNOWN, and afterwards everything is stored', async () => {
    for (const operation of ['write', 'datasync', 'readdir', 'link', 'sync', 'open create', 'syncFolder']) {
      await inDirectory(async (root) => {
        const { files, backend, tree } = await ready(root);
        files.fault = (called) => (called === operation ? 'before' : undefined);
        for (let i = 0; i < 12; i++) {
          const { error } = await outcome(put(tree, `note ${i}`));
          if (error !== undefined) expect(error.code).toMatch(/^INFINITREE_(BACKEND|COMMIT_UNKNOWN)$/);
        }
        files.fault = () => undefined;
        const { error } = await outcome(tree.commit('well again'));
        expect([operation, error?.message]).toEqual([operation, undefined]);
        expect((await shown(root, key)).names.length).toBe(13);
        await tree.close();
        await backend.close();
      });
    }
  });

  test('while a tree is closed, leaves nothing in the way of opening it again', async () => {
    for (const operation of ['datasync', 'unlink', 'syncFolder', 'open read', 'read']) {
      await inDirectory(async (root) => {
        const { files, backend, tree } = await ready(root);
        await put(tree, 'marked, not synced');
        files.fault = (called) => (called === operation ? 'before' : undefined);
        const closed = await outcome(tree.close());
        files.fault = () => undefined;
        // What failed is told, unless it makes no difference.
        if (closed.error !== undefined) expect(closed.error.code).toBe('INFINITREE_BACKEND');
        const lockStays = ['unlink', 'open read', 'read'].includes(operation);
        const again = await outcome(Infinitree.open(Notes, { backend, key, takeover: lockStays }));
        expect([operation, again.error?.message]).toEqual([operation, undefined]);
        // The backend has given the head up; who takes over is told so, and goes on at the second try.
        const { error } = await outcome(put(again.value!, 'later'));
        if (error !== undefined) await again.value!.commit('later');
        await again.value!.close();
        await backend.close();
        expect((await shown(root, key)).messages).toEqual(['old', 'marked, not synced', 'later']);
      });
    }
  });
});
