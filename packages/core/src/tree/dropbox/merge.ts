import { sameBytes } from '../../bytes/compare.js';
import { toHex } from '../../bytes/hex.js';
import { isInfinitreeError, throwIfAborted } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { MAX_CHAINS } from '../../format/limits.js';
import type { BoundField } from '../bind.js';
import { toCommit } from '../commit-info.js';
import type { CommitBody } from '../records/commit.js';
import { type ChainEntry, type DropboxEntry, NO_HASH } from '../records/dropbox.js';
import { refreshTree } from '../refresh.js';
import type { Session } from '../session.js';
import { checkCommit } from '../write/commit-options.js';
import type { Committer } from '../write/committer.js';
import { composeCommit } from '../write/compose-commit.js';
import type { HeadWriter } from '../write/head-writer.js';
import { ObjectWriters } from '../write/object-writers.js';
import { ChainReader, type Received, type ReceivedBatch } from './chain-reader.js';
import { Inbox } from './inbox.js';
import type { BatchFault, MergedBatch, MergeOptions, MergeReport } from './merge-report.js';
import { stageBatch } from './stage-batch.js';

/** As many batches, or bytes of them, become durable with one head. */
const ROUND_BATCHES = 64;
const ROUND_BYTES = 8 * 1024 * 1024;

interface Accepted {
  readonly inbox: Inbox;
  readonly chain: ChainEntry;
  readonly batch: ReceivedBatch;
}

/**
 * Makes commits of what workers have handed in. Order of writes: the objects of the commits; one head with the commits and with
 * how far each chain was merged; then the batches go. A stop before the head leaves everything as it was, one behind it
 * leaves batches of which the head says that they are merged.
 */
export class Merge {
  readonly #session: Session;
  readonly #fields: readonly BoundField[];
  readonly #committer: Committer;
  readonly #writer: HeadWriter;
  readonly #options: MergeOptions;
  readonly #merged: MergedBatch[] = [];
  readonly #faults: BatchFault[] = [];
  /** What the next head says, and what goes then. */
  #accepted: Accepted[] = [];
  #read = new Map<string, ChainEntry>();
  #gone: ObjectId[] = [];
  #allGone = true;

  constructor(
    session: Session,
    fields: readonly BoundField[],
    committer: Committer,
    writer: HeadWriter,
    options: MergeOptions,
  ) {
    this.#session = session;
    this.#fields = fields;
    this.#committer = committer;
    this.#writer = writer;
    this.#options = options;
  }

