import type { Cancel } from '../../backend/backend.js';
import { epochOfHeadId, isOwnId, keysOf } from '../../crypto/own-ids.js';
import { InfinitreeError } from '../../errors.js';
import { idBytes } from '../../format/id-bytes.js';
import type { ObjectId } from '../../format/ids.js';
import { conflict } from '../heads/head-store.js';
import type { EarlierEpoch, KeyHistory } from '../records/key-history.js';
import type { Session } from '../session.js';
import { Slices } from '../slices.js';
import type { Committer } from '../write/committer.js';
import type { HeadWriter } from '../write/head-writer.js';
import { type GcOptions, type GcReport, gcReport } from './gc-report.js';
import { IdSet } from './id-set.js';
import { IdTable } from './id-table.js';
import { Marking } from './marking.js';

/** How old an orphan has to be before it is taken for one, in milliseconds: an upload may be under way elsewhere. */
export const ORPHAN_AGE = 24 * 60 * 60 * 1000;

/** What is to go, found while nobody can commit. */
interface Plan {
  readonly orphans: readonly ObjectId[];
  readonly heads: readonly ObjectId[];
  readonly replaced: readonly ObjectId[];
  readonly waiting: number;
  readonly inUse: number;
  /** What is kept of earlier key epochs from then on. */
  readonly history: KeyHistory | undefined;
}

/** What a plan is made of. */
interface Inventory {
  /** Where the ids of the two sets stand. */
  readonly ids: IdTable;
  readonly listed: IdSet;
  readonly marked: IdSet;
  readonly olderThan: number;
}

/**
 * Deletes what no head reaches. The tree is gone through beside commits; what these add, a second and short time, while
 * they wait. Only what was listed before the first time, and is reached neither then nor now, is taken for an orphan.
 *
 * Order of writes: a head that tells of this sweep, then the deletions. A stop between any two leaves orphans, which the
 * next collection finds; and whoever is about to refer to one of them, having stored it before, finds the sweep in the
 * head that the commit builds upon.
 */
export async function collectGarbage(session: Session, committer: Committer, options: GcOptions): Promise<GcReport> {
  session.requireWritable();
  const { dryRun = false, olderThan = ORPHAN_AGE, signal } = options;
  if (!Number.isFinite(olderThan) || olderThan < 0) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'olderThan is a number of milliseconds, not below 0.');
  }
  const { chain } = session;
  const { backend, objectSize } = chain.context;
  const ids = new IdTable();
  const listed = await ownObjects(session, ids, options);
  const marking = new Marking(session, ids, listed.size, options);
  await session.pinned(() => marking.newest());
  return committer.exclusively(options, async (writer) => {
    if (session.chain !== chain) throw conflict('Another writer has given the tree new keys.');
    const before = session.snapshot;
    await marking.all();
    const plan = await planOf(session, writer, { ids, listed, marked: marking.marked, olderThan }, options);
    if (!dryRun) await sweep(session, writer, plan, options);
    const claims = await session.heads.dropClaims(before, { dryRun, signal });
    // An orphan that is taken too early is noticed by whoever refers to it; of what is just being written nothing but its
    // age tells that it is not left over.
    const abandoned = Math.max(olderThan, ORPHAN_AGE);
    const leftovers = (await backend.sweep?.(abandoned, { dryRun, signal })) ?? { count: 0, bytes: 0 };
    const { orphans, heads, replaced } = plan;
    const counts = { orphans: orphans.length, heads: heads.length, replaced: replaced.length };
    return gcReport(dryRun, objectSize, { ...plan, ...counts, claims, leftovers });
  });
}

/** Everything of this tree that its storage lists; key objects are not among it, as nothing but a key leads to them. */
async function ownObjects({ context }: Session, ids: IdTable, options: Cancel): Promise<IdSet> {
  const own = new IdSet(ids);
  const slices = new Slices('Collecting garbage', options.signal);
  for await (const id of context.backend.list(options)) {
    // A listing may have no end.
    await slices.pause();
    if (isOwnId(context.keys, id)) own.add(id);
  }
  return own;
}

