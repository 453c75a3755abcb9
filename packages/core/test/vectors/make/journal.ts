import { toHex } from '../../../src/bytes/hex.js';
import { padding } from '../../../src/crypto/chunk.js';
import { headIdOfEpoch } from '../../../src/crypto/own-ids.js';
import { idBytes } from '../../../src/format/id-bytes.js';
import type { ObjectId } from '../../../src/format/ids.js';
import { PAGE_SIZE } from '../../../src/format/limits.js';
import { type Frame, type FrameInput, sealFrame, sealMark } from '../../../src/object/journal.js';
import { type Fixture, OBJECT_SIZE, turned } from '../fixture.js';
import { inHex, type Json, Maker, type Vector } from '../vector.js';

/** Bytes at a place of a head's journal; what lies between them is zero. */
interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const EPOCH = 6;
const SEQUENCE = 40;
const START = 4096;
/** Sealed header and sealed body of a frame whose body has 60 bytes. */
const FRAME_SIZE = 144 + 108;
const MARK_SIZE = 112;

/** Seals frames and marks, and keeps of each what is not padding. */
class Journal {
  readonly head: ObjectId;
  readonly hash: Uint8Array;
  readonly #fixture: Fixture;

  constructor(fixture: Fixture) {
    this.#fixture = fixture;
    this.head = headIdOfEpoch(fixture.keys, EPOCH);
    this.hash = fixture.random.bytes(32);
  }

  frame(number: number, previous: Frame | undefined, over: Partial<FrameInput> = {}): { frame: Frame; piece: Piece } {
    const { random, context } = this.#fixture;
    const sealed = sealFrame(context, context.entropy.draw(), {
      head: this.head,
      offset: previous === undefined ? START : previous.markOffset + PAGE_SIZE,
      epoch: EPOCH,
      headSequence: SEQUENCE + number,
      writeNonce: random.bytes(16),
      previousHash: previous?.hash ?? this.hash,
      body: random.bytes(60),
      ...over,
    });
    if (sealed === undefined) throw new Error('The body is too large for a frame.');
    const used = FRAME_SIZE - 60 + sealed.frame.body.length;
    return { frame: sealed.frame, piece: { offset: sealed.frame.offset, bytes: sealed.bytes.subarray(0, used) } };
  }

  mark(frame: Frame): Piece {
    const { context } = this.#fixture;
    const bytes = sealMark(context, context.entropy.draw(), this.head, EPOCH, frame).subarray(0, MARK_SIZE);
    return { offset: frame.markOffset, bytes };
  }

