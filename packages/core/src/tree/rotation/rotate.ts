import type { Cancel } from '../../backend/backend.js';
import { lockName } from '../../crypto/own-ids.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import { InfinitreeError, isInfinitreeError, throwIfAborted } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { openKeyObjects } from '../../object/key-object.js';
import { isMissingObject } from '../../object/missing.js';
import { headName } from '../head-name.js';
import { conflict, gone } from '../heads/head-store.js';
import { checkNotOlder } from '../rollback.js';
import type { Session } from '../session.js';
import { Slices } from '../slices.js';
import { type Snapshot, sequenceOf } from '../snapshot.js';
import { goesOnUnderNewKeys, requireGoesOn } from '../succession.js';
import type { Committer } from '../write/committer.js';
import type { HeadWriter } from '../write/head-writer.js';
import { settleIn } from './finish.js';
import { handOver } from './hand-over.js';
import { interruptedMove, moveStorage } from './move-storage.js';
import { NextChain, readersOnly } from './next-chain.js';
import { drawNext, isExposed, openNext, sealNext } from './prepared.js';
import { IndexResealing, type Resealed } from './reseal-index.js';
import type { RotateOptions, RotateReport } from './rotate-report.js';

/** How often it begins anew where another process commits, or deletes what is about to be sealed again. */
const ATTEMPTS = 8;

/**
 * Gives a tree a new root secret. `docs/design/rotation.md` has the order of writes and why a stop between any two of them
 * leaves a tree that opens.
 */
export async function rotateTree(
  session: Session,
  committer: Committer,
  options: RotateOptions,
): Promise<RotateReport> {
  session.requireWriter();
  const { policy = 'index' } = options;
  if (!['index', 'all'].includes(policy)) {
    throw new InfinitreeError('INVALID_ARGUMENT', "The option \"policy\" is 'index' or 'all'.");
  }
  if (!session.context.keys.readsStorage) throw readersOnly();
  throwIfAborted(options.signal, 'Giving the tree new keys');
  await committer.idle();
  await committer.resolveUnknown(options);
  const over = await goneOn(session, committer, options);
  const isMoving = over === undefined && policy === 'all';
  const goesOn = isMoving ? await interruptedMove(session, options) : over?.isSafe === true ? over.newest : undefined;
  const rotated: Done =
    goesOn === undefined ? await newKeys(session, committer, options) : { newest: goesOn, written: 0, done: 0 };
  const { newest: from, written, done } = rotated;
  const moves =
    policy === 'all'
      ? await moveStorage(session, committer, { ...options, from, done })
      : { newest: from, moved: 0, kept: 0, damaged: 0 };
  const { newest, moved, kept, damaged } = moves;
  return Object.freeze({ keyEpoch: newest.position.keyEpoch, head: headName(newest), written, moved, kept, damaged });
}

/** Rotates until nobody can know the secrets who is not to. */
async function newKeys(session: Session, committer: Committer, options: RotateOptions): Promise<Done> {
  let [written, done] = [0, 0];
  session.moving = undefined;
  for (;;) {
    const rotation = new Rotating(session, committer, options, done);
    const { newest, isSafe } = await rotation.run();
    written += rotation.written;
    done = rotation.done;
    if (isSafe) return { newest, written, done };
  }
}

interface Done {
  readonly newest: Snapshot;
  /** Index objects that were written. */
  readonly written: number;
  /** Objects that were sealed again, as progress is told of them. */
  readonly done: number;
}

/**
 * Where the tree has gone on under new keys already: what came of it, if it was this handle that gave it them and was
 * interrupted; otherwise it is told of another writer.
 */
async function goneOn(session: Session, committer: Committer, options: Cancel): Promise<Rotated | undefined> {
  const { snapshot, rotating } = session;
  const { keyEpoch } = snapshot.position;
  if (keyEpoch === session.context.keys.keyEpoch && !goesOnUnderNewKeys(snapshot)) return undefined;
  const newest = await session.newest(options);
  checkNotOlder(snapshot, newest);
  if (rotating?.keyEpoch !== keyEpoch) throw conflict('Another writer has given the tree new keys.');
  return { newest: await adopt(session, committer, newest, options), isSafe: rotating.isSafe };
}

/** Does what is left to do in the chain that counts now. What others have committed meanwhile is left to `refresh()`. */
async function adopt(session: Session, committer: Committer, found: Snapshot, options: Cancel): Promise<Snapshot> {
  const newest = await settleIn(session, found, options);
  session.rotating = undefined;
  if (sequenceOf(newest) === sequenceOf(session.snapshot)) session.snapshot = newest;
  else committer.overtaken();
  return newest;
}

interface Rotated {
  readonly newest: Snapshot;
  /** Whether nobody can know the secrets but those who may open the tree with them. If not, it is to be given others. */
  readonly isSafe: boolean;
}

/** One rotation, from the key epoch of the session to the next. */
class Rotating {
  readonly #session: Session;
  readonly #committer: Committer;
  readonly #options: RotateOptions;
  readonly #before: Session['chain'];
  readonly #seen = new Set<ObjectId>();
  /** Objects that were done before. */
  readonly #earlier: number;
  #resealing: IndexResealing | undefined;

  constructor(session: Session, committer: Committer, options: RotateOptions, earlier: number) {
    this.#session = session;
    this.#committer = committer;
    this.#options = options;
    this.#before = session.chain;
    this.#earlier = earlier;
  }

  get done(): number {
    return this.#earlier + this.#seen.size;
  }

  /** Index objects that were written. */
  get written(): number {
    return this.#resealing?.written ?? 0;
  }

