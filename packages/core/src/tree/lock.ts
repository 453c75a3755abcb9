import type { AdvisoryLocks, Cancel } from '../backend/backend.js';
import { sameBytes } from '../bytes/compare.js';
import { toHex } from '../bytes/hex.js';
import { lockName } from '../crypto/own-ids.js';
import { openSalted, sealSalted } from '../crypto/salted-box.js';
import type { TreeKeys } from '../crypto/tree-keys.js';
import { InfinitreeError } from '../errors.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import type { ObjectContext } from '../object/context.js';

const NO_AAD = new Uint8Array(0);
/** The note has one size, whoever leaves it. */
const NOTE_SIZE = 1024;
/** Tells two handles of one process apart. */
const TOKEN_SIZE = 32;

/**
 * The note by which a writer tells others that it is there. A courtesy: whoever ignores it, or finds it stale by
 * mistake, fences the other writer off by epochs, and nothing is lost.
 */
export class WriterLock {
  /** Tokens of notes that this process could not take away. Nobody stands behind them any more. */
  static readonly #abandoned = new Set<string>();
  readonly #context: ObjectContext;
  readonly #locks: AdvisoryLocks;
  readonly #token: Uint8Array;

  private constructor(context: ObjectContext, locks: AdvisoryLocks, token: Uint8Array) {
    this.#context = context;
    this.#locks = locks;
    this.#token = token;
  }

  /**
   * Leaves the note, in place of one whose writer is gone. Throws `LOCKED` where another writer is, or may be, alive;
   * with `takeover` that is ignored.
   */
  static async acquire(
    context: ObjectContext,
    options: Cancel & { readonly takeover?: boolean | undefined },
  ): Promise<WriterLock | undefined> {
    const { locks } = context.backend;
    if (locks === undefined) return undefined;
    const name = lockName(context.keys);
    const token = context.entropy.bytes32();
    const note = seal(context, token, locks.holder());
    const lock = new WriterLock(context, locks, token);
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await lock.#create(name, note, options)) return lock;
      const found = await locks.read(name, options);
      if (found === undefined) continue;
      const holder = open(context, found);
      const { text, gone } = holder === undefined ? UNREADABLE : locks.describe(holder.subarray(TOKEN_SIZE));
      const isAbandoned = holder !== undefined && WriterLock.#abandoned.has(toHex(holder.subarray(0, TOKEN_SIZE)));
      if (!gone && !isAbandoned && options.takeover !== true) throw locked(text);
      await locks.remove(name, options);
    }
    throw locked('a writer that opens it at this very moment');
  }

  async #create(name: ObjectId, note: Uint8Array, options: Cancel): Promise<boolean> {
    try {
      return await this.#locks.create(name, note, options);
    } catch (error) {
      // The note may be there all the same, and would then lock out this very process until it ends. Where it cannot be
      // taken away either, the first error says what is wrong.
      await this.release().catch(() => undefined);
      throw error;
    }
  }

  /** Whether it stands under the name that these keys give it. */
  isOf(keys: TreeKeys): boolean {
    return this.#context.keys === keys;
  }

  /** Takes the note away. Failing that, it is in the way of other processes, but not of this one, until it ends. */
  async release(): Promise<void> {
    const name = lockName(this.#context.keys);
    try {
      const found = await this.#locks.read(name);
      // Who took the tree over has left its own note.
      const mine = found && open(this.#context, found);
      if (mine !== undefined && sameBytes(mine.subarray(0, TOKEN_SIZE), this.#token)) await this.#locks.remove(name);
    } catch (error) {
      WriterLock.#abandoned.add(toHex(this.#token));
      throw error;
    }
  }
}

// A note is left whole or not at all only on a good day: a torn one is a crash's, and its writer is gone.
const UNREADABLE = { text: 'an unreadable note', gone: true };

function locked(who: string): InfinitreeError {
  return new InfinitreeError(
    'LOCKED',
    `The tree is LOCKED by ${who}. Close it there, open with { readonly: true }, or, if that writer is surely gone, open ` +
      'with { takeover: true }. That loses nothing: whoever commits second is told so, and refreshes first.',
    { retryable: true },
  );
}

function seal(context: ObjectContext, token: Uint8Array, holder: Uint8Array): Uint8Array {
  const { keys, entropy } = context;
  if (holder.length > NOTE_SIZE - TOKEN_SIZE - 2) {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      `The holder of a lock takes ${holder.length} bytes, which is too many.`,
    );
  }
  const plain = new Uint8Array(NOTE_SIZE);
  new DataView(plain.buffer).setUint16(0, TOKEN_SIZE + holder.length);
  plain.set(token, 2);
  plain.set(holder, 2 + TOKEN_SIZE);
  const salt = entropy.bytes32(plain);
  return sealSalted(keys.suite, keys.subkey('lock'), 'lock', idBytes(lockName(keys)), NO_AAD, salt, plain);
}

function open({ keys }: ObjectContext, note: Uint8Array): Uint8Array | undefined {
  const plain = openSalted(keys.suite, keys.subkey('lock'), 'lock', idBytes(lockName(keys)), NO_AAD, note);
  if (plain?.length !== NOTE_SIZE) return undefined;
  const length = new DataView(plain.buffer, plain.byteOffset).getUint16(0);
  return plain.subarray(2, 2 + length);
}