async function planOf(
  session: Session,
  writer: HeadWriter,
  { ids, listed, marked, olderThan }: Inventory,
  options: Cancel,
): Promise<Plan> {
  const { position, care } = session.snapshot;
  const unreached = new IdSet(ids);
  const waitsForReaders = new Set(care.replaced.flatMap(({ objects }) => objects));
  const candidates: ObjectId[] = [];
  for (const id of listed) {
    if (marked.has(id) || session.begun.has(id)) continue;
    unreached.add(id);
    if (!waitsForReaders.has(id)) candidates.push(id);
  }
  const ages = await agesOf(session, candidates, options);
  const orphans: ObjectId[] = [];
  const heads: ObjectId[] = [];
  for (const [i, id] of candidates.entries()) {
    // An age that is no number is no age.
    if (!((ages[i] ?? -1) >= olderThan)) continue;
    const epoch = epochOfHeadId(session.context.keys, id);
    if (epoch === undefined) orphans.push(id);
    // One of a later epoch is a successor's, who will be noticed when a head is written.
    else if (epoch < position.epoch) heads.push(id);
  }
  const due = writer.due(session.snapshot).flatMap(({ objects }) => objects);
  const replaced = due.filter((id) => unreached.has(id));
  const going = orphans.length + heads.length + replaced.length;
  const history = historyFor(session, listed);
  return { orphans, heads, replaced, waiting: unreached.size - going, inUse: listed.size - unreached.size, history };
}

/** Keys for data of an earlier key epoch go where nothing is left that they open, nor being sealed here, nor to come. */
function historyFor({ context, snapshot, begun }: Session, listed: IdSet): KeyHistory | undefined {
  const { history, dropboxes } = snapshot.care;
  if (history === undefined) return undefined;
  const ends = new Set(history.epochs.flatMap(({ heads }) => heads));
  const awaited = dropboxes.filter(({ live, secret }) => live && secret === undefined);
  const left = new Set(awaited.map(({ keyEpoch }) => keyEpoch));
  for (const ids of [listed, begun.objects()]) {
    for (const id of ids) if (!ends.has(id)) left.add(keysOf(context.keys, idBytes(id)).keyEpoch);
  }
  const isOver = ({ data, keyEpoch }: EarlierEpoch) => data !== undefined && !left.has(keyEpoch);
  if (!history.epochs.some(isOver)) return history;
  return { ...history, epochs: history.epochs.map((epoch) => (isOver(epoch) ? { ...epoch, data: undefined } : epoch)) };
}

async function agesOf(
  { context }: Session,
  ids: readonly ObjectId[],
  options: Cancel,
): Promise<(number | undefined)[]> {
  const { backend } = context;
  if (backend.ages !== undefined) return backend.ages(ids, options);
  throw new InfinitreeError(
    'UNSUPPORTED',
    'This storage does not tell how old objects are, so garbage cannot be told from what is being uploaded now. Use a ' +
      'backend that has ages().',
  );
}

async function sweep(
  session: Session,
  writer: HeadWriter,
  { orphans, heads, replaced, history }: Plan,
  options: Cancel,
): Promise<void> {
  const isSame = history === session.snapshot.care.history;
  if (isSame && orphans.length + heads.length + replaced.length === 0) return;
  const { backend } = session.context;
  const before = session.snapshot.care.sweepSequence;
  session.snapshot = await writer.writeSweep(session.snapshot, { orphans, history }, options);
  session.begun.spare(before, session.snapshot.care.sweepSequence);
  for (const id of heads) await backend.heads.remove(id, options);
  const going = [...orphans, ...replaced];
  const gone = new IdSet();
  for (const id of going) gone.add(id);
  await backend.delete(going, options);
  writer.strike(gone);
}