  async run(): Promise<Rotated> {
    const session = this.#session;
    const next = await this.#prepared();
    const { keyEpoch } = this.#before.context.keys;
    session.rotating = { keyEpoch, isSafe: false };
    try {
      const { clock } = session.environment;
      const chain = new NextChain(this.#before, next, session.snapshot, clock, this.#options);
      const index = this.#resealer(chain);
      await session.pinned(() => this.#reseal(index, session.snapshot));
      return await this.#committer.exclusively(this.#options, (writer) =>
        session.pinned(() => this.#changeOver(writer, chain, index)),
      );
    } catch (error) {
      if (session.context.keys !== next) next.wipe();
      throw error;
    }
  }

  /** The next keys. Nothing is written under them before their secret is durable where each key of the tree finds it. */
  #prepared(): Promise<TreeKeys> {
    const session = this.#session;
    return this.#committer.exclusively(this.#options, async (writer) => {
      const { context, snapshot } = session;
      const { rotation, history, credentials } = snapshot.care;
      if (rotation?.stage === 'prepared') return openNext(session, rotation.next, this.#options);
      const limit = context.objectSize / 1024;
      if ((history?.epochs.length ?? 0) >= limit) {
        throw new InfinitreeError(
          'UNSUPPORTED',
          `A tree of objects this size is given new keys ${limit} times at most. Copy its fields into a new tree.`,
        );
      }
      const next = drawNext(context.keys, context.entropy);
      const prepared = sealNext(next, context.entropy, credentials);
      try {
        session.drawn = lockName(next);
        session.snapshot = await writer.writeCare(snapshot, { rotation: prepared }, this.#options);
        return next;
      } catch (error) {
        next.wipe();
        throw error;
      }
    });
  }

  #resealer({ chain }: NextChain): IndexResealing {
    const { signal, onProgress } = this.#options;
    const onObject = (id: ObjectId): void => {
      if (this.#seen.has(id)) return;
      this.#seen.add(id);
      onProgress?.({ done: this.done });
    };
    const slices = new Slices('Giving the tree new keys', signal);
    const { reader } = this.#before;
    this.#resealing = new IndexResealing({ reader, next: chain.context, slices, signal, onObject });
    return this.#resealing;
  }

  /** Seals a state again. Where another process has deleted some of it meanwhile, the newest state in its place. */
  async #reseal(index: IndexResealing, from: Snapshot): Promise<{ state: Snapshot; resealed: Resealed }> {
    let state = from;
    for (let attempt = 1; ; attempt++) {
      this.#requireSame();
      try {
        return { state, resealed: await index.state(state) };
      } catch (error) {
        if (!isMissingObject(error) || attempt === ATTEMPTS) throw error;
        state = await this.#session.later(state, error);
      }
    }
  }

  /** Brings what is missing in the next chain, and makes it the one that counts. Nobody commits through this handle. */
  async #changeOver(writer: HeadWriter, next: NextChain, index: IndexResealing): Promise<Rotated> {
    const session = this.#session;
    let newest = session.snapshot;
    for (let attempt = 1; ; attempt++) {
      try {
        const { first, isSafe } = await this.#attempt(writer, next, index, newest);
        return { newest: await adopt(session, this.#committer, first, this.#options), isSafe };
      } catch (error) {
        const isBehind = isInfinitreeError(error, 'CONFLICT') && session.chain === this.#before;
        if (!isBehind || attempt === ATTEMPTS) throw error;
        newest = await this.#newest();
      }
    }
  }

  /** Rejects with `CONFLICT` where another writer was first. */
  async #attempt(
    writer: HeadWriter,
    next: NextChain,
    index: IndexResealing,
    newest: Snapshot,
  ): Promise<{ readonly first: Snapshot; readonly isSafe: boolean }> {
    const session = this.#session;
    const { state, resealed } = await this.#reseal(index, newest);
    await session.context.backend.flush?.(this.#options);
    const first = await next.first(state, resealed);
    const keyObject = await this.#handOver(next, state);
    const isSafe = this.#isSafe(next, state);
    // If it stands although that is not known, nothing else says so later.
    session.rotating = { keyEpoch: this.#before.context.keys.keyEpoch, isSafe };
    const last = await writer.writeLast(state, first.position.hash, this.#options);
    session.enter(next.chain, first, keyObject, { chain: this.#before, last });
    return { first, isSafe };
  }

  /** What somebody else has begun may have been begun by whoever is to be shut out, with secrets of their own. */
  #isSafe({ chain }: NextChain, { care: { rotation, credentials } }: Snapshot): boolean {
    const isOwn = this.#session.drawn === lockName(chain.context.keys);
    return isOwn && rotation?.stage === 'prepared' && !isExposed(rotation.next, credentials);
  }

  async #newest(): Promise<Snapshot> {
    const newest = await this.#before.heads.newest(this.#options);
    if (newest === undefined) throw gone();
    requireGoesOn(newest);
    return newest;
  }

  /** Gives each key what it opens the tree with from then on; that of this handle is opened once more. */
  async #handOver({ chain }: NextChain, { care }: Snapshot): Promise<Session['keyObject']> {
    const session = this.#session;
    const { backend, keys } = chain.context;
    await handOver(
      session,
      chain.context,
      care.credentials.filter(({ live }) => live),
      this.#options,
    );
    const opened = await openKeyObjects(backend, keys.suite, session.credential, session.asking(this.#options));
    const own = opened.find((one) => keys.equals(one.keys));
    for (const one of opened) one.keys.wipe();
    if (own !== undefined) return { id: own.id, sealed: own.sealed, credentialId: own.record.credentialId };
    throw new InfinitreeError(
      'BACKEND',
      'The storage does not show the key object that it took a moment ago. The tree opens as before; call again.',
      { retryable: true },
    );
  }

  #requireSame(): void {
    if (this.#session.chain !== this.#before) throw conflict('Another writer has given the tree new keys.');
  }
}
