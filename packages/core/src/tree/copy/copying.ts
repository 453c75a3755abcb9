import type { Backend } from '../../backend/backend.js';
import { toHex } from '../../bytes/hex.js';
import { throwIfAborted } from '../../errors.js';
import { isMissingObject } from '../../object/missing.js';
import { ObjectReader } from '../../object/object-reader.js';
import { Walk } from '../care/walk.js';
import type { Chain } from '../chain.js';
import { toCommit } from '../commit-info.js';
import { headName } from '../head-name.js';
import { conflict } from '../heads/head-store.js';
import type { Session } from '../session.js';
import { comparePositions, type Snapshot } from '../snapshot.js';
import { isSameFork } from '../succession.js';
import type { Committer } from '../write/committer.js';
import { Arrival, alreadyThere } from './arrival.js';
import type { CopyOptions, CopyReport } from './copy-report.js';
import { Reached } from './reached.js';
import { Transfer } from './transfer.js';

/** How often it begins anew where another process deletes what it is about to copy. */
const ATTEMPTS = 8;
/** The successor of a head whose tree goes on in another storage. */
const ELSEWHERE = new Uint8Array(32);

/**
 * Brings a tree into another storage. Order of writes: objects; for a move, the head that ends the source, and the objects
 * of what was committed until then; the key objects; the first head. Only with the last there is a tree, so that a stop
 * between any two leaves what the next call goes on with.
 */
export class Copying {
  readonly #session: Session;
  readonly #committer: Committer;
  readonly #target: Backend;
  readonly #options: CopyOptions;
  readonly #arrival: Arrival;
  readonly #transfer: Transfer;
  /** What is copied, pinned as a view pins what it looks at. */
  readonly #pin: { close(): Promise<void> } = { close: () => Promise.resolve() };
  readonly #pinned = new WeakRef(this.#pin);
  readonly #asked: Snapshot;
  readonly #chain: Chain;
  #total = 0;

  /** `asked`: the state to be copied. */
  constructor(session: Session, committer: Committer, asked: Snapshot, target: Backend, options: CopyOptions) {
    this.#session = session;
    this.#asked = asked;
    this.#chain = session.chain;
    session.views.set(this.#pinned, asked);
    this.#committer = committer;
    this.#target = target;
    this.#options = options;
    this.#arrival = new Arrival(session, target, options);
    this.#transfer = new Transfer(session, target, options, () => this.#tell());
  }

  async run(): Promise<CopyReport> {
    const session = this.#session;
    try {
      return await session.pinned(() => this.#run());
    } finally {
      session.views.delete(this.#pinned);
    }
  }

  async #run(): Promise<CopyReport> {
    const { move = false } = this.#options;
    const there = await this.#arrival.look();
    if (there !== undefined) {
      if (!move || !isMoved(this.#session.snapshot, there)) throw alreadyThere();
      return this.#report(there);
    }
    let state = await this.#bring(this.#asked);
    if (move) {
      await this.#end();
      state = await this.#bring(this.#session.snapshot);
    }
    // A cache may have them on their way still.
    await this.#target.flush?.(this.#options);
    const keys = await this.#arrival.putKeyObjects();
    throwIfAborted(this.#options.signal, 'Copying the tree');
    const fork = move ? state.care.fork : this.#session.context.entropy.bytes32().slice(0, 16);
    return this.#report(await this.#arrival.seal(state, keys, fork));
  }

  /**
   * Copies the objects of a state. Where another process has deleted some of them meanwhile, that state is over, and the
   * newest one is copied in its place; gives which it was.
   */
  async #bring(from: Snapshot): Promise<Snapshot> {
    let state = from;
    for (let attempt = 1; ; attempt++) {
      this.#session.views.set(this.#pinned, state);
      try {
        await this.#transfer.bring(await this.#reached(state));
        this.#requireSameKeys();
        return state;
      } catch (error) {
        if (!isMissingObject(error) || attempt === ATTEMPTS) throw error;
        state = await this.#session.later(state, error);
        this.#requireSameKeys();
      }
    }
  }

  /** What is brought under the keys of now is no tree together with what was brought under those before. */
  #requireSameKeys(): void {
    if (this.#session.chain === this.#chain) return;
    throw conflict('The tree was given new keys while it was copied, and nothing was made of that copy.');
  }

  /** Reads the index, and checks it. */
  async #reached(state: Snapshot): Promise<Reached> {
    const { context } = this.#session;
    const { done } = this.#transfer;
    const reached: Reached = new Reached(context.keys, () => {
      this.#total = Math.max(this.#total, done.size, reached.objects.size);
      this.#tell();
    });
    const reader = new ObjectReader(context, { fresh: true });
    const { signal } = this.#options;
    await new Walk(context.keys, reader, reached, { values: true, signal }).state(state);
    return reached;
  }

  /** Ends the source, unless an earlier call has done so. */
  async #end(): Promise<void> {
    const session = this.#session;
    await this.#committer.idle();
    await this.#committer.resolveUnknown(this.#options);
    if (session.snapshot.care.ended !== undefined) return;
    await this.#committer.exclusively(this.#options, async (writer) => {
      session.snapshot = await writer.writeLast(session.snapshot, ELSEWHERE, this.#options);
    });
  }

  #tell(): void {
    const done = this.#transfer.done.size;
    this.#total = Math.max(this.#total, done);
    this.#options.onProgress?.({ done, total: this.#total });
  }

  #report(copy: Snapshot): CopyReport {
    const { fork } = copy.care;
    return Object.freeze({
      commit: copy.last && toCommit(copy.last),
      head: headName(copy),
      fork: fork && toHex(fork),
      objects: this.#transfer.done.size,
      copied: this.#transfer.copied,
      unchecked: Object.freeze({ ...this.#transfer.unchecked }),
    });
  }
}

/** Whether what is in the target goes on from a tree that has ended: then an earlier call has finished the move. */
function isMoved({ position, care }: Snapshot, there: Snapshot): boolean {
  if (care.ended === undefined || !isSameFork(care.fork, there.care.fork)) return false;
  return comparePositions(there.position, position) > 0;
}