  async run(): Promise<MergeReport> {
    const inboxes = this.#session.snapshot.care.dropboxes.filter(({ live }) => live).map((entry) => this.#inbox(entry));
    try {
      await this.#list(inboxes);
      for (const inbox of inboxes) await this.#readAll(inbox);
      await this.#write();
      this.#noteDeleted();
      const chainsOf = (id: Uint8Array) =>
        this.#session.snapshot.care.dropboxes.find((one) => sameBytes(one.id, id))?.chains;
      const waiting = inboxes.reduce((sum, inbox) => sum + inbox.waiting(chainsOf(inbox.entry.id) ?? []), 0);
      return Object.freeze({ merged: Object.freeze(this.#merged), faults: Object.freeze(this.#faults), waiting });
    } finally {
      for (const inbox of inboxes) inbox.wipe();
    }
  }

  #inbox(entry: DropboxEntry): Inbox {
    return new Inbox(this.#session.context, entry, (record) =>
      stageBatch(this.#session.snapshot, entry.fields, record),
    );
  }

  async #list(inboxes: readonly Inbox[]): Promise<void> {
    if (inboxes.length === 0) return;
    for await (const id of this.#session.context.backend.list(this.#options)) {
      throwIfAborted(this.#options.signal, 'Merging dropboxes');
      for (const inbox of inboxes) inbox.note(id);
    }
  }

  async #readAll(inbox: Inbox): Promise<void> {
    for (const chain of inbox.chains()) {
      for (const place of inbox.past(chain)) {
        this.#gone.push(inbox.keys.id(place));
        if (place.counter > chain.deleted) continue;
        this.#faults.push(inbox.fault('replayed', place, 'it was merged or given up before, and was deleted'));
      }
      if (chain.counter === 0 && inbox.entry.chains.length + this.#newChains(inbox) >= MAX_CHAINS) {
        const place = { chain: chain.chain, counter: 1 };
        this.#faults.push(inbox.fault('refused', place, `its worker has begun more than ${MAX_CHAINS} chains`));
        continue;
      }
      const reader = new ChainReader(inbox, chain, this.#options.giveUp === true);
      for await (const received of reader.read(this.#options)) await this.#take(inbox, received);
    }
  }

  #newChains({ entry }: Inbox): number {
    const known = new Set(entry.chains.map(({ chain }) => nameOf(entry, chain)));
    return [...this.#read.keys()].filter((name) => name.startsWith(toHex(entry.id)) && !known.has(name)).length;
  }

  async #take(inbox: Inbox, { chain, objects, batch, fault }: Received): Promise<void> {
    if (fault !== undefined) this.#faults.push(fault);
    if (batch !== undefined) this.#accepted.push({ inbox, chain, batch });
    if (chain.counter > 0) this.#read.set(nameOf(inbox.entry, chain.chain), chain);
    this.#gone.push(...objects);
    const size = this.#accepted.reduce((sum, accepted) => sum + accepted.batch.size, 0);
    if (this.#accepted.length >= ROUND_BATCHES || size >= ROUND_BYTES) await this.#write();
  }

  async #write(): Promise<void> {
    const session = this.#session;
    const { signal, onProgress } = this.#options;
    const base = session.snapshot;
    const dropboxes = base.care.dropboxes.map((entry) => this.#recorded(entry));
    if (dropboxes.some((entry, i) => entry !== base.care.dropboxes[i])) {
      const bodies = await this.#compose();
      await this.#writer.writeDropboxes(base, dropboxes, bodies, { signal });
      await this.#takeOver();
      for (const [i, { commit }] of bodies.entries())
        this.#merged.push(mergedOf(this.#accepted[i] as Accepted, commit));
      onProgress?.({ done: this.#merged.length });
    }
    await this.#delete();
    this.#accepted = [];
    this.#read = new Map();
    this.#gone = [];
  }

  /** A dropbox's entry once this is written; the same one where nothing of it changes. */
  #recorded(entry: DropboxEntry): DropboxEntry {
    const changed = [...this.#read].filter(([name]) => name.startsWith(toHex(entry.id))).map(([, chain]) => chain);
    const isChanged = ({ chain, counter }: ChainEntry) =>
      entry.chains.every((known) => known.chain !== chain || known.counter !== counter);
    if (!changed.some(isChanged)) return entry;
    const kept = entry.chains.filter(({ chain }) => changed.every((one) => one.chain !== chain));
    return { ...entry, chains: [...kept, ...changed].sort((a, b) => a.chain - b.chain) };
  }

  async #compose(): Promise<CommitBody[]> {
    const session = this.#session;
    const { signal } = this.#options;
    const objects = new ObjectWriters(session.context, { signal });
    const draw = session.context.entropy.draw();
    const bodies: CommitBody[] = [];
    for (const { inbox, chain, batch } of this.#accepted) {
      const { id, label } = inbox.entry;
      const origin = { id: toHex(id), label, chain: chain.chain, counter: chain.counter, time: new Date(batch.time) };
      const options = checkCommit({ message: batch.message, data: { dropbox: origin }, mode: 'always', signal });
      const job = { options, staged: batch.staged, resolve: () => undefined, reject: () => undefined };
      const parent = bodies.at(-1)?.commit ?? session.snapshot.last;
      bodies.push(await composeCommit(session, objects, draw, job, parent, signal));
    }
    await objects.flush();
    await session.context.backend.flush?.({ signal });
    return bodies;
  }

  /** Brings the fields to the state that is durable now, as if another writer had made it. */
  async #takeOver(): Promise<void> {
    try {
      await refreshTree(this.#session, this.#fields, {}, this.#committer);
    } catch (error) {
      // Staged changes that were computed from what batches have changed: the next commit tells of them.
      if (!isInfinitreeError(error, 'CONFLICT')) throw error;
    }
  }

  async #delete(): Promise<void> {
    const { keyObjects } = this.#session.context.backend;
    try {
      for (const id of this.#gone) await keyObjects.delete(id, this.#options);
    } catch {
      // What is still there is known to be merged, and goes the next time.
      this.#allGone = false;
    }
  }

  /** The next head tells; until then, what comes back passes for what was not deleted. */
  #noteDeleted(): void {
    if (!this.#allGone) return;
    const { snapshot } = this.#session;
    const dropboxes = snapshot.care.dropboxes.map((entry) => ({ ...entry, chains: entry.chains.map(allDeleted) }));
    this.#session.snapshot = { ...snapshot, care: { ...snapshot.care, dropboxes } };
  }
}

/** The newest batch of a chain stays for its worker. One that was given up does not. */
function allDeleted(chain: ChainEntry): ChainEntry {
  return { ...chain, deleted: sameBytes(chain.hash, NO_HASH) ? chain.counter : Math.max(0, chain.counter - 1) };
}

function nameOf({ id }: DropboxEntry, chain: number): string {
  return `${toHex(id)}.${chain}`;
}

function mergedOf({ inbox, chain, batch }: Accepted, record: CommitBody['commit']): MergedBatch {
  const { id, label } = inbox.entry;
  const place = { chain: chain.chain, counter: chain.counter };
  return Object.freeze({ dropbox: toHex(id), label, ...place, time: new Date(batch.time), commit: toCommit(record) });
}
