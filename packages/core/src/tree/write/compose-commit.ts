import { concat } from '../../bytes/concat.js';
import { toUtf8 } from '../../bytes/utf8.js';
import { ByteWriter } from '../../bytes/writer.js';
import { compareCanonical } from '../../codec/key-order.js';
import { derive } from '../../crypto/derive.js';
import type { Draw } from '../../crypto/entropy.js';
import { MAX_INLINE } from '../../format/limits.js';
import {
  type CommitBody,
  type CommitRecord,
  encodeCommitBody,
  type FieldChange,
  type FieldIdentity,
} from '../records/commit.js';
import type { Session } from '../session.js';
import { Slices } from '../slices.js';
import { ChangeEncoder, type EncodedChange } from './encode-change.js';
import type { Job } from './job.js';
import type { ObjectWriters } from './object-writers.js';

const NO_PARENT = new Uint8Array(32);

/** Encodes the commit that a job asks for, upon `parent`. What does not fit into a frame is put into objects. */
export async function composeCommit(
  session: Session,
  objects: ObjectWriters,
  draw: Draw,
  job: Job,
  parent: CommitRecord | undefined,
  signal: AbortSignal | undefined,
): Promise<CommitBody> {
  const { context, environment } = session;
  const { message, data, onProgress } = job.options;
  const begin = objects.written;
  const onStep = () => onProgress?.({ done: objects.written - begin });
  const sequence = (parent?.sequence ?? 0) + 1;
  const room = Math.min(MAX_INLINE, context.objectSize / 8);
  const encoder = new ChangeEncoder(context.keys, objects, new Slices('The commit', signal, { onStep }), room);
  const encoded: EncodedChange[] = [];
  for (const { bound, delta } of job.staged) {
    encoded.push(...(await encoder.encode(bound, bound.store.written(delta, sequence), sequence)));
    const moved = session.moves.get(bound);
    if (moved !== undefined) encoded.push(dropOf(moved));
  }
  encoded.sort((a, b) => compareCanonical(a.change.field.name, b.change.field.name));
  const changes = encoded.map(({ change }) => change);
  const digests = encoded.flatMap(({ change, digest }) => [describeChange(change), digest]);
  // A clock that was set back must not put a commit before its parent.
  const time = Math.max(Math.trunc(environment.clock.now()), parent?.time ?? 0);
  const salt = draw(concat(...digests));
  const record = {
    id: commitId(session, { parent: parent?.id, sequence, time, message, data }, salt, digests),
    sequence,
    time,
    message,
    parent: parent?.id,
    // One salt serves both: the id shows nothing of it.
    nonce: salt.slice(0, 16),
    data,
  };
  return encodeCommitBody(record, changes);
}

/** The change that leaves nothing under the old name of a field. */
function dropOf(field: FieldIdentity): EncodedChange {
  return { change: { field, cleared: true, inline: undefined, run: undefined }, digest: new Uint8Array(0) };
}

function describeChange({ field, cleared }: FieldChange): Uint8Array {
  const names = [field.name, field.type, field.strategy].map(toUtf8);
  const lengths = new ByteWriter(7);
  for (const { length } of names) lengths.u16(length);
  return concat(lengths.u8(cleared ? 1 : 0).bytes, ...names);
}

/** The id is fixed when the commit is made and says what was committed: it depends on every byte of it. */
function commitId(
  session: Session,
  commit: Pick<CommitRecord, 'parent' | 'sequence' | 'time' | 'message' | 'data'>,
  salt: Uint8Array,
  digests: readonly Uint8Array[],
): Uint8Array {
  const { keys } = session.context;
  const message = toUtf8(commit.message);
  const data = commit.data ?? new Uint8Array(0);
  const numbers = new ByteWriter(24).u64(commit.sequence).u64(commit.time).u32(message.length).u32(data.length).bytes;
  const parent = commit.parent ?? NO_PARENT;
  return derive(
    keys.suite,
    keys.subkey('commitId'),
    'commitId',
    keys.treeId,
    parent,
    numbers,
    salt,
    message,
    data,
    ...digests,
  );
}
