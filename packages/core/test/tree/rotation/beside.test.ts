// Somebody else does something with the tree before each call of a rotation: nothing that was acknowledged is lost, the right
// keys open the tree, and there is one tree.
import { Key } from '@infinitree/core';
import { interrupted } from '../copy/scene.js';
import { code, codeOf, contentOf, open, opening, type Policy, Scene, type Tree, WAYS } from './scene.js';

interface Other {
  readonly name: string;
  /** What somebody else does through a handle of their own. */
  act(at: Scene, other: Tree, policy: Policy): Promise<unknown>;
  /** Whether this was acknowledged or not, which keys open the tree then. */
  readonly opens: readonly ['opens' | 'shut', 'opens' | 'shut'];
}

// A head of which nobody knows is told as BACKEND where it held no commit.
const TOLD = ['ok', ...(['CONFLICT', 'COMMIT_UNKNOWN', 'BACKEND'] as const).map(code)];
const third = Key.random();
const secondOf = (tree: Tree): string => tree.keys.list().find(({ label }) => label === 'second')?.id ?? '';

const OTHERS: readonly Other[] = [
  {
    name: 'commits',
    act: async (_, other) => {
      other.index.notes.set('other', 1);
      await other.commit('other');
    },
    opens: ['opens', 'opens'],
  },
  { name: 'rotates', act: (_, other, policy) => other.rotate({ policy }), opens: ['opens', 'opens'] },
  { name: 'adds a key', act: (_, other) => other.keys.add(third, { label: 'third' }), opens: ['opens', 'opens'] },
  { name: 'removes a key', act: (_, other) => other.keys.remove(secondOf(other)), opens: ['opens', 'shut'] },
  {
    name: 'opens it and goes away',
    act: async (at) => {
      const tree = await at.openBeside();
      await contentOf(tree);
      await tree.close();
    },
    opens: ['opens', 'opens'],
  },
];

/** Of writers who take turns, one that claimed in vain costs the other a refresh. */
async function goOn(tree: Tree): Promise<void> {
  tree.index.notes.set('goes on', 1);
  for (let attempt = 1; (await codeOf(() => tree.commit('goes on'))) !== 'ok'; attempt++) {
    expect(attempt).toBeLessThan(4);
    await tree.refresh();
  }
}

describe.each(WAYS.flatMap((way) => OTHERS.map((other) => ({ ...way, other, name: other.name }))))(
  '$heads heads, policy $policy: somebody $name',
  ({ heads, policy, other: { act, opens } }) => {
    test('before any call', async () => {
      for (let nth = 1; ; nth++) {
        const at = await Scene.small(heads);
        const other = await at.openBeside();
        let calls = Number.NEGATIVE_INFINITY;
        let acted: string | undefined;
        const step = async () => {
          calls += 1;
          if (calls !== nth) return;
          acted = 'begun';
          acted = await codeOf(() => act(at, other, policy));
        };
        const tree = await open(interrupted(at.backend, step), at.key, { takeover: true });
        calls = 0;
        const ended = await codeOf(() => tree.rotate({ policy }));
        if (acted === undefined) {
          expect(nth).toBeGreaterThan(20);
          break;
        }
        const context = [nth, acted, ended];
        for (const end of [acted, ended]) {
          expect([...context, TOLD.includes(end)]).toEqual([...context, true]);
        }
        for (const one of [tree, other]) {
          await one.refresh();
          expect((await one.verify({ readData: true })).faults).toEqual([]);
        }
        expect([...context, tree.head]).toEqual([...context, other.head]);
        if (ended === 'ok') expect([...context, tree.keyEpoch > 0]).toEqual([...context, true]);
        const messages = (await tree.commits()).map(({ message }) => message);
        const isStored = messages.includes('other');
        if (acted === 'ok' && act === OTHERS[0]?.act) expect([...context, isStored]).toEqual([...context, true]);
        await goOn(other);
        await tree.refresh();
        expect(await contentOf(tree)).toEqual(await contentOf(other));
        for (const one of [tree, other]) await one.close();
        const found = await opening(at.backend, [at.key, at.second]);
        const expected = opens.map((key, i) =>
          key === 'opens' || (i === 1 && acted !== 'ok') ? 'opens' : code('WRONG_KEY'),
        );
        expect([...context, found]).toEqual([...context, expected]);
        if (acted === 'ok' && act === OTHERS[2]?.act) {
          expect([...context, await opening(at.backend, [third])]).toEqual([...context, ['opens']]);
        }
      }
    }, 120_000);
  },
);
