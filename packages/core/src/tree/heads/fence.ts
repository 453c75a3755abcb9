import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { buildHead, type HeadImage } from '../../object/head-image.js';

const NOTHING = new Uint8Array(0);
const NO_HASH = new Uint8Array(32);

/** What is put in the place of a head, so that its epoch never has one. */
export function buildFence(context: ObjectContext, id: ObjectId, epoch: number): Uint8Array {
  const writeNonce = context.entropy.bytes32().slice(0, 16);
  const place = { id, epoch, headSequence: 0, sweepSequence: 0, previousHash: NO_HASH };
  // Without a checkpoint it fits into an object of any size.
  return (buildHead(context, { ...place, writeNonce, checkpoint: NOTHING }) as { bytes: Uint8Array }).bytes;
}

/** Whether a head is a fence: it has no state. */
export function isFence({ checkpoint }: HeadImage): boolean {
  return checkpoint.length === 0;
}
