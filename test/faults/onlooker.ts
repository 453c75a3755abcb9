import { type Backend, Infinitree, isInfinitreeError } from '@infinitree/core';
import { contentsOf, Plot } from '../crash/contents.js';
import { Faults } from './faults.js';
import type { Ledger } from './ledger.js';
import { KEY, type World } from './world.js';

const PID = 3;

interface Look {
  /** Whether what was written last may have lost its mark. */
  readonly hasLost?: boolean;
  /** Whether nobody writes any more. */
  readonly atLast?: boolean;
}

/** Reads beside the program that has trouble, on the same storage, and has none itself. */
export class Onlooker {
  readonly #world: World;
  readonly #ledger: Ledger;
  /** What had been changed and promised when somebody looked last. */
  #seen = '';
  /** Losses that were noted, and what was promised by then. */
  #noted = { losses: 0, promises: -1 };
  /** A reader that was there before, and how many commits it shows. */
  #witness: { readonly backend: Backend; readonly tree: Infinitree<Plot>; known: number } | undefined;
  /** Whether the tree is damaged, as `repair` finds it: then contents are not compared. */
  damaged = false;

  constructor(world: World, ledger: Ledger) {
    this.#world = world;
    this.#ledger = ledger;
  }

  /** Opens the reader that stays. */
  async begin(): Promise<void> {
    if (!this.#ledger.created) return;
    const backend = await this.#world.open(new Faults(this.#world.clock), PID);
    const tree = await Infinitree.open(Plot, { backend, key: KEY, readonly: true });
    this.#witness = { backend, tree, known: this.#ledger.labels.length };
  }

  /** Who opens the tree now, and who has it open, see what was promised. */
  async look(): Promise<void> {
    if (this.#seen === this.#state) return;
    const { losses } = this.#world;
    const { promises } = this.#ledger;
    if (losses > this.#noted.losses) this.#noted = { losses, promises };
    const hasLost = this.#noted.promises === promises;
    try {
      await this.#lookAgain({ hasLost });
      await this.#lookAnew({ hasLost });
    } catch (error) {
      throw new Error(`for a reader: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    this.#seen = this.#state;
  }

  get #state(): string {
    return `${this.#world.changes} ${this.#ledger.promises}`;
  }

  /** At last, everything is there and whole. */
  async end(): Promise<void> {
    await this.#lookAgain({ atLast: true });
    await this.#witness?.tree.close();
    await this.#witness?.backend.close();
    await this.#lookAnew({ atLast: true });
  }

  /** First the state from before, which stays readable; then the newest one. */
  async #lookAgain(look: Look): Promise<void> {
    const witness = this.#witness;
    if (witness === undefined) return;
    const { backend, tree, known } = witness;
    if (known > 0 && !this.damaged) {
      const view = await tree.at('HEAD');
      this.#compare(await contentsOf(tree, view), known);
      await view.close();
    }
    await tree.refresh();
    witness.known = await this.#labels(tree, backend, look);
  }

  async #lookAnew(look: Look): Promise<void> {
    const backend = await this.#world.open(new Faults(this.#world.clock), PID);
    const tree = await this.#openOrAbsent(backend);
    if (tree !== undefined) {
      const known = await this.#labels(tree, backend, look);
      if (!this.damaged) this.#compare(await contentsOf(tree), known);
      if (look.atLast === true) await verify(tree);
    }
    await tree?.close();
    await backend.close();
  }

  async #openOrAbsent(backend: Backend): Promise<Infinitree<Plot> | undefined> {
    try {
      return await Infinitree.open(Plot, { backend, key: KEY, readonly: true });
    } catch (error) {
      const isAbsent = isInfinitreeError(error, 'NOT_FOUND') || isInfinitreeError(error, 'WRONG_KEY');
      if (this.#ledger.created || !isAbsent) throw error;
      return undefined;
    }
  }

  async #labels(tree: Infinitree<Plot>, backend: Backend, { hasLost, atLast = false }: Look): Promise<number> {
    const labels = (await tree.commits()).map(({ message }) => message);
    this.#ledger.created = true;
    this.#ledger.shown(labels, { hasLost, isClaimed: !atLast && (await isSucceeded(backend)) });
    return labels.length;
  }

  #compare(found: string, commits: number): void {
    const expected = this.#ledger.contents(commits);
    if (found === expected) return;
    let at = 0;
    while (found[at] === expected[at]) at += 1;
    const part = (text: string): string => text.slice(Math.max(0, at - 40), at + 60);
    throw new Error(`after ${commits} commits there is ${part(found)} in place of ${part(expected)}`);
  }
}

async function verify(tree: Infinitree<Plot>): Promise<void> {
  const { faults, olderFaults } = await tree.verify({ readData: true });
  const all = [...faults, ...olderFaults];
  if (all.length > 0) throw new Error(`verify() finds ${all.map(({ message }) => message).join('; ')}`);
}

/** Whether an epoch is claimed while an older one is: the older claim goes when the head of the newer one stands. */
async function isSucceeded({ heads }: Backend): Promise<boolean> {
  return 'claims' in heads && (await heads.claims()).length > 1;
}
