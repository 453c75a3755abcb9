import type { Cancel } from '../../backend/backend.js';
import type { ObjectId } from '../../format/ids.js';
import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import type { ObjectContext } from '../../object/context.js';
import { type HeadImage, parseHead } from '../../object/head-image.js';
import type { Frame } from '../../object/journal.js';
import { damagedObject, isMissingObject } from '../../object/missing.js';
import type { ObjectReader } from '../../object/object-reader.js';
import { decodeBase, isExtent } from '../records/base.js';
import { type Checkpoint, decodeCheckpoint } from '../records/checkpoint.js';
import { decodeFrameBody } from '../records/commit.js';
import { comparePositions, type HeadPosition, makeSnapshot, type Snapshot } from '../snapshot.js';

/** Reads an authentic head, or throws `CORRUPT`. */
export function requireHead(context: ObjectContext, id: ObjectId, bytes: Uint8Array): HeadImage {
  const image = parseHead(context, id, bytes);
  if (image !== undefined) return image;
  throw damagedObject(
    id,
    undefined,
    `The head ${id} does not open: its bytes (${bytes.length} of ${context.objectSize}) are damaged. Nothing was changed. ` +
      'Bring it back from a copy of this storage, or look at the state before it with `readonly` and `acceptOlderHead`.',
  );
}

/** The state that a head and the frames of its journal make. */
export async function snapshotOf(
  reader: ObjectReader,
  image: HeadImage,
  frames: readonly Frame[],
  options: Cancel,
): Promise<Snapshot> {
  const checkpoint: Checkpoint = decodeCheckpoint(image.checkpoint);
  const spilled = isExtent(checkpoint.base) ? checkpoint.base : undefined;
  const base = isExtent(checkpoint.base)
    ? decodeBase(await reader.read(checkpoint.base, MAX_PAYLOAD_PLAIN, options.signal))
    : checkpoint.base;
  const tail = [...checkpoint.tail, ...frames.flatMap((frame) => decodeFrameBody(frame.body))];
  const { credentials, olderHeads, replaced, fork, dropboxes, history, rotation } = checkpoint;
  const { sweepSequence, successor: ended } = image.header;
  const care = { credentials, olderHeads, replaced, sweepSequence, fork, dropboxes, history, rotation, ended };
  return makeSnapshot(positionOf(image, frames.at(-1)), base, spilled, tail, care);
}

/** A head that was found, and the frames behind it. */
interface Found {
  readonly image: HeadImage;
  readonly frames: readonly Frame[];
}

/**
 * The state of the head that `find` finds. What that head refers to may be deleted once a later one stands, which is then
 * taken in its place; never an earlier one, or a storage that shows two in turns would keep it going for ever.
 */
export async function stateFound(
  reader: ObjectReader,
  find: () => Promise<Found | undefined>,
  options: Cancel,
): Promise<Snapshot | undefined> {
  let found = await find();
  while (found !== undefined) {
    try {
      return await snapshotOf(reader, found.image, found.frames, options);
    } catch (error) {
      if (!isMissingObject(error)) throw error;
      const later = await find();
      if (later === undefined || !isLater(later, found)) throw error;
      found = later;
    }
  }
  return undefined;
}

function isLater(found: Found, known: Found): boolean {
  const [a, b] = [positionOf(found.image, found.frames.at(-1)), positionOf(known.image, known.frames.at(-1))];
  return comparePositions(a, b) > 0;
}

export function positionOf(image: HeadImage, last: Frame | undefined): HeadPosition {
  const { id, header, hash } = image;
  return {
    id,
    keyEpoch: header.keyEpoch,
    epoch: header.epoch,
    headSequence: last?.headSequence ?? header.headSequence,
    hash: last?.hash ?? hash,
  };
}
