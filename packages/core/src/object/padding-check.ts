import { padding } from '../crypto/chunk.js';
import type { TreeKeys } from '../crypto/tree-keys.js';
import { KEY_OBJECT_HEADERS, SALT_SIZE, SEALED_HEADER_SIZE } from '../format/header-layout.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import { PAGE_SIZE } from '../format/limits.js';
import type { ObjectContext } from './context.js';
import type { HeadImage } from './head-image.js';
import { type Frame, MARK_BOX, openMark } from './journal.js';
import type { Journal } from './journal-scan.js';
import { CERTAIN, firstDifference, strangeToPart, strangeToWrite, strangeToWritten } from './torn-write.js';

/** Write-once objects have none: their ids are never written again. */
const NO_SALT = new Uint8Array(0);

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

/** The same for a key object: its padding comes behind its two headers. */
export function keyObjectPaddingDamage(keys: TreeKeys, id: ObjectId, bytes: Uint8Array): number | undefined {
  return saltedDamage(keys, id, bytes, 0, KEY_OBJECT_HEADERS, bytes.length);
}

/**
 * The first place of a head that neither opens nor is padding. What a power cut may leave of the last frame, of the last
 * two marks and of a frame that was begun is no damage.
 */
export function headPaddingDamage(
  context: ObjectContext,
  image: HeadImage,
  bytes: Uint8Array,
  journal: Journal | undefined,
): number | undefined {
  const { keys } = context;
  const { id, header } = image;
  const used = SEALED_HEADER_SIZE + header.checkpointLength;
  const unwritten = padding(keys, idBytes(id), bytes.subarray(0, SALT_SIZE), bytes.length - used);
  const before = (from: number, to: number): Uint8Array => unwritten.subarray(from - used, to - used);
  const end = journal === undefined ? bytes.length : header.journalStart;
  const first = firstDifference(bytes.subarray(used, end), before(used, end));
  if (first !== undefined) return used + first;
  if (journal === undefined) return undefined;
  for (const [i, frame] of journal.frames.entries()) {
    const left = journal.frames.length - 1 - i;
    const damage = frameDamage(context, id, bytes, before, frame, left);
    if (damage !== undefined) return damage;
  }
  const rest = strangeToWrite(bytes.subarray(journal.end), before(journal.end, bytes.length));
  return rest === undefined ? undefined : journal.end + rest;
}

/** `left`: how many frames follow. Each was written when the mark before the last one was durable. */
function frameDamage(
  context: ObjectContext,
  id: ObjectId,
  bytes: Uint8Array,
  before: (from: number, to: number) => Uint8Array,
  { offset, end, markOffset }: Frame,
  left: number,
): number | undefined {
  const { keys } = context;
  /** Padding that was written: whole, or where it was the last write perhaps only in part. */
  const written = (saltAt: number, from: number, to: number, last: boolean): number | undefined => {
    const stream = padding(keys, idBytes(id), bytes.subarray(saltAt, saltAt + SALT_SIZE), to - from);
    const found = bytes.subarray(from, to);
    const damage = last ? strangeToWritten(found, stream) : firstDifference(found, stream);
    return damage === undefined ? undefined : from + damage;
  };
  const inFrame = written(offset, end, markOffset, left === 0);
  if (inFrame !== undefined) return inFrame;
  const [markEnd, pageEnd] = [markOffset + MARK_BOX, markOffset + PAGE_SIZE];
  const behind = firstDifference(bytes.subarray(markEnd, pageEnd), before(markEnd, pageEnd));
  if (openMark(context, id, bytes, markOffset) !== undefined)
    return behind === undefined ? undefined : markEnd + behind;
  // All marks but the last two were durable before the last frame was written.
  if (left > 1) return markOffset;
  if (behind !== undefined) return markEnd + behind;
  const damage = strangeToPart(bytes.subarray(markOffset, markEnd), before(markOffset, markEnd));
  return damage === undefined ? undefined : markOffset + damage;
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
