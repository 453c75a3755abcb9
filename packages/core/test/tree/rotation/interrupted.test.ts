// Each call to the storage fails once while a tree is given new keys, or the process ends there; before the call took effect,
// or after it. At any point each key opens all of the tree, and the next call finishes what was begun.

import { FailingBackend } from '@infinitree/testing';
import { isOwnId } from '../../../src/crypto/own-ids.js';
import type { Session } from '../../../src/tree/session.js';
import {
  code,
  codeOf,
  contentIn,
  contentOf,
  DAY,
  objectsOfEpoch,
  open,
  opening,
  type Policy,
  Scene,
  settled,
  type Tree,
  WAYS,
} from './scene.js';

const sessionOf = (tree: Tree): Session => (tree as unknown as { session: Session }).session;

/** What is in the storage and belongs to the tree by nothing that can be told. */
function unknownIn(at: Scene, tree: Tree): string[] {
  const { context, snapshot } = sessionOf(tree);
  const keyObjects = new Set<string>(snapshot.care.credentials.flatMap((entry) => entry.keyObjects));
  return at.ids.filter((id) => !keyObjects.has(id) && !isOwnId(context.keys, id as never));
}

async function begun(heads: 'cas' | 'epoch') {
  const at = await Scene.small(heads);
  const backend = new FailingBackend(at.backend);
  const tree = await open(backend, at.key, { environment: { clock: at.clock } });
  const old = await at.openBeside({ key: at.second, readonly: false });
  backend.clearLog();
  return { at, backend, tree, old };
}

/** As whoever comes next does, with another key than that of who began. */
async function finished(at: Scene, policy: Policy): Promise<void> {
  expect(await opening(at.backend, [at.key, at.second])).toEqual(['opens', 'opens']);
  expect(await contentIn(at.backend, at.key)).toEqual(at.content);
  let next = await at.openBeside({ key: at.second });
  expect(await contentOf(next)).toEqual(at.content);
  const before = next.keyEpoch;
  await next.rotate({ policy });
  expect([1, 2]).toContain(next.keyEpoch);
  expect(next.keyEpoch).toBeGreaterThan(before);
  expect((await next.verify({ readData: true })).faults).toEqual([]);
  at.clock.advance(2 * DAY);
  await next.gc();
  next.index.notes.set('after', 1);
  await next.commit('after');
  expect(unknownIn(at, next)).toEqual([]);
  at.clock.advance(2 * DAY);
  if (policy === 'all') {
    next = await settled(at, next);
    expect(objectsOfEpoch(at, next, 0)).toEqual([]);
  } else await next.gc();
  const content = await contentOf(next);
  const { orphans, replaced } = await next.gc({ dryRun: true });
  expect([orphans.count, replaced.count]).toEqual([0, 0]);
  await next.close();
  expect(await contentIn(at.backend, at.key)).toEqual(content);
}

describe.each(WAYS)('$heads heads, policy $policy', ({ heads, policy }) => {
  test.each([
    ['once', 'before'],
    ['once', 'after'],
    ['for good', 'before'],
    ['for good', 'after'],
  ] as const)(
    'a call fails %s, %s its effect',
    async (how, when) => {
      const ends = new Set<string>();
      for (let nth = 1; ; nth++) {
        const { at, backend, tree, old } = await begun(heads);
        const calls = backend.count();
        backend.fail({ nth, when, forever: how === 'for good' });
        const ended = await codeOf(() => tree.rotate({ policy }));
        if (backend.count() - calls < nth) {
          expect([nth, ended]).toEqual([nth, 'ok']);
          expect(nth).toBeGreaterThan(20);
          break;
        }
        backend.heal();
        ends.add(ended);
        expect([nth, ended === 'ok' || ended === code('BACKEND')]).toEqual([nth, true]);
        expect([nth, await opening(at.backend, [at.key, at.second])]).toEqual([nth, ['opens', 'opens']]);
        if (ended === 'ok') {
          expect([nth, await codeOf(() => old.commit({ mode: 'always' }))]).not.toEqual([nth, 'ok']);
        } else if (how === 'once') {
          // The handle that was told of it goes on, and so does the call.
          const again = await codeOf(() => tree.rotate({ policy }));
          expect([nth, again]).toEqual([nth, 'ok']);
          expect(await contentOf(tree)).toEqual(at.content);
          expect([nth, tree.keyEpoch]).toEqual([nth, 1]);
        }
        for (const one of [tree, old]) await codeOf(() => one.close());
        await finished(at, policy);
      }
      expect([...ends].sort()).toEqual([code('BACKEND'), 'ok']);
    },
    120_000,
  );
});
