// Each call to the storage fails once, before its effect or after it, while a worker hands in and while an owner merges.
import { Dropbox, Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { code, codeOf, KINDS, OBJECT_SIZE } from '../scene.js';
import { Yard } from './yard.js';

const WHEN = ['before', 'after'] as const;

describe.each(KINDS.flatMap((heads) => WHEN.map((when) => ({ heads, when }))))(
  '$heads heads, $when its effect',
  ({ heads, when }) => {
    async function scene() {
      const inner = new MemoryBackend<'cas' | 'epoch'>({ heads });
      const backend = new FailingBackend(inner);
      const key = Key.random();
      const tree = await Infinitree.create(Yard, { backend, key, objectSize: OBJECT_SIZE });
      const { key: workersKey } = await tree.dropboxes.add();
      const worker = () => Dropbox.open(Yard, { backend, key: workersKey });
      return { inner, backend, key, tree, worker };
    }

    /** Hands in two batches, the first one of several objects. Called again it goes on where it was. */
    function handingIn(): (box: Dropbox<Yard>) => Promise<void> {
      const left = ['large', 'small'];
      return async (box) => {
        // What was staged when a call failed is still there.
        await box.send();
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          if (next === 'small') box.index.events.push('small');
          else for (let i = 0; i < 5; i++) box.index.events.push(Key.random().toText().repeat(400) + String(i));
          await box.send(next);
        }
      };
    }

    const sizesOf = (index: Yard): number[] => [...index.events].map((event) => event.length);

    test('a worker whose call fails hands everything in, once', async () => {
      const trial = await scene();
      trial.backend.clearLog();
      const first = await trial.worker();
      await handingIn()(first);
      const calls = trial.backend.count();
      expect(calls).toBeGreaterThanOrEqual(3);
      for (let nth = 1; nth <= calls; nth++) {
        const { backend, tree, worker } = await scene();
        backend.fail({ nth, when });
        let box: Dropbox<Yard> | undefined;
        const handIn = handingIn();
        const ended = await codeOf(async () => {
          box = await worker();
          await handIn(box);
        });
        backend.heal();
        expect([nth, ended]).toEqual([nth, code('BACKEND')]);
        box ??= await worker();
        await handIn(box);
        await box.close();
        const { faults } = await tree.dropboxes.merge();
        expect([nth, faults, sizesOf(tree.index).length, sizesOf(tree.index).at(-1)]).toEqual([nth, [], 6, 5]);
        await tree.close();
      }
      await first.close();
      await trial.tree.close();
    });

    test('an owner whose call fails merges everything, once', async () => {
      const trial = await scene();
      await handingIn()(await trial.worker());
      trial.backend.clearLog();
      await trial.tree.dropboxes.merge();
      const calls = trial.backend.count();
      expect(calls).toBeGreaterThanOrEqual(6);
      const ends = new Set<string>();
      for (let nth = 1; nth <= calls; nth++) {
        const { inner, backend, tree, key, worker } = await scene();
        await handingIn()(await worker());
        backend.fail({ nth, when });
        const ended = await codeOf(() => tree.dropboxes.merge());
        backend.heal();
        ends.add(ended);
        // The handle goes on, where need be after a refresh.
        if ((await codeOf(() => tree.dropboxes.merge())) === code('CONFLICT')) {
          await tree.refresh();
          await tree.dropboxes.merge();
        }
        tree.index.notes.set('after', 1);
        await tree.commit();
        const here = sizesOf(tree.index);
        await tree.close();
        const again = await Infinitree.open(Yard, { backend: inner, key });
        const { merged, faults } = await again.dropboxes.merge();
        await again.load();
        expect([nth, ended, merged, faults, here.length]).toEqual([nth, ended, [], [], 6]);
        expect([nth, sizesOf(again.index)]).toEqual([nth, here]);
        await again.close();
      }
      for (const end of ends) expect(['ok', code('BACKEND'), code('CONFLICT')]).toContain(end);
    }, 60_000);
  },
);
