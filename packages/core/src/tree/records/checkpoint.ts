import { decodeCbor, encodeCbor } from '../../codec/cbor.js';
import type { Extent } from '../../format/extent.js';
import { idBytes } from '../../format/id-bytes.js';
import type { ObjectId } from '../../format/ids.js';
import { type Base, isExtent, readBase, writeBase } from './base.js';
import { type CommitBody, decodeCommitBody } from './commit.js';
import { type CredentialEntry, readCredential, writeCredential } from './credential.js';
import { type DropboxEntry, readDropbox, writeDropbox } from './dropbox.js';
import { readExtent, writeExtent } from './extent.js';
import { type KeyHistory, readKeyHistory, writeKeyHistory } from './key-history.js';
import { type Rotation, readRotation, writeRotation } from './rotation.js';
import { bytes, id, integer, list, maybe } from './shape.js';

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
