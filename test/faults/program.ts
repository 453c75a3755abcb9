import { type Backend, type Commit, Infinitree, type InfinitreeError, isInfinitreeError } from '@infinitree/core';
import { SeededRandom } from '@infinitree/testing';
import { type Change, contentsOf, joined, type Kind, Plot, prepare } from '../crash/contents.js';
import type { Faults } from './faults.js';
import type { Entry, Ledger } from './ledger.js';
import type { Onlooker } from './onlooker.js';
import { KEY, OBJECT_SIZE, type World } from './world.js';

/** What a program finds itself in. */
export interface Stage {
  readonly world: World;
  readonly ledger: Ledger;
  readonly onlooker: Onlooker;
}

/** Short codes that a call may reject with while there is trouble, and whether it was tried to find out. */
export interface Trouble {
  readonly codes: readonly string[];
  /** Whether `resolve()` is called before the commit is made again. */
  readonly resolves: boolean;
  /** What was rejected with, as it came. */
  readonly met: Set<string>;
}

export const NO_TROUBLE: Trouble = { codes: [], resolves: false, met: new Set() };
/** Calls that may say that they do not know what became of a commit. */
const MAY_NOT_KNOW = ['commit', 'resolve'];

interface Doubt {
  readonly resolve: () => Promise<Commit>;
}

/** A program that makes each call again until it is done, and checks everything that it is told. */
export class Program {
  readonly faults: Faults;
  readonly #stage: Stage;
  readonly #pid: number;
  readonly #trouble: Trouble;
  readonly #random: SeededRandom;
  #backend: Backend | undefined;
  #tree: Infinitree<Plot> | undefined;
  #labels = 0;
  /** Whether the trouble has gone by, and somebody was told. */
  #isOver = false;

  constructor(stage: Stage, pid: number, seed: number, faults: Faults, trouble = NO_TROUBLE) {
    this.#stage = stage;
    this.#pid = pid;
    this.#random = new SeededRandom(seed * 1009 + pid);
    this.faults = faults;
    this.#trouble = trouble;
  }

  get tree(): Infinitree<Plot> {
    return this.#tree!;
  }

  get random(): SeededRandom {
    return this.#random;
  }

  /**
   * Makes a call, and after a rejection makes it again: once more while the trouble lasts, and then without. Where another
   * writer may be `contended` with, `CONFLICT` is thrown on, and one `COMMIT_UNKNOWN` comes of itself.
   */
  async call<T>(
    what: string,
    work: (signal: AbortSignal, failed: number) => Promise<T>,
    contended = false,
  ): Promise<T> {
    const { faults } = this;
    let mayNotKnow = contended;
    for (let failed = 0; ; failed++) {
      try {
        const result = await work(faults.signal(), failed);
        faults.callEnded();
        return result;
      } catch (error) {
        faults.callEnded();
        if (!isInfinitreeError(error) || (contended && isInfinitreeError(error, 'CONFLICT'))) throw error;
        if (mayNotKnow && isInfinitreeError(error, 'COMMIT_UNKNOWN')) {
          mayNotKnow = false;
          continue;
        }
        await this.#told(what, error);
        if (failed > 0) faults.lift();
        this.#isOver = !faults.lasts;
      }
    }
  }

  async #told(what: string, error: InfinitreeError): Promise<void> {
    const code = shortCode(error);
    const isOurs = this.#trouble.codes.includes(code) && (code !== 'COMMIT_UNKNOWN' || MAY_NOT_KNOW.includes(what));
    const problem = this.#isOver ? 'after the trouble was over' : isOurs ? undefined : 'unfittingly';
    if (problem !== undefined || !this.faults.struck) {
      throw new Error(`${what} rejected ${problem ?? 'without any trouble'}: ${code}: ${error.message}`, {
        cause: error,
      });
    }
    this.#trouble.met.add(code);
    // A call that was given up before it found anything out leaves in doubt what was.
    const leavesDoubt = code === 'COMMIT_UNKNOWN' || (code === 'ABORTED' && this.#trouble.met.has('COMMIT_UNKNOWN'));
    if (what === 'commit' && !leavesDoubt) this.#stage.ledger.refused();
    await this.#stage.onlooker.look();
  }

  /** Does what the workload is about: the operations of that are those that go wrong. */
  async count(work: () => Promise<void>): Promise<void> {
    this.faults.counting = true;
    await work();
    this.faults.counting = false;
  }

