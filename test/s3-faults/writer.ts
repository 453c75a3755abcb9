import { type Backend, type Commit, Infinitree, type InfinitreeError, isInfinitreeError } from '@infinitree/core';
import type { Bucket } from './bucket.js';
import type { Ledger } from './ledger.js';
import { KEY, Notes, type NotesTree, OBJECT_SIZE } from './notes.js';

/** How often a call is made again before the trouble is taken away. */
const PATIENCE = 4;

/** Codes that calls may reject with, and what is counted. */
export interface Terms {
  readonly codes: ReadonlySet<string>;
  /** Whether somebody else commits as well. */
  readonly contended: boolean;
  /** What was rejected with. */
  readonly met: Map<string, number>;
}

/** A program that writes to a bucket, makes each call again until it is done, and notes what it was told. */
export class Writer {
  readonly #name: string;
  readonly #bucket: Bucket;
  readonly #ledger: Ledger;
  readonly #terms: Terms;
  #backend: Backend | undefined;
  #tree: NotesTree | undefined;
  #commits = 0;
  #staged = new Map<string, string>();

  constructor(name: string, bucket: Bucket, ledger: Ledger, terms: Terms) {
    this.#name = name;
    this.#bucket = bucket;
    this.#ledger = ledger;
    this.#terms = terms;
  }

  get tree(): NotesTree {
    return this.#tree!;
  }

  async create(): Promise<void> {
    const backend = await this.#ready();
    const options = () => ({ backend, key: KEY, objectSize: OBJECT_SIZE });
    // One that was made although it was not said is opened.
    await this.#until(async (failed) => {
      this.#tree = await (failed === 0
        ? Infinitree.create(Notes, options())
        : Infinitree.openOrCreate(Notes, options()));
    });
  }

  async open(): Promise<void> {
    const backend = await this.#ready();
    await this.#until(async () => {
      this.#tree = await Infinitree.open(Notes, { backend, key: KEY });
    });
  }

  /** Commits a note of that length, until it is stored. */
  async commit(length = 10): Promise<void> {
    await this.#until(async () => {
      const message = `${this.#name} ${this.#commits++}`;
      const [key, value] = [`${this.#name} ${this.#commits % 5}`, `${message} ${'x'.repeat(length)}`];
      // The map may be partly loaded: a blind write needs nothing of it.
      this.tree.index.notes.set(key, value);
      this.#staged.set(key, value);
      await this.#attempt(message);
    });
  }

  async refresh(): Promise<void> {
    await this.#until(async () => {
      await this.tree.refresh();
    });
  }

  /** Reads everything there is. */
  async read(): Promise<void> {
    await this.#until(async () => {
      for await (const _entry of this.tree.entries('notes')) {
        // What it says is looked at in the end.
      }
    });
  }

  async collect(): Promise<void> {
    await this.#until(async () => {
      await this.tree.gc({ olderThan: 0 });
    });
  }

  async close(): Promise<void> {
    await this.#tree?.close();
    this.#tree = undefined;
  }

  /** Goes on as another process would. */
  async reopen(): Promise<void> {
    // What is staged goes with the process.
    await this.close();
    this.#staged = new Map();
    await this.#backend?.close();
    this.#backend = undefined;
    await this.open();
  }

  async end(): Promise<void> {
    await this.close();
    await this.#backend?.close();
  }

  async #ready(): Promise<Backend> {
    this.#backend ??= await this.#bucket.open(this.#name);
    return this.#backend;
  }

  async #attempt(message: string): Promise<void> {
    const staged = new Map(this.#staged);
    this.#ledger.begin(message);
    try {
      await this.tree.commit(message);
    } catch (error) {
      this.#note(error);
      if (isInfinitreeError(error, 'COMMIT_UNKNOWN')) await this.#resolve(message, error);
      else await this.#refused(message, error);
    }
    this.#ledger.acknowledge(message, staged);
    this.#staged = new Map();
    await this.#look();
  }

  /** Finds out what became of a commit. Returns where it was stored. */
  async #resolve(message: string, error: InfinitreeError): Promise<void> {
    for (let asked = 1; ; asked++) {
      if (asked > PATIENCE) this.#bucket.heal();
      if (asked > 2 * PATIENCE) throw new Error(`${message} stays in doubt`, { cause: error });
      let commit: Commit;
      try {
        commit = await error.resolve!();
      } catch (again) {
        this.#note(again);
        if (isInfinitreeError(again, 'COMMIT_UNKNOWN')) continue;
        return this.#refused(message, again, true);
      }
      if (commit.message !== message) throw new Error(`${message} was found to be ${commit.message}`);
      return;
    }
  }

  /** Throws on, once it is seen that nothing was stored. */
  async #refused(message: string, error: unknown, resolved = false): Promise<never> {
    if (!isInfinitreeError(error)) throw error;
    const isConflict = error.code === 'INFINITREE_CONFLICT';
    if (isConflict && !resolved && !this.#terms.contended && !this.#terms.codes.has('CONFLICT')) {
      throw new Error(`${message}: CONFLICT, and nobody else has committed`, { cause: error });
    }
    this.#ledger.refuse(message);
    await this.#look();
    if (isConflict) await this.refresh();
    throw error;
  }

  /** Holds what is stored now against what was said until now: another writer goes on meanwhile. */
  async #look(): Promise<void> {
    const said = this.#ledger.copy();
    said.check(await this.#bucket.messages());
  }

  /** Makes a call again while it is rejected fittingly; in the end without any trouble. */
  async #until(work: (failed: number) => Promise<void>): Promise<void> {
    for (let failed = 0; ; failed++) {
      if (failed === PATIENCE) this.#bucket.heal();
      try {
        await work(failed);
        return;
      } catch (error) {
        this.#note(error);
        const code = isInfinitreeError(error) ? error.code.replace('INFINITREE_', '') : undefined;
        const fits = code !== undefined && (this.#terms.codes.has(code) || code === 'CONFLICT' || code === 'EXISTS');
        if (!fits || failed >= 2 * PATIENCE) throw error;
      }
    }
  }

  #note(error: unknown): void {
    const code = isInfinitreeError(error) ? error.code.replace('INFINITREE_', '') : String(error);
    this.#terms.met.set(code, (this.#terms.met.get(code) ?? 0) + 1);
  }
}
