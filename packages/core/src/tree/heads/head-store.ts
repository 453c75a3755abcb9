import type { Cancel } from '../../backend/backend.js';
import type { Draw } from '../../crypto/entropy.js';
import { InfinitreeError, isInfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import type { HeadImage } from '../../object/head-image.js';
import type { Journal } from '../../object/journal-scan.js';
import type { HeadPosition, Snapshot } from '../snapshot.js';

/** What a head to be written says. */
export interface HeadContent {
  readonly checkpoint: Uint8Array;
  readonly writeNonce: Uint8Array;
  readonly sweepSequence: number;
  /** Given, the head ends its chain: what the header says then. Nobody writes upon it. */
  readonly successor?: Uint8Array | undefined;
}

/**
 * Makes the content of a new head. `current` is the state that is in storage now: the caller decides whether it still
 * is what the new head builds upon. What the content refers to is durable when this resolves.
 */
export type PrepareHead = (current: Snapshot, place: HeadPlace) => Promise<HeadContent>;

/** Makes the content of the first head in a storage. */
export type PrepareFirst = (place: HeadPlace) => Promise<HeadContent>;

/** Where a head comes to stand in the order of heads. */
export interface HeadPlace {
  readonly epoch: number;
  readonly headSequence: number;
  /**
   * Whether the current state is durable where it was found, and shown to everybody. Where it is not, a head that says the
   * same has to make it so: nobody could `refresh()` to what is not shown.
   */
  readonly secured: boolean;
}

/** Older heads that are kept, for a newest one that turns out damaged. */
export const KEPT_HEADS = 2;

export interface ReadHeads extends Cancel {
  /** Takes the newest state that opens, where the newest one is damaged. For looking only. */
  readonly acceptOlderHead?: boolean | undefined;
  /** A head that was seen before: what it names needs no other proof that it was acknowledged. */
  readonly expectHead?: string | undefined;
}

export interface ReplaceHeads extends ReadHeads {
  /** A state of another chain of the tree, which the new head comes behind as well. */
  readonly behind?: Pick<HeadPosition, 'epoch' | 'headSequence'> | undefined;
}

/** A head as it stands in storage. */
export interface StoredHead {
  readonly bytes: Uint8Array;
  readonly image: HeadImage;
  /** Undefined where heads have none. Where it `continues`, it is damaged at its end. */
  readonly journal: Journal | undefined;
  readonly snapshot: Snapshot;
}

/** The mutable part of a tree, by one of two protocols; `docs/format/commit.md` argues both. */
export interface HeadStore {
  /** The newest state; undefined where there is no head at all. */
  newest(options: ReadHeads): Promise<Snapshot | undefined>;
  /** Which of the two protocols it is. */
  readonly protocol: 'cas' | 'epoch';
  /** How much of the room for frames behind the newest head is taken, as a fraction; 1 where none can be appended. */
  readonly filled: number;
  /** Writes the first head of a new tree. */
  create(content: HeadContent, options: Cancel): Promise<HeadPosition>;
  /**
   * Appends a frame behind `base`; `undefined` where that needs a new head. Rejects with {@link UnknownOutcome} when the
   * frame may be in storage without being acknowledged. `draw` gives the salts of this write.
   */
  append(base: HeadPosition, body: Uint8Array, writeNonce: Uint8Array, draw: Draw): Promise<HeadPosition | undefined>;
  /** Writes a new head over the state that is found. Rejects with {@link UnknownOutcome} as `append` does. */
  replace(base: Snapshot, prepare: PrepareHead, options: ReplaceHeads): Promise<HeadPosition>;
  /**
   * After an unknown outcome: a state that nothing can change behind our back, in which what was written either is or
   * never will be. Rejects where that cannot be told now.
   */
  settle(carry: PrepareHead, options: Cancel): Promise<Snapshot>;
  /**
   * Writes the first head in this storage of a tree that goes on from a state in another one. Of several who do, one comes
   * through; the others get `CONFLICT`, as does who finds a head of the tree. Rejects with {@link UnknownOutcome} as
   * `append` does.
   */
  begin(after: HeadPosition, prepare: PrepareFirst, options: Cancel): Promise<HeadPosition>;
  /** Removes the head and the claims of a tree that never came to be. */
  withdraw(): Promise<void>;
  /** Removes what newer heads have made superfluous. Failing is no loss: the next head tries again. */
  tidy(snapshot: Snapshot): Promise<void>;
  /** The ids of the heads that stay: that of this state, then those of older ones, newest first. */
  standing(snapshot: Snapshot): readonly ObjectId[];
  /** One head, with its journal; undefined where it is not there. Throws `CORRUPT` where it does not open. */
  read(id: ObjectId, options: Cancel): Promise<StoredHead | undefined>;
  /** Removes the claims that the head of this state has made superfluous, or with `dryRun` only counts them. */
  dropClaims(snapshot: Snapshot, options: Cancel & { readonly dryRun: boolean }): Promise<number>;
  /** Finishes what can be finished at the end. Never rejects: no commit needs it, and the lock is yet to be released. */
  close(): Promise<void>;
}

/** A write of which nobody knows yet whether it took effect. Never leaves the tree: users get `COMMIT_UNKNOWN`. */
export class UnknownOutcome extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'UnknownOutcome';
  }
}

/** For whom it makes no difference whether what was written is there. */
export function troubleOf({ message, cause }: UnknownOutcome): InfinitreeError {
  return isInfinitreeError(cause) ? cause : new InfinitreeError('BACKEND', message, { cause, retryable: true });
}

export function conflict(what: string): InfinitreeError {
  return new InfinitreeError(
    'CONFLICT',
    `${what} Call refresh() to take over its commits, then commit again; what you changed is still staged.`,
  );
}

export function gone(): InfinitreeError {
  return new InfinitreeError(
    'CORRUPT',
    'The heads of this tree are missing from the storage. Nothing was changed. Bring them back from a copy.',
  );
}
