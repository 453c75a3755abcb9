import { concat } from '../bytes/concat.js';
import { ByteWriter } from '../bytes/writer.js';
import { InfinitreeError } from '../errors.js';
import { type ObjectId, toObjectId } from '../format/ids.js';
import type { CredentialKind } from '../format/key-header.js';
import { derive } from './derive.js';
import { type KeyPair, keyPairOf } from './key-pair.js';
import type { Suite } from './suite.js';

/** Bytes in the salt of Argon2id as libsodium takes it. */
const ARGON2_SALT_SIZE = 16;

/** Computes what everything about a credential is derived from: 32 bytes, which the caller zeroes. */
export type PrimaryKey = (suite: Suite) => Uint8Array | Promise<Uint8Array>;

/**
 * One way a key may have been given to a tree: it knows where its key object is and how that object's header opens.
 * A `Key` whose profile is not named has several of these, of which one is right.
 */
export class Credential {
  readonly kind: CredentialKind;
  /** The profile of a password; `undefined` for raw keys, which are uniform and need no stretching. */
  readonly profile: string | undefined;
  /** Whether it is a password that can be guessed. */
  readonly weak: boolean;
  readonly #primaryKey: PrimaryKey;
  #deriving: Promise<void> | undefined;
  #headerKey: Uint8Array | undefined;
  #keyPair: KeyPair | undefined;
  #ids: readonly [ObjectId, ObjectId] | undefined;

  constructor(kind: CredentialKind, profile: string | undefined, primaryKey: PrimaryKey, weak = false) {
    this.kind = kind;
    this.weak = weak;
    this.profile = profile;
    this.#primaryKey = primaryKey;
  }

  /**
   * Computes what the other members give, once: later and concurrent calls share the first one's work. May be called
   * again after a rejection, which is `UNSUPPORTED` where the machine cannot give Argon2id its memory.
   */
  async derive(suite: Suite): Promise<this> {
    this.#deriving ??= this.#derive(suite).catch((error: unknown) => {
      this.#deriving = undefined;
      throw error;
    });
    await this.#deriving;
    return this;
  }

  /** The id of this credential's key object. Replacing a key object writes the slot that is free. */
  keyObjectId(slot: 0 | 1): ObjectId {
    return this.#derived(this.#ids)[slot];
  }

  /** The key that the first headers of its key objects are sealed under; not to be changed. */
  headerKey(): Uint8Array {
    return this.#derived(this.#headerKey);
  }

  /** What the second ones are sealed to, and what opens them; not to be changed. */
  keyPair(): KeyPair {
    return this.#derived(this.#keyPair);
  }

  toJSON(): string {
    return '[Credential]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'Credential { [redacted] }';
  }

  async #derive(suite: Suite): Promise<void> {
    const primary = await this.#primaryKey(suite);
    const id = (slot: number) => toObjectId(derive(suite, primary, 'keyObjectId', Uint8Array.of(slot)));
    this.#ids = [id(0), id(1)];
    this.#headerKey = derive(suite, primary, 'keyObjectHeader');
    this.#keyPair = keyPairOf(suite, derive(suite, primary, 'credentialSecret'));
    // What is kept cannot give the primary key back, so that a later label does not open to who reads this one's keys.
    primary.fill(0);
  }

  #derived<T>(value: T | undefined): T {
    if (value === undefined) throw new InfinitreeError('INVALID_ARGUMENT', 'The credential was not derived yet.');
    return value;
  }
}

/**
 * The salt of Argon2id: the first 16 bytes of SHA-256 over profile, user name and locator, each in UTF-8 behind its
 * length in two bytes. Without a locator it is the same everywhere for one user name; nothing random can be stored for
 * it, as it has to be known before anything can be found.
 */
export function passwordSalt(
  suite: Pick<Suite, 'sha256'>,
  profile: Uint8Array,
  user: Uint8Array,
  locator: Uint8Array,
): Uint8Array {
  const fields = [profile, user, locator].map((field) => concat(new ByteWriter(2).u16(field.length).bytes, field));
  return suite.sha256(...fields).subarray(0, ARGON2_SALT_SIZE);
}
