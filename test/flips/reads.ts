import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Infinitree, isInfinitreeError } from '@infinitree/core';
import { blobOf, CONTENT, contentOf, Ledger, type Scene, type State } from './scene.js';
import type { LyingStorage } from './storage.js';

/** One thing that is read from a tree that is open; it throws where what it reads is not what the state has. */
export interface Read {
  readonly name: string;
  run(tree: Infinitree<Ledger>, state: State): Promise<void>;
}

/** `right data`, `earlier commit`, the code of an error of ours, or what must not be. */
export type Outcome = string;

export const RIGHT = 'right data';
export const EARLIER = 'earlier commit';
export const WRONG = 'WRONG DATA';
export const FOREIGN = 'OTHER ERROR';
/** A changed byte that no read minds, and `verify`. */
export const UNFOUND = 'NOT FOUND';

export interface Found {
  readonly outcome: Outcome;
  /** What there is to say about an outcome that must not be. */
  readonly detail?: unknown;
}

class Differs extends Error {}

/** Loading each field, looking at each commit, and reading the blob. */
export function readsOf({ states }: Scene): Read[] {
  const fields = Object.keys(CONTENT) as (keyof Ledger)[];
  return [
    ...fields.map((name) => ({
      name: `load ${name}`,
      async run(tree: Infinitree<Ledger>, { content }: State) {
        await tree.load(name);
        requireSame(CONTENT[name](tree.index), content[name]);
      },
    })),
    {
      name: 'blob',
      async run(tree: Infinitree<Ledger>, { blob }: State) {
        await tree.load('files');
        requireSame(await blobOf(tree), blob);
      },
    },
    ...states.map((past) => ({
      name: `at commit ${past.sequence}`,
      async run(tree: Infinitree<Ledger>, state: State) {
        // An earlier state does not have later commits.
        if (past.sequence > state.sequence) return;
        await using view = await tree.at(past.id);
        await view.load();
        requireSame(contentOf(view), past.content);
      },
    })),
  ];
}

/** What a handle that stays open can be asked again and again: each field as of each commit, the log, and the blob. */
export function partsOf({ states }: Scene): Read[] {
  const fields = Object.keys(CONTENT) as (keyof Ledger)[];
  return [
    {
      name: 'log',
      async run(tree, { sequence }) {
        const ids: string[] = [];
        for await (const { id } of tree.log()) ids.unshift(id);
        requireSame(ids, idsUpTo(states, sequence));
      },
    },
    {
      name: 'blob',
      async run(tree, { blob }) {
        requireSame(await blobOf(tree), blob);
      },
    },
    ...states.flatMap((past) =>
      fields.map((name) => ({
        name: `${name} at commit ${past.sequence}`,
        async run(tree: Infinitree<Ledger>) {
          await using view = await tree.at(past.id);
          await view.load(name);
          requireSame(CONTENT[name](view.index), past.content[name]);
        },
      })),
    ),
  ];
}

/** Does one of them in a tree that is open, in the newest state. */
export async function ask(tree: Infinitree<Ledger>, { run }: Read, state: State): Promise<Found> {
  const error: unknown = await run(tree, state).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return foundBy(error, RIGHT);
}

/** Opens the tree and does these reads, one after the other in the same handle. */
export async function attempt(
  scene: Scene,
  backend: LyingStorage,
  reads: readonly Read[],
  expectHead?: string,
): Promise<Found> {
  let tree: Infinitree<Ledger> | undefined;
  let error: unknown;
  let earlier = false;
  try {
    tree = await Infinitree.open(Ledger, {
      backend,
      key: scene.key,
      readonly: true,
      ...(expectHead && { expectHead }),
    });
    const { head } = tree;
    const state = scene.states.find(({ heads }) => heads.includes(head));
    if (state === undefined) throw new Differs(`The head ${head} was never one.`);
    earlier = state !== scene.states.at(-1);
    const ids = (await tree.commits()).map(({ id }) => id);
    requireSame(ids, idsUpTo(scene.states, state.sequence));
    for (const read of reads) {
      try {
        await read.run(tree, state);
      } catch (cause) {
        // All are tried: damage that one of them met must not have made another one wrong.
        if (error === undefined || !isInfinitreeError(cause)) error = cause;
      }
    }
  } catch (cause) {
    error = cause;
  } finally {
    await tree?.close();
    // What is held weakly is only let go between turns of the event loop, and a storage in memory never ends one.
    await setImmediate();
  }
  return foundBy(error, earlier ? EARLIER : RIGHT);
}

function foundBy(error: unknown, outcome: Outcome): Found {
  if (error === undefined) return { outcome };
  if (error instanceof Differs) return { outcome: WRONG, detail: error };
  return isInfinitreeError(error) ? { outcome: error.code } : { outcome: FOREIGN, detail: error };
}

function idsUpTo(states: readonly State[], sequence: number): string[] {
  return states.slice(0, sequence).map(({ id }) => id);
}

function requireSame(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) throw new Differs('Other data were read.');
}
