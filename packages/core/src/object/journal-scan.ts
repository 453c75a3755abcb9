import { sameBytes } from '../bytes/compare.js';
import { padding } from '../crypto/chunk.js';
import { SALT_SIZE, SEALED_HEADER_SIZE } from '../format/header-layout.js';
import { idBytes } from '../format/id-bytes.js';
import { MAX_FRAME_BODY, PAGE_SIZE, toPages } from '../format/limits.js';
import type { ObjectContext } from './context.js';
import type { HeadImage } from './head-image.js';
import { type Frame, openFrame, openFrameHeader, openMark } from './journal.js';

/** What stands in a head's journal. */
export interface Journal {
  /** The frames that follow one another without a gap. */
  readonly frames: readonly Frame[];
  /** Whether the last of them has its mark; true where there is none. */
  readonly marked: boolean;
  /** Where the next frame would be written. */
  readonly end: number;
  /**
   * Whether something authentic stands behind the end. Then a frame in the middle is damaged, or was being written
   * while it was read: only reading again tells.
   */
  readonly continues: boolean;
}

/** How far behind an unreadable frame its own mark and the next frame can lie. */
const REACH = toPages(MAX_FRAME_BODY + PAGE_SIZE) + 2 * PAGE_SIZE;

/** Whether as much of a head as was read holds its whole journal, and all that could tell of more. */
export function holdsJournal({ header }: HeadImage, { end }: Journal, read: number): boolean {
  return header.successor !== undefined || end + REACH <= read;
}

/** Whether that is possible at all, before any frame is opened: the last page where its journal might end is unwritten. */
export function mayHoldJournal(context: ObjectContext, head: HeadImage, bytes: Uint8Array): boolean {
  const last = Math.floor((bytes.length - REACH) / PAGE_SIZE) * PAGE_SIZE;
  const { journalStart, successor } = head.header;
  if (successor !== undefined) return true;
  return last >= journalStart && beginsAs(bytes, last, unwrittenFrom(context, head, bytes, last, last + SALT_SIZE));
}

/**
 * Reads the journal of a head: frames chained by hash, each with a mark behind it.
 *
 * @param bytes The head, or its beginning: see `holdsJournal`.
 */
export function scanJournal(context: ObjectContext, head: HeadImage, bytes: Uint8Array): Journal {
  const frames: Frame[] = [];
  let end = head.header.journalStart;
  // A head that ends its chain has no journal: its writer appends nothing, and nobody else does.
  if (head.header.successor !== undefined) return { frames, marked: true, end, continues: false };
  let previousHash = head.hash;
  for (;;) {
    const next = openFrame(context, head.id, bytes, end);
    const follows =
      next !== undefined &&
      next.header.epoch === head.header.epoch &&
      next.header.headSequence === head.header.headSequence + frames.length + 1 &&
      sameBytes(next.header.previousHash, previousHash);
    // A whole frame that does not follow was never written there by any writer.
    if (!follows) {
      const continues = next !== undefined || somethingFollows(context, head, bytes, end);
      return { frames, marked: isMarked(context, head, bytes, frames.at(-1)), end, continues };
    }
    frames.push(next.frame);
    previousHash = next.frame.hash;
    end = next.frame.markOffset + PAGE_SIZE;
  }
}

function isMarked(context: ObjectContext, head: HeadImage, bytes: Uint8Array, last: Frame | undefined): boolean {
  if (last === undefined) return true;
  const mark = openMark(context, head.id, bytes, last.markOffset);
  return mark !== undefined && sameBytes(mark.frameHash, last.hash);
}

// The length of an unreadable frame is unknown, so every page within the reach of the largest frame is looked at. Damage
// that wipes more than that looks like a shorter journal: an earlier state, which only `expectHead` tells apart.
function somethingFollows(context: ObjectContext, head: HeadImage, bytes: Uint8Array, end: number): boolean {
  const limit = Math.min(end + REACH, bytes.length);
  const unwritten = unwrittenFrom(context, head, bytes, end, limit);
  for (let offset = end; offset < limit; offset += PAGE_SIZE) {
    // Whatever is written begins with a random salt. Trying to open each page would take most of the time of opening a tree.
    if (beginsAs(bytes, offset, unwritten.subarray(offset - end))) continue;
    if (openMark(context, head.id, bytes, offset) !== undefined) return true;
    if (offset > end && openFrameHeader(context, head.id, bytes, offset) !== undefined) return true;
  }
  return false;
}

function beginsAs(bytes: Uint8Array, offset: number, other: Uint8Array): boolean {
  return sameBytes(bytes.subarray(offset, offset + SALT_SIZE), other.subarray(0, SALT_SIZE));
}

/** What stands in a head from one place to another where nothing was appended: its padding. */
function unwrittenFrom(
  { keys }: ObjectContext,
  { id, header }: HeadImage,
  bytes: Uint8Array,
  from: number,
  to: number,
): Uint8Array {
  const used = SEALED_HEADER_SIZE + header.checkpointLength;
  return padding(keys, idBytes(id), bytes.subarray(0, SALT_SIZE), Math.max(0, to - from), from - used);
}
