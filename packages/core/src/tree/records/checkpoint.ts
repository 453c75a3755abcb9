import { decodeCbor, encodeCbor } from '../../codec/cbor.js';
import type { Extent } from '../../format/extent.js';
import { idBytes } from '../../format/id-bytes.js';
import type { ObjectId } from '../../format/ids.js';
import {
  type CommitBody,
  type CommitRecord,
  decodeCommitBody,
  type FieldIdentity,
  readCommit,
  readIdentity,
  writeCommit,
  writeIdentity,
} from './commit.js';
import { type CredentialEntry, readCredential, writeCredential } from './credential.js';
import { type DropboxEntry, readDropbox, writeDropbox } from './dropbox.js';
import { readExtent, writeExtent } from './extent.js';
import { type KeyHistory, readKeyHistory, writeKeyHistory } from './key-history.js';
import { type Rotation, readRotation, writeRotation } from './rotation.js';
import { type RunRef, readRun, writeRun } from './run.js';
import { bytes, flag, id, integer, list, maybe } from './shape.js';

/** A field as the last fold left it. */
export interface FieldBase {
  readonly field: FieldIdentity;
  /** Sequences of the commits that cleared it, ascending. */
  readonly clears: readonly number[];
  readonly runs: readonly RunRef[];
}

/** Everything up to the last fold. It changes only when folding, and moves to an object of its own when it grows. */
export interface Base {
  /** The newest commit that was folded. */
  readonly last: CommitRecord | undefined;
  /** The newest node of the log; each names the one before. */
  readonly log: Extent | undefined;
  /** Whether the newest node of the log lies in the young pack, so that the next fold writes it again. */
  readonly youngLog: boolean;
  /** Ordered by name, type and strategy. */
  readonly fields: readonly FieldBase[];
  /** The objects of the last pack, while it is small enough to be written again together with what comes next. */
  readonly youngObjects: readonly ObjectId[];
  readonly youngBytes: number;
}

/** Objects that were replaced and go once nobody can still be reading them. */
export interface Replaced {
  readonly objects: readonly ObjectId[];
  /** The head sequence and the time of the head that replaced them. */
  readonly headSequence: number;
  readonly epoch: number;
  readonly time: number;
}

/** What a head carries. */
export interface Checkpoint {
  /** The base itself, or where it was put when it had grown too large for a head. */
  readonly base: Base | Extent;
  /** Commits since the last fold, oldest first. */
  readonly tail: readonly CommitBody[];
  readonly credentials: readonly CredentialEntry[];
  /** Epochs of older heads that are still there. */
  readonly olderHeads: readonly number[];
  readonly replaced: readonly Replaced[];
  /** Tells a copy from its source, which has the same keys; undefined in a tree that is none. */
  readonly fork: Uint8Array | undefined;
  readonly dropboxes: readonly DropboxEntry[];
  /** What is left of earlier key epochs; undefined in a tree that was never given new keys. */
  readonly history: KeyHistory | undefined;
  /** How far the tree has come with new keys; undefined where nothing is under way. */
  readonly rotation: Rotation | undefined;
}

const FORK_SIZE = 16;

export const EMPTY_BASE: Base = {
  last: undefined,
  log: undefined,
  youngLog: false,
  fields: [],
  youngObjects: [],
  youngBytes: 0,
};

export function isExtent(base: Base | Extent): base is Extent {
  return 'segments' in base;
}

function writeBase(base: Base): unknown {
  return [
    base.last === undefined ? null : writeCommit(base.last),
    base.log === undefined ? null : writeExtent(base.log),
    base.youngLog,
    base.fields.map(({ field, clears, runs }) => [...writeIdentity(field), clears, runs.map(writeRun)]),
    base.youngObjects.map(idBytes),
    base.youngBytes,
  ];
}

function readBase(value: unknown): Base {
  const [last, log, youngLog, fields, youngObjects, youngBytes] = list(value, 6);
  return {
    last: maybe(last, readCommit),
    log: maybe(log, readExtent),
    youngLog: flag(youngLog),
    fields: list(fields).map((entry) => {
      const [name, type, strategy, clears, runs] = list(entry, 5);
      return {
        field: readIdentity(name, type, strategy),
        clears: list(clears).map(integer),
        runs: list(runs).map(readRun),
      };
    }),
    youngObjects: list(youngObjects).map(id),
    youngBytes: integer(youngBytes),
  };
}

export function encodeBase(base: Base): Uint8Array {
  return encodeCbor(writeBase(base));
}

export function decodeBase(payload: Uint8Array): Base {
  return readBase(decodeCbor(payload));
}

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { base } = checkpoint;
  return encodeCbor([
    isExtent(base) ? null : writeBase(base),
    isExtent(base) ? writeExtent(base) : null,
    checkpoint.tail.map((body) => body.encoded),
    checkpoint.credentials.map(writeCredential),
    checkpoint.olderHeads,
    checkpoint.replaced.map(({ objects, headSequence, epoch, time }) => [
      objects.map(idBytes),
      headSequence,
      epoch,
      time,
    ]),
    checkpoint.fork ?? null,
    checkpoint.dropboxes.map(writeDropbox),
    checkpoint.history === undefined ? null : writeKeyHistory(checkpoint.history),
    checkpoint.rotation === undefined ? null : writeRotation(checkpoint.rotation),
  ]);
}

export function decodeCheckpoint(payload: Uint8Array): Checkpoint {
  const items = list(decodeCbor(payload), 10);
  const [base, spilled, tail, credentials, olderHeads, replaced, fork, dropboxes, history, rotation] = items;
  return {
    base: maybe(base, readBase) ?? readExtent(spilled),
    tail: list(tail).map((encoded) => decodeCommitBody(bytes(encoded))),
    credentials: list(credentials).map(readCredential),
    olderHeads: list(olderHeads).map(integer),
    replaced: list(replaced).map((entry) => {
      const [objects, headSequence, epoch, time] = list(entry, 4);
      return {
        objects: list(objects).map(id),
        headSequence: integer(headSequence),
        epoch: integer(epoch),
        time: integer(time),
      };
    }),
    fork: maybe(fork, (value) => bytes(value, FORK_SIZE)),
    dropboxes: list(dropboxes).map(readDropbox),
    history: maybe(history, readKeyHistory),
    rotation: maybe(rotation, readRotation),
  };
}
