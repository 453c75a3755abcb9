import type { BlockInput } from '../../codec/block.js';
import { decodeCbor, encodeCbor } from '../../codec/cbor.js';
import { type PlacedRun, readPlacedRun, writePlacedRun } from './run.js';
import { bytes, flag, integer, list, maybe, text } from './shape.js';

/** What the log keeps of a commit. */
export interface CommitRecord {
  readonly id: Uint8Array;
  readonly sequence: number;
  /** Milliseconds since 1970; never before that of the parent. */
  readonly time: number;
  readonly message: string;
  readonly parent: Uint8Array | undefined;
  /** Tells an attempt to write this commit from every other. */
  readonly nonce: Uint8Array;
  /** Custom data as encoded by the value codec. */
  readonly data: Uint8Array | undefined;
}

/** What a stored field is called and how it is stored. */
export interface FieldIdentity {
  readonly name: string;
  readonly type: string;
  readonly strategy: string;
}

/** The entries of a block as fields hold them. */
export type InlineEntries = Pick<BlockInput, 'keys' | 'values' | 'kinds'>;

/** What one commit changed in one field, or a part of that: see {@link changesOf}. */
export interface FieldChange {
  readonly field: FieldIdentity;
  /** Everything of lower sequence is gone as of this commit. */
  readonly cleared: boolean;
  /** A block of entries that rides inside the frame. */
  readonly inline: Uint8Array | undefined;
  /** What is in that block, where this process made it and nobody can change it. Not stored. */
  readonly decoded?: InlineEntries | undefined;
  /** Or a run that stands in objects. */
  readonly run: PlacedRun | undefined;
}

/** A commit with all that it changed. Encoded once: heads carry it on as it is. */
export interface CommitBody {
  readonly commit: CommitRecord;
  readonly changes: readonly FieldChange[];
  readonly encoded: Uint8Array;
}

/** One change for each of the runs that a commit has put into objects; the change as it is where it has put none there. */
export function changesOf(change: Omit<FieldChange, 'run'>, runs: readonly PlacedRun[]): FieldChange[] {
  const [first, ...further] = runs;
  // The clear comes before all of them.
  return [
    { ...change, run: first },
    ...further.map((run) => ({ field: change.field, cleared: false, inline: undefined, run })),
  ];
}

export function writeCommit(commit: CommitRecord): unknown {
  const { id, sequence, time, message, parent, nonce, data } = commit;
  return [id, sequence, time, message, parent ?? null, nonce, data ?? null];
}

export function readCommit(value: unknown): CommitRecord {
  const [id, sequence, time, message, parent, nonce, data] = list(value, 7);
  return {
    id: bytes(id, 32),
    sequence: integer(sequence),
    time: integer(time),
    message: text(message),
    parent: maybe(parent, (given) => bytes(given, 32)),
    nonce: bytes(nonce, 16),
    data: maybe(data, bytes),
  };
}

export function writeIdentity({ name, type, strategy }: FieldIdentity): readonly unknown[] {
  return [name, type, strategy];
}

export function readIdentity(name: unknown, type: unknown, strategy: unknown): FieldIdentity {
  return { name: text(name), type: text(type), strategy: text(strategy) };
}

export function encodeCommitBody(commit: CommitRecord, changes: readonly FieldChange[]): CommitBody {
  const rows = changes.map((change) => [
    ...writeIdentity(change.field),
    change.cleared,
    change.inline ?? null,
    change.run === undefined ? null : writePlacedRun(change.run),
  ]);
  return { commit, changes, encoded: encodeCbor([writeCommit(commit), rows]) };
}

export function decodeCommitBody(encoded: Uint8Array): CommitBody {
  const [commit, rows] = list(decodeCbor(encoded), 2);
  const changes = list(rows).map((row) => {
    const [name, type, strategy, cleared, inline, run] = list(row, 6);
    return {
      field: readIdentity(name, type, strategy),
      cleared: flag(cleared),
      inline: maybe(inline, bytes),
      run: maybe(run, readPlacedRun),
    };
  });
  return { commit: readCommit(commit), changes, encoded };
}

/** The body of a frame: one or more commits. */
export function encodeFrameBody(bodies: readonly CommitBody[]): Uint8Array {
  return encodeCbor(bodies.map((body) => body.encoded));
}

export function decodeFrameBody(payload: Uint8Array): CommitBody[] {
  return list(decodeCbor(payload)).map((encoded) => decodeCommitBody(bytes(encoded)));
}
