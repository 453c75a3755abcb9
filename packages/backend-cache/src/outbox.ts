import { createHash } from 'node:crypto';
import { type Backend, type Cancel, InfinitreeError, isInfinitreeError, type ObjectId } from '@infinitree/core';
import type { FolderTier } from './folder-tier.js';
import { sameBytes } from './same-bytes.js';
import { unlessAborted } from './unless-aborted.js';

/** Enough to keep a connection busy, at 4 MiB of memory each. */
const AT_ONCE = 4;

interface Letter {
  /** Of the bytes that were handed in. The disk is asked for them again, and is not believed without. */
  readonly digest: Uint8Array | undefined;
  readonly warm: boolean;
  /** Ends when it was tried once; rejects where it is not upstream then. */
  sending: Promise<void> | undefined;
}

/**
 * Objects on their way upstream. Each lies durable in the directory until it has arrived; what a former process has left
 * there is sent as well, but nothing waits for that: no commit was ever acknowledged that refers to it.
 */
export class Outbox {
  readonly #upstream: Backend;
  readonly #tier: FolderTier;
  /** What this process has put. */
  readonly #own = new Map<ObjectId, Letter>();
  /** What others have left behind. */
  readonly #found = new Map<ObjectId, Letter>();
  readonly #queue: (() => void)[] = [];
  readonly #troubled: (error: unknown) => void;
  #sending = 0;

  /** `troubled` is told of trouble with the directory that nothing fails for. */
  constructor(upstream: Backend, tier: FolderTier, troubled: (error: unknown) => void) {
    this.#upstream = upstream;
    this.#tier = tier;
    this.#troubled = troubled;
  }

  get count(): number {
    return this.#own.size + this.#found.size;
  }

  has(id: ObjectId): boolean {
    return this.#own.has(id) || this.#found.has(id);
  }

  /** Sends an object that was staged just now. */
  post(id: ObjectId, bytes: Uint8Array, warm: boolean): void {
    const letter: Letter = { digest: sha256(bytes), warm, sending: undefined };
    this.#own.set(id, letter);
    void this.#send(id, letter, this.#own);
  }

  /** Sends what a former process, or one that was killed, has not sent. Failing is no loss: the next one tries again. */
  adopt(ids: readonly ObjectId[]): void {
    for (const id of ids) {
      const letter: Letter = { digest: undefined, warm: false, sending: undefined };
      this.#found.set(id, letter);
      void this.#send(id, letter, this.#found);
    }
  }

  /** Resolves when all that this process has posted so far is upstream; tries again what failed before. */
  async flush(options: Cancel | undefined): Promise<void> {
    const sent = [...this.#own].map(([id, letter]) => letter.sending ?? this.#send(id, letter, this.#own));
    if (sent.length === 0) return;
    const results = await unlessAborted('flush', Promise.allSettled(sent), options?.signal);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Waits until one of those on their way has been tried; `false` where there is none. */
  async oneTried(): Promise<boolean> {
    const going = [...this.#own.values(), ...this.#found.values()].flatMap(({ sending }) => sending ?? []);
    if (going.length === 0) return false;
    await Promise.race(going.map((sending) => sending.catch(() => undefined)));
    return true;
  }

  /** Waits until all that is on its way has been tried. */
  async idle(): Promise<void> {
    while (await this.oneTried());
  }

  /** Sends these no more, once those on their way have ended. */
  async withdraw(ids: readonly ObjectId[]): Promise<void> {
    for (const letters of [this.#own, this.#found]) {
      for (const id of ids) {
        const letter = letters.get(id);
        letters.delete(id);
        await letter?.sending?.catch(() => undefined);
      }
    }
    await this.#tier.discard(ids);
  }

  #send(id: ObjectId, letter: Letter, letters: Map<ObjectId, Letter>): Promise<void> {
    const sending = this.#inTurn(() => this.#deliver(id, letter, letters)).finally(() => {
      letter.sending = undefined;
    });
    // It is told to whoever flushes.
    sending.catch(() => undefined);
    letter.sending = sending;
    return sending;
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#sending >= AT_ONCE) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#sending += 1;
    try {
      await work();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#sending -= 1;
      else next();
    }
  }

  async #deliver(id: ObjectId, letter: Letter, letters: Map<ObjectId, Letter>): Promise<void> {
    if (letters.get(id) !== letter) return;
    const bytes = await this.#read(id, letter);
    if (bytes === undefined) {
      letters.delete(id);
      return;
    }
    await this.#put(id, bytes);
    // It has arrived. Where it cannot be told here, who opens the directory next sends it again, and finds it there.
    await this.#tier.settle(id, bytes.length, letter.warm).catch(this.#troubled);
    letters.delete(id);
  }

  async #put(id: ObjectId, bytes: Uint8Array): Promise<void> {
    try {
      await this.#upstream.put(id, bytes);
    } catch (error) {
      if (!isInfinitreeError(error, 'EXISTS')) throw error;
      // An id is used once: what stands there is an earlier sending, of which no answer came, or another process's.
      const found = await this.#upstream.get(id, { fresh: true });
      if (found === undefined || !sameBytes(sha256(found), sha256(bytes))) throw error;
    }
  }

  /** The bytes to be sent; `undefined` where there is nothing to send any more. */
  async #read(id: ObjectId, { digest }: Letter): Promise<Uint8Array | undefined> {
    const staged = await this.#tier.readUnsent(id);
    const isRight = (bytes: Uint8Array) => digest === undefined || sameBytes(sha256(bytes), digest);
    if (staged instanceof Uint8Array && isRight(staged)) return staged;
    // Another process has found it here and sent it, or somebody has removed it.
    if (digest === undefined) {
      if (staged === 'damaged') await this.#tier.discard([id]);
      return undefined;
    }
    const upstream = await this.#upstream.get(id, { fresh: true });
    if (upstream !== undefined && isRight(upstream)) return undefined;
    throw new InfinitreeError(
      'BACKEND',
      `Object ${id} waits to be sent upstream, and ${staged === undefined ? 'its file was removed from' : 'is damaged in'} ` +
        'the cache directory. No commit holds it. Reopen the tree and store again what was not committed.',
    );
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
