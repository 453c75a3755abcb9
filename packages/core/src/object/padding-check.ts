import { padding } from '../crypto/chunk.js';
import type { TreeKeys } from '../crypto/tree-keys.js';
import { SALT_SIZE, SEALED_HEADER_SIZE } from '../format/header-layout.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import { PAGE_SIZE } from '../format/limits.js';
import type { ObjectContext } from './context.js';
import type { HeadImage } from './head-image.js';
import { MARK_BOX, openMark } from './journal.js';
import type { Journal } from './journal-scan.js';

/** Write-once objects have none: their ids are never written again. */
const NO_SALT = new Uint8Array(0);
/** As many bytes of a key stream are the same by chance never. */
const CERTAIN = 16;

/** The first place from `start` on where two byte strings of one length differ. */
function firstDifference(found: Uint8Array, expected: Uint8Array, start = 0): number | undefined {
  for (let i = start; i < expected.length; i++) if (found[i] !== expected[i]) return i;
  return undefined;
}

/**
 * The first place behind the content of a write-once object that is not its padding; `undefined` where there is none.
 *
 * @param end where the last chunk ends to which something refers. Chunks may follow to which nothing does, so the padding
 *   is looked for further behind, where it does not begin here; what comes before it cannot be checked.
 */
export function objectPaddingDamage(keys: TreeKeys, id: ObjectId, bytes: Uint8Array, end: number): number | undefined {
  const stream = padding(keys, idBytes(id), NO_SALT, bytes.length - end);
  const rest = bytes.subarray(end);
  const damage = firstDifference(rest, stream);
  if (damage === undefined) return undefined;
  const lastDiffers = firstDifference(rest, stream, Math.max(0, rest.length - CERTAIN)) !== undefined;
  if (damage >= CERTAIN || !lastDiffers) return end + damage;
  for (let start = 1; start + CERTAIN <= rest.length; start++) {
    if (rest[start] !== stream[0] || firstDifference(rest.subarray(start), stream.subarray(0, CERTAIN)) !== undefined) {
      continue;
    }
    const later = firstDifference(rest.subarray(start), stream.subarray(0, rest.length - start));
    return later === undefined ? undefined : end + start + later;
  }
  return end + damage;
}

/** The same for a key object: its padding comes behind its header. */
export function keyObjectPaddingDamage(keys: TreeKeys, id: ObjectId, bytes: Uint8Array): number | undefined {
  return saltedDamage(keys, id, bytes, 0, SEALED_HEADER_SIZE, bytes.length);
}

/** The first place of a head that neither opens nor is padding. */
export function headPaddingDamage(
  context: ObjectContext,
  image: HeadImage,
  bytes: Uint8Array,
  journal: Journal | undefined,
): number | undefined {
  const { keys } = context;
  const { id, header } = image;
  const used = SEALED_HEADER_SIZE + header.checkpointLength;
  const first = saltedDamage(keys, id, bytes, 0, used, journal === undefined ? bytes.length : header.journalStart);
  if (first !== undefined || journal === undefined) return first;
  for (const [i, { offset, end, markOffset }] of journal.frames.entries()) {
    const inFrame = saltedDamage(keys, id, bytes, offset, end, markOffset);
    if (inFrame !== undefined) return inFrame;
    const isLast = i === journal.frames.length - 1;
    if (openMark(context, id, bytes, markOffset) === undefined) {
      // A crash may have come before the last mark; all others were written before the next frame.
      if (!isLast) return markOffset;
      return unwrittenDamage(keys, image, bytes, markOffset);
    }
    const inMark = saltedDamage(keys, id, bytes, markOffset, markOffset + MARK_BOX, markOffset + PAGE_SIZE);
    if (inMark !== undefined) return inMark;
  }
  return unwrittenDamage(keys, image, bytes, journal.end);
}

/** What was never written is still the head's padding, but for pages of a frame that a crash has cut off. */
function unwrittenDamage(
  keys: TreeKeys,
  { id, header }: HeadImage,
  bytes: Uint8Array,
  from: number,
): number | undefined {
  const used = SEALED_HEADER_SIZE + header.checkpointLength;
  const stream = padding(keys, idBytes(id), bytes.subarray(0, SALT_SIZE), bytes.length - used);
  for (let page = from; page < bytes.length; page += PAGE_SIZE) {
    const found = bytes.subarray(page, page + PAGE_SIZE);
    const expected = stream.subarray(page - used, page - used + found.length);
    const damage = firstDifference(found, expected);
    if (damage === undefined) continue;
    let differing = 0;
    for (let i = 0; i < found.length; i++) if (found[i] !== expected[i]) differing += 1;
    if (differing < found.length / 2) return page + damage;
  }
  return undefined;
}

/** Compares `[from, to)` with the padding that begins at `from`, of the salt that stands at `saltAt`. */
function saltedDamage(
  keys: TreeKeys,
  id: ObjectId,
  bytes: Uint8Array,
  saltAt: number,
  from: number,
  to: number,
): number | undefined {
  const stream = padding(keys, idBytes(id), bytes.subarray(saltAt, saltAt + SALT_SIZE), to - from);
  const damage = firstDifference(bytes.subarray(from, to), stream);
  return damage === undefined ? undefined : from + damage;
}