  async create(): Promise<void> {
    const backend = await this.#openBackend();
    await this.call('create', async (signal, failed) => {
      const options = { ...this.#options(backend), signal };
      try {
        this.#tree = await Infinitree.create(Plot, { ...options, objectSize: OBJECT_SIZE });
      } catch (error) {
        // Made after all, and the answer was lost.
        if (failed === 0 || !isInfinitreeError(error, 'EXISTS')) throw error;
        this.#tree = await Infinitree.open(Plot, options);
      }
    });
    this.#stage.ledger.created = true;
  }

  async open(options: { readonly takeover?: boolean; readonly readonly?: boolean } = {}): Promise<void> {
    const backend = await this.#openBackend();
    await this.call('open', async (signal) => {
      this.#tree = await Infinitree.open(Plot, { ...this.#options(backend), ...options, signal });
    });
  }

  async #openBackend(): Promise<Backend> {
    const { world } = this.#stage;
    this.#backend ??= await this.call('open the storage', async (signal) => {
      this.faults.opening = true;
      return world.open(this.faults, this.#pid, { signal }).finally(() => {
        this.faults.opening = false;
      });
    });
    return this.#backend;
  }

  #options(backend: Backend): Parameters<typeof Infinitree.open>[1] {
    return { backend, key: KEY, environment: { clock: this.#stage.world.clock, random: this.#random } };
  }

  /** Makes that many commits in one moment. With `contended` another writer may come first, which is dealt with. */
  async commit(kind: Kind, { times = 1, contended = false } = {}): Promise<void> {
    const entries: Entry[] = [];
    const ready: (() => void)[] = [];
    for (let i = 0; i < times; i++) {
      const label = `${this.#pid}.${++this.#labels}`;
      const change = kind(this.#random, label);
      ready.push(await this.#prepare(change));
      entries.push([label, change]);
    }
    try {
      await this.#write(entries, ready, contended);
    } catch (error) {
      if (!contended || !isInfinitreeError(error, 'CONFLICT')) throw error;
      // What it was in doubt of before may be stored, below what the other writer has done.
      await this.#stage.onlooker.look();
      this.#stage.ledger.refused();
      await this.refresh();
      await this.#write([again(entries, 'refreshed')], [], false);
    }
  }

  #prepare(change: Change): Promise<() => void> {
    return prepare(this.tree, change, (bytes) => this.call('put', (signal) => this.tree.blobs.put(bytes, { signal })));
  }

  /** Commits what is staged by then and by `ready`, once, however often it takes to say so. */
  async #write(entries: readonly Entry[], ready: readonly (() => void)[], contended: boolean): Promise<void> {
    const { ledger } = this.#stage;
    let doubt: Doubt | undefined;
    const attempt = async (signal: AbortSignal, failed: number): Promise<readonly Entry[] | undefined> => {
      if (doubt !== undefined) await this.#resolve(doubt);
      const now = failed === 0 ? entries : [again(entries, String(failed))];
      ledger.begun(now);
      const commits = now.map(([label], i) => {
        if (failed === 0) ready[i]?.();
        return this.tree.commit(label, { signal });
      });
      const [first] = await Promise.allSettled(commits);
      if (first!.status === 'fulfilled') return first!.value === undefined ? undefined : now;
      const error = first!.reason as InfinitreeError & Doubt;
      // That of the attempt which is in doubt: later ones were not even begun.
      if (isInfinitreeError(error, 'COMMIT_UNKNOWN')) doubt ??= error;
      else if (!isInfinitreeError(error, 'ABORTED')) doubt = undefined;
      throw error;
    };
    let failedWrites = 0;
    const stored = await this.call(
      'commit',
      (signal, failed) => {
        ({ failedWrites } = this.faults);
        return attempt(signal, failed);
      },
      contended,
    );
    if (stored !== undefined) {
      ledger.stored(stored, this.faults.failedWrites > failedWrites);
      return;
    }
    // Nothing was staged any more, so that one of the attempts before is stored; a reader tells which.
    await this.#stage.onlooker.look();
    const [which] = entries.at(-1)![0].split(' ');
    const isThere = ledger.labels.some((label) => label.split(' ')[0] === which);
    if (!isThere) throw new Error(`commit() says that nothing is staged, and ${entries[0]![0]} is not stored`);
    ledger.refused();
  }

  /** Asks what became of a commit, where this program does so before it makes it again. */
  async #resolve(doubt: Doubt): Promise<void> {
    if (!this.#trouble.resolves || this.faults.lasts) return;
    const found = await doubt.resolve().catch((error: unknown) => {
      if (!isInfinitreeError(error, 'CONFLICT')) throw error;
      this.#stage.ledger.refused();
    });
    if (found === undefined) return;
    await this.#stage.onlooker.look();
    if (!this.#stage.ledger.labels.includes(found.message))
      throw new Error(`${found.message} resolved, and is not there`);
  }

  async refresh(): Promise<void> {
    await this.call('refresh', (signal) => this.tree.refresh({ signal, onConflict: 'drop' }));
  }

  /** Reads everything, in all ways. */
  async read(): Promise<void> {
    const { tree } = this;
    await this.call('get', (signal) => tree.getMany('readings', [1, 2, 3, 100], { signal }));
    await this.call('entries', async (signal) => {
      let count = 0;
      for await (const _ of tree.entries('notes', { signal })) count += 1;
      return count;
    });
    await this.call('load', (signal) => tree.load({ signal }));
    await this.readBlobs();
    const found = await this.call('load', () => contentsOf(tree));
    if (found !== this.#stage.ledger.contents()) throw new Error('what was read is not what was committed');
  }

  async readBlobs(): Promise<void> {
    const { tree } = this;
    await this.call('load', (signal) => tree.load('files', { signal }));
    for (const ref of tree.index.files.values()) {
      await this.call('get of a blob', async (signal) => {
        for await (const _ of tree.blobs.get(ref, { start: 1000, signal }));
      });
    }
  }

  async close(): Promise<void> {
    const { tree } = this;
    await this.call('close', async (_, failed) => {
      // One that rejects has closed it all the same.
      if (failed === 0) await tree.close();
    });
    this.#tree = undefined;
    const late: unknown = await tree.commit('late').catch((error: unknown) => error);
    if (!isInfinitreeError(late, 'CLOSED')) throw new Error(`a commit to a closed tree ended with ${String(late)}`);
  }

  /** Closes the tree, if it is open, and the storage. */
  async end(): Promise<void> {
    if (this.#tree !== undefined) await this.close();
    await this.call('close the storage', async (_, failed) => {
      if (failed === 0) await this.#backend?.close();
    });
    this.#backend = undefined;
  }
}

/** All that was to be committed before, in one commit. */
function again(entries: readonly Entry[], which: string): Entry {
  return [`${entries.at(-1)![0]} ${which}`, entries.map(([, change]) => change).reduce(joined)];
}

export function shortCode({ code }: InfinitreeError): string {
  return code.slice('INFINITREE_'.length);
}
