import { toHex } from '../../bytes/hex.js';
import { BatchKeys, type BatchPlace } from '../../crypto/batch-keys.js';
import { type KeyPair, keyPairOf } from '../../crypto/key-pair.js';
import type { ObjectId } from '../../format/ids.js';
import { openBatch } from '../../object/batch-object.js';
import type { ObjectContext } from '../../object/context.js';
import type { BatchRecord } from '../records/batch.js';
import { type ChainEntry, type DropboxEntry, NO_HASH } from '../records/dropbox.js';
import { malformed } from '../records/shape.js';
import type { StagedField } from '../write/job.js';
import type { BatchFault, BatchFaultKind } from './merge-report.js';

/** What the worker of one dropbox has handed in. Nothing of what storage shows is believed before it is verified. */
export class Inbox {
  readonly keys: BatchKeys;
  readonly context: ObjectContext;
  readonly entry: DropboxEntry;
  readonly pair: KeyPair;
  /** Gives what a batch would change, or throws where it is not to be taken. */
  readonly stage: (record: BatchRecord) => readonly StagedField[];
  /** What is listed: counters by chain. */
  readonly #listed = new Map<number, Set<number>>();

  constructor(context: ObjectContext, entry: DropboxEntry, stage: Inbox['stage']) {
    const { suite } = context.keys;
    this.context = context;
    this.entry = entry;
    this.stage = stage;
    this.keys = new BatchKeys(suite, entry.shared.reveal());
    this.pair = keyPairOf(suite, secretOf(context, entry));
  }

  /** Takes note of an object that is in storage, where it is one of this dropbox. */
  note(id: ObjectId): void {
    const place = this.keys.placeOf(id);
    if (place === undefined) return;
    const counters = this.#listed.get(place.chain);
    if (counters === undefined) this.#listed.set(place.chain, new Set([place.counter]));
    else counters.add(place.counter);
  }

  /** Everything that was noted. */
  objects(): ObjectId[] {
    const idsOf = (chain: number, counters: Iterable<number>) =>
      [...counters].map((counter) => this.keys.id({ chain, counter }));
    return [...this.#listed].flatMap(([chain, counters]) => idsOf(chain, counters));
  }

  /** The next one behind a place that was noted. */
  nextBehind({ chain, counter }: BatchPlace): number | undefined {
    const later = [...(this.#listed.get(chain) ?? [])].filter((listed) => listed > counter);
    return later.length === 0 ? undefined : later.reduce((a, b) => Math.min(a, b));
  }

  /** How many noted objects lie behind what was read of their chains. */
  waiting(chains: readonly ChainEntry[]): number {
    const read = new Map(chains.map(({ chain, counter }) => [chain, counter]));
    return [...this.#listed]
      .flatMap(([chain, counters]) => [...counters].map((counter) => counter > (read.get(chain) ?? 0)))
      .filter(Boolean).length;
  }

  /** The chains that there are, each with how far it was merged. */
  chains(): ChainEntry[] {
    const known = this.entry.chains;
    const isNew = (chain: number) => known.every((entry) => entry.chain !== chain);
    const begun = [...this.#listed.keys()].filter(isNew);
    return [...known, ...begun.map((chain) => ({ chain, counter: 0, hash: NO_HASH, deleted: 0 }))];
  }

  /** What is there of a chain's batches that were merged before. */
  past({ chain, counter }: ChainEntry): BatchPlace[] {
    return [...(this.#listed.get(chain) ?? [])]
      .filter((listed) => listed < counter)
      .map((listed) => ({ chain, counter: listed }));
  }

  /** The place of this dropbox that an object belongs to, wherever it was found. */
  whose(bytes: Uint8Array): BatchPlace | undefined {
    for (const id of this.objects()) {
      const opened = openBatch(this.keys, id, bytes);
      if (opened !== undefined) return opened.header;
    }
    return undefined;
  }

  fault(kind: BatchFaultKind, { chain, counter }: BatchPlace, what: string): BatchFault {
    const { id, label } = this.entry;
    const message = `Batch ${counter} of chain ${chain} of the dropbox "${label}": ${what}.`;
    return Object.freeze({ dropbox: toHex(id), label, kind, chain, counter, message });
  }

  wipe(): void {
    this.keys.wipe();
    this.pair.secretKey.fill(0);
  }
}

/** What opens its batches, for the caller to zero. */
function secretOf({ keys }: ObjectContext, { secret, keyEpoch }: DropboxEntry): Uint8Array {
  const epoch = [keys, ...keys.earlier].find((one) => one.keyEpoch === keyEpoch);
  const found = secret?.reveal().slice() ?? epoch?.storage?.copySecretKey();
  if (found !== undefined) return found;
  throw malformed('a dropbox has no secret');
}
