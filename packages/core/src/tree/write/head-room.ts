import { encodeCbor } from '../../codec/cbor.js';
import { pack } from '../../codec/compression.js';
import { InfinitreeError } from '../../errors.js';
import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import { checkpointRoom } from '../../object/head-image.js';
import { type Checkpoint, encodeCheckpoint, type Replaced } from '../records/checkpoint.js';
import { writeCredential } from '../records/credential.js';
import { writeDropbox } from '../records/dropbox.js';
import { writeKeyHistory } from '../records/key-history.js';

/** What the place of a base that stands apart takes at most, in one object or two. */
const PLACE_SIZE = 128;

/** A checkpoint, encoded; undefined where no head has the room for it, or nobody would read it. */
export function fitting(checkpoint: Checkpoint, objectSize: number): Uint8Array | undefined {
  return fit(checkpoint, checkpointRoom(objectSize));
}

/** Whether a checkpoint would have room if its base stood apart. */
export function fitsApart(checkpoint: Checkpoint, objectSize: number): boolean {
  return (
    fit({ ...checkpoint, base: { codec: 0, segments: [] } }, checkpointRoom(objectSize) - PLACE_SIZE) !== undefined
  );
}

function fit(checkpoint: Checkpoint, room: number): Uint8Array | undefined {
  const encoded = encodeCheckpoint(checkpoint);
  const isRead = encoded.length <= MAX_PAYLOAD_PLAIN;
  return isRead && pack(encoded).bytes.length <= room ? encoded : undefined;
}

/**
 * The newest entries, of at most so many objects. While a view is open, or where nothing can be deleted, the list would
 * grow until no head could hold it and no commit was possible. What falls off is an orphan, found by an inventory.
 */
export function capped(
  replaced: readonly Replaced[],
  objectSize: number,
  most: number = objectSize / 2048,
): readonly Replaced[] {
  const kept: Replaced[] = [];
  let room = most;
  for (const entry of replaced.toReversed()) {
    const objects = entry.objects.slice(0, room);
    room -= objects.length;
    if (objects.length > 0) kept.push({ ...entry, objects });
  }
  return kept.reverse();
}

/** The list of what was replaced, as far as there is room for it beside all else. */
export function cappedToFit(checkpoint: Checkpoint, objectSize: number): readonly Replaced[] {
  let { replaced } = checkpoint;
  for (let most = objectSize / 4096; replaced.length > 0; most = Math.floor(most / 2)) {
    if (fitting({ ...checkpoint, replaced }, objectSize) !== undefined) return replaced;
    replaced = capped(replaced, objectSize, most);
  }
  return replaced;
}

/**
 * Throws `UNSUPPORTED` where there is no room for what has to stand in each head, whatever is put elsewhere. To be called before
 * anything is written for a head.
 */
export function requireRoom(checkpoint: Checkpoint, objectSize: number): void {
  if (!fitsApart({ ...checkpoint, tail: [], replaced: [] }, objectSize)) throw noRoom(checkpoint, objectSize);
}

/** Says what takes the room: all that cannot stand elsewhere, the largest first. */
export function noRoom(checkpoint: Checkpoint, objectSize: number): InfinitreeError {
  const { dropboxes, credentials, history } = checkpoint;
  const sizes: [string, number][] = [
    [`${dropboxes.length} dropboxes`, sizeOf(dropboxes.map(writeDropbox))],
    [`${credentials.length} keys`, sizeOf(credentials.map(writeCredential))],
  ];
  if (history !== undefined)
    sizes.push([`${history.epochs.length} earlier key epochs`, sizeOf(writeKeyHistory(history))]);
  const parts = sizes.toSorted(([, a], [, b]) => b - a).map(([what, size]) => `${what} (${size} bytes)`);
  return new InfinitreeError(
    'UNSUPPORTED',
    `A head has no room for what it has to say of the tree's ${parts.join(', ')}: with objects of ${objectSize} bytes it takes ` +
      `${checkpointRoom(objectSize)}. The tree is as it was. Remove dropboxes or keys, or give them shorter labels and fewer fields.`,
  );
}

function sizeOf(part: unknown): number {
  return encodeCbor(part).length;
}
