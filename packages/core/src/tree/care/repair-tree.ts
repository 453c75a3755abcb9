import { InfinitreeError } from '../../errors.js';
import { ObjectReader } from '../../object/object-reader.js';
import type { BoundField } from '../bind.js';
import { UnknownOutcome } from '../heads/head-store.js';
import { headStoreOf } from '../heads/head-store-of.js';
import { WriterLock } from '../lock.js';
import type { Session } from '../session.js';
import { type Committer, unknownHead } from '../write/committer.js';
import { HeadWriter } from '../write/head-writer.js';
import { Repair } from './repair.js';
import type { RepairOptions, RepairReport } from './repair-report.js';

/**
 * Repairs a tree through a handle that may write, or through one that was opened to look at what is left of it. For the
 * latter the note of a writer is left while it works, as it is by everybody else who writes.
 */
export async function repairTree(
  session: Session,
  fields: readonly BoundField[],
  committer: Committer,
  options: RepairOptions,
): Promise<RepairReport> {
  const { context } = session;
  const copy = options.from && { ...context, backend: options.from, readonly: true };
  const others = copy && headStoreOf(copy, new ObjectReader(copy));
  const repair = new Repair(session, fields, options);
  if (session.readonly === undefined) return committer.exclusively(options, (writer) => repair.run(writer, others));
  if (!session.acceptsOlderHead) {
    throw new InfinitreeError(
      'READONLY',
      'The tree was opened with readonly: true. Open it without to repair it; where its newest head does not open, give ' +
        'acceptOlderHead: true as well.',
    );
  }
  const lock = options.dryRun === true ? undefined : await WriterLock.acquire(context, options);
  try {
    return await repair.run(new HeadWriter(session), others);
  } catch (error) {
    throw error instanceof UnknownOutcome ? unknownHead(error) : error;
  } finally {
    await lock?.release();
  }
}
