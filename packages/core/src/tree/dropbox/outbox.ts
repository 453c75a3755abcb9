import type { Backend, Cancel, KeyObjects } from '../../backend/backend.js';
import { sameBytes } from '../../bytes/compare.js';
import { ByteReader } from '../../bytes/reader.js';
import type { pack } from '../../codec/compression.js';
import { type BatchPlace, CHAINS, MAX_COUNTER } from '../../crypto/batch-keys.js';
import { InfinitreeError, isInfinitreeError, throwIfAborted } from '../../errors.js';
import { type BatchOrigin, batchRoom, openBatch, type SealedBatch, sealBatch } from '../../object/batch-object.js';
import type { Clock } from '../../platform/environment.js';
import { NO_HASH } from '../records/dropbox.js';

/** Something on its way into storage: one batch, or several where it is larger than an object. */
export interface Letter {
  readonly content: ReturnType<typeof pack>;
  /** How many of its batches are stored. */
  stored: number;
  /** The one that was sent last, of which nobody knows whether it is stored. It is only ever sent again as it is. */
  sent: SealedBatch | undefined;
}

interface Position extends BatchPlace {
  readonly hash: Uint8Array;
}

/**
 * Where a worker's batches go, one behind the other. Which comes next is told by the newest one in storage: the owners leave
 * it there when they have merged it. Where none is left, or another hand has been at it, a new chain is begun, whose number
 * nobody else has; so nothing is ever taken for what was merged before.
 */
export class Outbox {
  readonly #origin: BatchOrigin;
  readonly #batches: KeyObjects;
  readonly #clock: Clock;
  #position: Position;

  private constructor(origin: BatchOrigin, batches: KeyObjects, clock: Clock) {
    this.#origin = origin;
    this.#batches = batches;
    this.#clock = clock;
    this.#position = this.#newChain();
  }

  static async find(origin: BatchOrigin, backend: Backend, clock: Clock, options: Cancel): Promise<Outbox> {
    const outbox = new Outbox(origin, backend.keyObjects, clock);
    await outbox.#goOn(backend, options);
    return outbox;
  }

  /** Stores all of a letter. Called again after it has rejected, it goes on where it was. */
  async deliver(letter: Letter, options: Cancel, onStored: () => void): Promise<void> {
    const parts = partsOf(letter, this.#origin.objectSize);
    while (letter.stored < parts) {
      throwIfAborted(options.signal, 'Sending a batch');
      letter.sent ??= this.#seal(letter, parts);
      const { sent } = letter;
      if (await this.#put(sent, options)) {
        this.#position = sent;
        letter.stored += 1;
        letter.sent = undefined;
        onStored();
      } else {
        // Another instance of this worker was first, and what belongs together stands together: it is begun anew.
        letter.stored = 0;
        letter.sent = undefined;
      }
    }
  }

  /** Whether it is stored; if not, another one is, and this one goes on behind that. */
  async #put({ id, bytes }: SealedBatch, options: Cancel): Promise<boolean> {
    try {
      await this.#batches.put(id, bytes, options);
      return true;
    } catch (error) {
      if (!isInfinitreeError(error, 'EXISTS')) throw error;
    }
    const there = await this.#batches.get(id, options);
    if (there === undefined) {
      throw new InfinitreeError('BACKEND', `The storage says that the batch ${id} is there and does not show it.`, {
        retryable: true,
      });
    }
    if (sameBytes(there, bytes)) return true;
    const opened = openBatch(this.#origin.keys, id, there);
    this.#position = opened === undefined ? this.#newChain() : { ...opened.header, hash: opened.hash };
    return false;
  }

  #seal({ content, stored }: Letter, parts: number): SealedBatch {
    if (this.#position.counter >= MAX_COUNTER) this.#position = this.#newChain();
    const { chain, counter, hash } = this.#position;
    const room = batchRoom(this.#origin.objectSize);
    return sealBatch(this.#origin, {
      chain,
      counter: counter + 1,
      first: stored === 0,
      last: stored === parts - 1,
      contentCodec: content.codec,
      time: Math.max(0, Math.trunc(this.#clock.now())),
      previousHash: hash,
      content: content.bytes.subarray(stored * room, (stored + 1) * room),
    });
  }

  /** Goes on from the newest batch that is there. */
  async #goOn(backend: Backend, options: Cancel): Promise<void> {
    const newest = new Map<number, number>();
    for await (const id of backend.list(options)) {
      throwIfAborted(options.signal, 'Opening the dropbox');
      const place = this.#origin.keys.placeOf(id);
      if (place !== undefined) newest.set(place.chain, Math.max(newest.get(place.chain) ?? 0, place.counter));
    }
    let time = -1;
    for (const [chain, counter] of newest) {
      const id = this.#origin.keys.id({ chain, counter });
      const bytes = await this.#batches.get(id, options);
      const opened = bytes && openBatch(this.#origin.keys, id, bytes);
      if (opened === undefined || opened.header.time <= time) continue;
      time = opened.header.time;
      this.#position = { chain, counter, hash: opened.hash };
    }
  }

  #newChain(): Position {
    const reader = new ByteReader(this.#origin.entropy.bytes32());
    const chain = (reader.u8() * 2 ** 32 + reader.u32()) % CHAINS;
    return { chain, counter: 0, hash: NO_HASH };
  }
}

function partsOf({ content }: Letter, objectSize: number): number {
  return Math.max(1, Math.ceil(content.bytes.length / batchRoom(objectSize)));
}
