import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Infinitree, Key } from '@infinitree/core';
import { DirectoryBackend } from '../../src/directory.js';
import { nodeSystem } from '../../src/process-identity.js';
import { createIn, inDirectory, Notes, outcome, put, shown, withBackend } from './scene.js';

const key = Key.random();

/** A process that has ended: its number is nobody's now. */
function deadPid(): number {
  const { pid } = spawnSync(process.execPath, ['--version']);
  return pid;
}

describe('the lock of a directory', () => {
  test('names the writer and what to do, keeps nobody from reading, and goes with close()', async () => {
    await inDirectory(async (root) => {
      await withBackend(root, async (backend) => {
        const tree = await createIn(backend, key);
        await put(tree, 'first');
        const { error } = await outcome(Infinitree.open(Notes, { backend, key }));
        expect([error?.code, error?.retryable]).toEqual(['INFINITREE_LOCKED', true]);
        expect(error?.message).toMatch(new RegExp(`LOCKED by pid ${process.pid} on host .+ takeover: true`, 's'));
        expect((await shown(root, key)).messages).toEqual(['first']);
        await tree.close();
        await (await Infinitree.open(Notes, { backend, key })).close();
      });
    });
  });

  test('of a process that is gone is taken by the next writer, without being asked for', async () => {
    await inDirectory(async (root) => {
      const pid = deadPid();
      const dead = await DirectoryBackend.open(root, {
        system: {
          ...nodeSystem,
          pid,
          readText: (path) => (path.startsWith('/proc/self') ? undefined : nodeSystem.readText(path)),
        },
      });
      const killed = await createIn(dead, key);
      await put(killed, 'first');
      await withBackend(root, async (backend) => {
        const next = await Infinitree.open(Notes, { backend, key });
        await put(next, 'second');
        // The one taken for dead was not: it is told, and loses nothing.
        const late = await outcome(put(killed, 'late'));
        expect(late.error?.code).toMatch(/^INFINITREE_(CONFLICT|COMMIT_UNKNOWN)$/);
        await killed.refresh();
        await killed.commit('late');
        expect((await shown(root, key)).messages).toEqual(['first', 'second', 'late']);
        // Closing leaves the note of the writer that took over.
        await killed.close();
        expect((await outcome(Infinitree.open(Notes, { backend, key }))).error?.code).toBe('INFINITREE_LOCKED');
        await next.close();
      });
      await dead.close();
    });
  });

  test('is passed over by takeover, after which the other one can commit nothing that is not seen', async () => {
    await inDirectory(async (root) => {
      await withBackend(root, async (backend) => {
        const first = await createIn(backend, key);
        await put(first, 'first');
        const second = await Infinitree.open(Notes, { backend, key, takeover: true });
        await put(second, 'second');
        expect((await outcome(put(first, 'third'))).error?.code).toMatch(/^INFINITREE_(CONFLICT|COMMIT_UNKNOWN)$/);
        await first.refresh();
        await first.commit('third');
        expect((await shown(root, key)).messages).toEqual(['first', 'second', 'third']);
      });
    });
  });
});

describe('a directory that was put back to an older state', () => {
  /** Runs `body` with a copy of the directory as it is now. */
  async function withCopy(root: string, body: (copy: string) => Promise<void>): Promise<void> {
    const copy = await mkdtemp(join(tmpdir(), 'infinitree-copy-'));
    try {
      await cp(root, copy, { recursive: true });
      await body(copy);
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  }

  // The next commit is appended, or makes a new head: the journal of an object of 64 KiB has room for seven.
  test.each([1, 7, 20])('is ROLLBACK to who knows a later head, %i commits behind', async (behind) => {
    await inDirectory(async (root) => {
      await withBackend(root, async (backend) => {
        const tree = await createIn(backend, key);
        await put(tree, 'first');
        const early = tree.head;
        await withCopy(root, async (copy) => {
          for (let i = 0; i < behind; i++) await put(tree, `later ${i}`);
          const late = tree.head;
          await tree.close();
          await withBackend(copy, async (old) => {
            const options = { backend: old, key, readonly: true };
            const { error } = await outcome(Infinitree.open(Notes, { ...options, expectHead: late }));
            expect(error?.code).toBe('INFINITREE_ROLLBACK');
            // Who does not know better cannot tell: it is a whole tree.
            await (await Infinitree.open(Notes, options)).close();
            await (await Infinitree.open(Notes, { ...options, expectHead: early })).close();
          });
          for (const known of [early, late]) {
            await (await Infinitree.open(Notes, { backend, key, readonly: true, expectHead: known })).close();
          }
        });
      });
    });
  });

  test('and gone on from is ROLLBACK too, as long as it is not ahead by its numbers', async () => {
    await inDirectory(async (root) => {
      await withBackend(root, async (backend) => {
        const tree = await createIn(backend, key);
        await put(tree, 'first');
        await withCopy(root, async (copy) => {
          await put(tree, 'ours');
          const ours = tree.head;
          await tree.close();
          await withBackend(copy, async (other) => {
            const fork = await Infinitree.open(Notes, { backend: other, key, takeover: true });
            await fork.load();
            const theirs = fork.head;
            expect(theirs).not.toBe(ours);
            const { error } = await outcome(
              Infinitree.open(Notes, { backend: other, key, readonly: true, expectHead: ours }),
            );
            expect(error?.code).toBe('INFINITREE_ROLLBACK');
            await fork.close();
          });
        });
      });
    });
  });

  test('under the feet of a handle that has seen more is ROLLBACK when it refreshes', async () => {
    await inDirectory(async (root) => {
      const backend = await DirectoryBackend.open(root);
      const tree = await createIn(backend, key);
      await put(tree, 'first');
      await withCopy(root, async (copy) => {
        for (let i = 0; i < 12; i++) await put(tree, `later ${i}`);
        await tree.close();
        await withBackend(root, async (reading) => {
          const reader = await Infinitree.open(Notes, { backend: reading, key, readonly: true });
          await reader.load();
          for (const part of ['objects', 'epochs']) {
            await rm(join(root, part), { recursive: true });
            await cp(join(copy, part), join(root, part), { recursive: true });
          }
          expect((await outcome(reader.refresh())).error?.code).toBe('INFINITREE_ROLLBACK');
          // What it has in memory stays as it was.
          expect(reader.index.notes.get('later 11')).toBe('later 11');
          await reader.close();
        });
      });
      await backend.close();
    });
  });
});
