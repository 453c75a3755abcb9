import type { Cancel } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { concat } from '../../bytes/concat.js';
import { unpack } from '../../codec/compression.js';
import type { BatchPlace } from '../../crypto/batch-keys.js';
import { isInfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import { isSigned, type OpenedBatch, openBatch, openBatchContent } from '../../object/batch-object.js';
import { checkVersion } from '../../object/version.js';
import { decodeBatch } from '../records/batch.js';
import { type ChainEntry, NO_HASH } from '../records/dropbox.js';
import type { StagedField } from '../write/job.js';
import type { Inbox } from './inbox.js';
import type { BatchFault, BatchFaultKind } from './merge-report.js';

/** A batch that is to be merged, or a fault in its place; and how far its chain is read with it. */
export interface Received {
  readonly chain: ChainEntry;
  /** Objects that go once it is recorded that the chain was read so far. */
  readonly objects: readonly ObjectId[];
  readonly batch?: ReceivedBatch;
  readonly fault?: BatchFault;
}

export interface ReceivedBatch {
  readonly message: string;
  readonly staged: readonly StagedField[];
  /** When it was made, by the clock of its worker. */
  readonly time: number;
  /** Bytes of its content. */
  readonly size: number;
}

/** What is wrong with what stands in a place. */
interface Wrong {
  readonly kind: BatchFaultKind;
  readonly what: string;
}

/** Reads one chain of a dropbox, object by object, from where it was merged to. */
export class ChainReader {
  readonly #inbox: Inbox;
  readonly #giveUp: boolean;
  /** What is to be recorded of the chain. */
  #entry: ChainEntry;
  /** The object that was read last, and the hash that the next one has to name; undefined where that is not known. */
  #counter: number;
  #hash: Uint8Array | undefined;
  /** What belongs together, as far as it was read. */
  #parts: OpenedBatch[] = [];
  /** What can go once more is recorded. */
  #objects: ObjectId[];

  constructor(inbox: Inbox, entry: ChainEntry, giveUp: boolean) {
    const isUnknown = entry.counter > 0 && sameBytes(entry.hash, NO_HASH);
    this.#inbox = inbox;
    this.#giveUp = giveUp;
    this.#entry = entry;
    this.#counter = entry.counter;
    this.#hash = isUnknown ? undefined : entry.hash;
    // The newest one was left for the worker; it is not needed any more when there is a newer one.
    this.#objects = entry.counter === 0 ? [] : [inbox.keys.id(entry)];
  }

  async *read(options: Cancel): AsyncGenerator<Received> {
    for (;;) {
      const place = { chain: this.#entry.chain, counter: this.#counter + 1 };
      const id = this.#inbox.keys.id(place);
      const bytes = await this.#inbox.context.backend.keyObjects.get(id, options);
      const next = bytes === undefined ? this.#inbox.nextBehind(place) : undefined;
      if (bytes === undefined && next === undefined) return;
      const found = bytes === undefined ? LOST : this.#judge(place, id, bytes);
      if ('kind' in found) {
        yield this.#wrong(place, found, (next ?? place.counter + 1) - 1);
        if (!this.#giveUp) return;
        continue;
      }
      this.#take(id, found);
      if (!found.header.last) continue;
      const opened = this.#open();
      if ('kind' in opened) {
        yield this.#wrong(place, opened, place.counter);
        if (!this.#giveUp) return;
        continue;
      }
      this.#entry = { ...this.#entry, counter: place.counter, hash: found.hash };
      yield { chain: this.#entry, objects: this.#passed(), batch: opened };
    }
  }

  #take(id: ObjectId, found: OpenedBatch): void {
    this.#counter = found.header.counter;
    this.#hash = found.hash;
    // What was begun before it was never finished: its worker was stopped.
    if (found.header.first) this.#parts = [];
    this.#parts.push(found);
    this.#objects.push(id);
  }

  /** `to`: the last place that is given up with it. */
  #wrong(place: BatchPlace, wrong: Wrong, to: number): Received {
    const fault = this.#inbox.fault(wrong.kind, place, wrong.what);
    if (!this.#giveUp) return { chain: this.#entry, objects: [], fault };
    const id = this.#inbox.keys.id(place);
    if (wrong !== LOST && this.#objects.at(-1) !== id) this.#objects.push(id);
    this.#counter = to;
    this.#hash = undefined;
    this.#entry = { ...this.#entry, counter: to, hash: NO_HASH };
    return { chain: this.#entry, objects: this.#passed(), fault };
  }

  /** All that was read goes; the newest of it only when there is another one. */
  #passed(): ObjectId[] {
    const passed = this.#objects;
    this.#parts = [];
    this.#objects = [];
    const newest = sameBytes(this.#entry.hash, NO_HASH) ? undefined : this.#inbox.keys.id(this.#entry);
    if (newest !== undefined) this.#objects.push(newest);
    return passed.filter((id) => id !== newest);
  }

  /** The batch that stands in a place, or what is wrong with it. */
  #judge(place: BatchPlace, id: ObjectId, bytes: Uint8Array): OpenedBatch | Wrong {
    const { keys, entry, context } = this.#inbox;
    const opened = openBatch(keys, id, bytes);
    if (opened === undefined) return this.#stranger(bytes);
    const { header } = opened;
    const isMeant = sameBytes(header.treeId, context.keys.treeId) && sameBytes(header.dropboxId, entry.id);
    const isHere = header.chain === place.chain && header.counter === place.counter;
    if (!isMeant || !isHere || !isSigned(keys.suite, entry.verificationKey, opened)) {
      return { kind: 'forged', what: 'the worker of the dropbox has not signed it, for this place' };
    }
    const newer = orRefused(() => checkVersion('batch', id, header, true));
    if (newer !== undefined) return newer;
    if (this.#hash !== undefined && !sameBytes(header.previousHash, this.#hash)) {
      return { kind: 'reordered', what: 'it does not follow the batch before it' };
    }
    if (!header.first && this.#parts.length === 0)
      return { kind: 'dropped', what: 'what it belongs to begins before it' };
    return opened;
  }

  /** What opens as no batch in this place may be one of another place. */
  #stranger(bytes: Uint8Array): Wrong {
    const whose = this.#inbox.whose(bytes);
    if (whose === undefined) return { kind: 'damaged', what: 'what stands in its place does not open' };
    return { kind: 'reordered', what: `batch ${whose.counter} of chain ${whose.chain} stands in its place` };
  }

  #open(): ReceivedBatch | Wrong {
    const contents: Uint8Array[] = [];
    let size = 0;
    for (const part of this.#parts) {
      const content = openBatchContent(this.#inbox.keys, this.#inbox.pair, part);
      if (content === undefined) return { kind: 'refused', what: 'it was not sealed to the owners of this tree' };
      contents.push(content);
      size += content.length;
      if (size > MAX_PAYLOAD_PLAIN) return { kind: 'refused', what: `it holds more than ${MAX_PAYLOAD_PLAIN} bytes` };
    }
    const { contentCodec, time } = (this.#parts[0] as OpenedBatch).header;
    return orRefused(() => {
      const record = decodeBatch(unpack(contentCodec, concat(...contents), MAX_PAYLOAD_PLAIN));
      return { message: record.message, staged: this.#inbox.stage(record), time, size };
    });
  }
}

const LOST: Wrong = { kind: 'dropped', what: 'it is not there, although a later one is' };

/** What a step gives, or why it refuses what the worker has signed. */
function orRefused<T>(step: () => T): T | Wrong {
  try {
    return step();
  } catch (error) {
    if (!isInfinitreeError(error)) throw error;
    return { kind: 'refused', what: error.message };
  }
}