  parts(pieces: readonly Piece[]) {
    const input = {
      head: this.head,
      hash: toHex(this.hash),
      epoch: EPOCH,
      headSequence: SEQUENCE,
      journalStart: START,
      size: OBJECT_SIZE,
      pieces: pieces.map(({ offset, bytes }) => ({ offset, bytes: toHex(bytes) })),
    };
    return { keys: this.#fixture.members, input };
  }
}

function expected(frames: readonly Frame[], marked: boolean): Json {
  const last = frames.at(-1);
  const end = last === undefined ? START : last.markOffset + PAGE_SIZE;
  return { frames: inHex(frames), marked, end };
}

/** Journals, whole and damaged. */
export function journalVectors(fixture: Fixture): Vector[] {
  const maker = new Maker('journal');
  const journal = new Journal(fixture);
  const first = journal.frame(1, undefined);
  const second = journal.frame(2, first.frame);
  const third = journal.frame(3, second.frame);
  const marks = [first, second, third].map(({ frame }) => journal.mark(frame)) as [Piece, Piece, Piece];
  const one = [first.piece, marks[0]];
  const three = [...one, second.piece, marks[1], third.piece, marks[2]];
  const all = [first.frame, second.frame, third.frame];

  maker.good('empty', 'No frame yet.', journal.parts([]), expected([], true));
  const salt = fixture.random.bytes(32);
  const filled = { offset: START, bytes: padding(fixture.keys, idBytes(journal.head), salt, 300) };
  maker.good(
    'padding',
    'The padding of a new head where the first frame will be.',
    journal.parts([filled]),
    expected([], true),
  );
  maker.good('one', 'A frame and its mark.', journal.parts(one), expected([first.frame], true));
  maker.good('three', 'Three frames, each with its mark.', journal.parts(three), expected(all, true));
  maker.good(
    'unmarked',
    'The last frame has no mark yet.',
    journal.parts([first.piece]),
    expected([first.frame], false),
  );
  const gap = [first.piece, second.piece, marks[1]];
  maker.good(
    'marks-missing',
    'Only the last mark counts: the chain stands for those before.',
    journal.parts(gap),
    expected(all.slice(0, 2), true),
  );
  const long = journal.frame(1, undefined, { body: fixture.random.bytes(9000) });
  maker.good(
    'long',
    'A frame of three pages.',
    journal.parts([long.piece, journal.mark(long.frame)]),
    expected([long.frame], true),
  );

  addTorn(maker, journal, first, second, one);
  addBroken(maker, journal, { first, second, third }, marks);
  return maker.vectors;
}

interface Sealed {
  readonly frame: Frame;
  readonly piece: Piece;
}

/** A frame that was never finished is no commit: the journal ends before it. */
function addTorn(maker: Maker, journal: Journal, first: Sealed, second: Sealed, one: readonly Piece[]): void {
  const before = expected([first.frame], true);
  const cut = (length: number) => [...one, { ...second.piece, bytes: second.piece.bytes.subarray(0, length) }];
  const add = (name: string, description: string, pieces: readonly Piece[], result: Json = before) => {
    maker.hostile(name, description, journal.parts(pieces), result);
  };
  add('torn-in-header', 'The last frame ends within its header.', cut(100));
  add('torn-behind-header', 'Of the last frame only the header was written.', cut(144));
  add('torn-in-body', 'The last frame ends within its body.', cut(200));
  add('torn-last-byte', 'The last byte of the last frame was not written.', cut(FRAME_SIZE - 1));
  for (const [region, at] of [
    ['header-salt', 0],
    ['header', 60],
    ['body-salt', 144],
    ['body', 200],
    ['body-tag', 251],
  ] as const) {
    const damaged = { ...second.piece, bytes: turned(second.piece.bytes, at) };
    add(`last-turned-${region}`, `One bit of the last frame (${region}) is turned over; nothing follows.`, [
      ...one,
      damaged,
    ]);
  }
  add(
    'first-torn',
    'The only frame is torn.',
    [{ ...first.piece, bytes: first.piece.bytes.subarray(0, 150) }],
    expected([], true),
  );
  const mark = one[1];
  if (mark === undefined) throw new Error('The first frame has a mark.');
  const unmarked = expected([first.frame], false);
  add(
    'mark-torn',
    'The mark of the last frame is torn.',
    [first.piece, { ...mark, bytes: mark.bytes.subarray(0, 90) }],
    unmarked,
  );
  add(
    'mark-turned',
    'One bit of the mark is turned over.',
    [first.piece, { ...mark, bytes: turned(mark.bytes, 40) }],
    unmarked,
  );
  add(
    'mark-moved',
    'The mark stands one page too far behind.',
    [first.piece, { ...mark, offset: mark.offset + PAGE_SIZE }],
    unmarked,
  );
  const other = journal.mark({ ...first.frame, hash: second.frame.hash });
  add('mark-of-another-frame', 'An authentic mark, but of another frame.', [first.piece, other], unmarked);
}

/** A frame that is damaged although others follow was finished once: that is damage, not a crash. */
function addBroken(
  maker: Maker,
  journal: Journal,
  { first, second, third }: { first: Sealed; second: Sealed; third: Sealed },
  marks: readonly [Piece, Piece, Piece],
): void {
  const add = (name: string, description: string, pieces: readonly Piece[]) => {
    maker.hostile(name, description, journal.parts(pieces));
  };
  const damaged = (piece: Piece) => ({ ...piece, bytes: turned(piece.bytes, 170) });
  const tail = [third.piece, marks[2]];
  add('middle-turned', 'A frame in the middle is damaged.', [
    first.piece,
    marks[0],
    damaged(second.piece),
    marks[1],
    ...tail,
  ]);
  add('middle-missing', 'A frame in the middle and its mark are wiped out.', [first.piece, marks[0], ...tail]);
  add('first-turned', 'The first frame is damaged.', [damaged(first.piece), marks[0], second.piece, marks[1]]);
  add('marked-last-turned', 'The last frame is damaged, but its mark says that it was whole.', [
    first.piece,
    marks[0],
    damaged(second.piece),
    marks[1],
  ]);
  add('marked-last-missing', 'The last frame is wiped out, but its mark says that it was whole.', [
    first.piece,
    marks[0],
    marks[1],
  ]);
  const broken = (name: string, description: string, over: Partial<FrameInput>) => {
    const next = journal.frame(2, first.frame, over);
    add(name, description, [first.piece, marks[0], next.piece]);
  };
  broken('chain-broken', 'The hash of the frame before is wrong.', { previousHash: turned(first.frame.hash, 0) });
  broken('chain-skips', 'It names the hash of the head instead of that of the frame before.', {
    previousHash: journal.hash,
  });
  broken('sequence-repeated', 'Its head sequence is that of the frame before.', { headSequence: SEQUENCE + 1 });
  broken('sequence-skips', 'Its head sequence is one too high.', { headSequence: SEQUENCE + 3 });
  broken('other-epoch', 'It is of another epoch.', { epoch: EPOCH + 1 });
  const moved = { ...second.piece, offset: third.piece.offset };
  maker.hostile(
    'moved',
    'A frame at the place of the next one does not open.',
    journal.parts([first.piece, marks[0], moved]),
    expected([first.frame], true),
  );
}
