import { sameBytes } from '../bytes/compare.js';
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

/** Reads the journal of a head: frames chained by hash, each with a mark behind it. */
export function scanJournal(context: ObjectContext, head: HeadImage, bytes: Uint8Array): Journal {
  const frames: Frame[] = [];
  let marked = true;
  let end = head.header.journalStart;
  // A head that ends its chain has no journal: its writer appends nothing, and nobody else does.
  if (head.header.successor !== undefined) return { frames, marked, end, continues: false };
  let previousHash = head.hash;
  for (;;) {
    const next = openFrame(context, head.id, bytes, end);
    const follows =
      next !== undefined &&
      next.header.epoch === head.header.epoch &&
      next.header.headSequence === head.header.headSequence + frames.length + 1 &&
      sameBytes(next.header.previousHash, previousHash);
    // A whole frame that does not follow was never written there by any writer.
    if (!follows)
      return { frames, marked, end, continues: next !== undefined || somethingFollows(context, head, bytes, end) };
    frames.push(next.frame);
    const mark = openMark(context, head.id, bytes, next.frame.markOffset);
    marked = mark !== undefined && sameBytes(mark.frameHash, next.frame.hash);
    previousHash = next.frame.hash;
    end = next.frame.markOffset + PAGE_SIZE;
  }
}

// The length of an unreadable frame is unknown, so every page within the reach of the largest frame is tried. Damage
// that wipes more than that looks like a shorter journal: an earlier state, which only `expectHead` tells apart.
function somethingFollows(context: ObjectContext, head: HeadImage, bytes: Uint8Array, end: number): boolean {
  const limit = Math.min(end + REACH, bytes.length);
  for (let offset = end; offset < limit; offset += PAGE_SIZE) {
    if (openMark(context, head.id, bytes, offset) !== undefined) return true;
    if (offset > end && openFrameHeader(context, head.id, bytes, offset) !== undefined) return true;
  }
  return false;
}
