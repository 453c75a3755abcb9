import { concat } from '../bytes/concat.js';
import { ByteWriter } from '../bytes/writer.js';
import { InfinitreeError } from '../errors.js';
import { type ObjectId, toObjectId } from '../format/ids.js';
import { CREDENTIAL_KINDS, type CredentialKind } from '../format/key-header.js';
import type { Asking } from './ask.js';
import { derive, encodedLabel } from './derive.js';
import type { Entropy } from './entropy.js';
import { type KeyPair, keyPairOf } from './key-pair.js';
import { KEY_SIZE } from './primitives.js';
import type { Answered, SecondStage } from './second-stage.js';
import type { Suite } from './suite.js';

/** Bytes in the salt of Argon2id as libsodium takes it. */
const ARGON2_SALT_SIZE = 16;

/** Computes what everything about a credential is derived from: 32 bytes, which the caller zeroes. */
export type PrimaryKey = (suite: Suite) => Uint8Array | Promise<Uint8Array>;

/** What a credential is given to a tree with: what its key object is sealed to. The caller zeroes the secret key. */
export interface Posed extends KeyPair {
  /** Empty for a credential of one stage. */
  readonly question: Uint8Array;
}

const NO_QUESTION = new Uint8Array(0);

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
  /** What has to be asked besides; `undefined` where the credential has all that it takes. */
  readonly #second: SecondStage | undefined;
  #deriving: Promise<void> | undefined;
  #headerKey: Uint8Array | undefined;
  #secret: Uint8Array | undefined;
  #finderKey: Uint8Array | undefined;
  #ids: readonly [ObjectId, ObjectId] | undefined;

  constructor(
    kind: CredentialKind,
    profile: string | undefined,
    primaryKey: PrimaryKey,
    { weak = false, second }: { readonly weak?: boolean; readonly second?: SecondStage } = {},
  ) {
    this.kind = kind;
    this.weak = weak;
    this.profile = profile;
    this.#primaryKey = primaryKey;
    this.#second = second;
  }

  /**
   * A credential of two stages: this one finds its key object, and says how to open it only together with what another one
   * answers. The kind is part of it, so that with and without the second stage they are strangers to one another.
   */
  findingFor(kind: CredentialKind, second: SecondStage): Credential {
    const primaryKey = async (suite: Suite) => {
      await this.derive(suite);
      return derive(suite, this.#derived(this.#finderKey), 'finder', Uint8Array.of(CREDENTIAL_KINDS[kind]));
    };
    return new Credential(kind, this.profile, primaryKey, { second });
  }

  /** Whether somebody else has to be asked before a key object of it opens. */
  get asks(): boolean {
    return this.#second !== undefined;
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

  /**
   * What a tree that is given this credential seals its key object to. Whoever has to be asked for it is asked now, so that
   * the tree has no key that nobody can use. Rejects as the second stage does.
   */
  async pose(suite: Suite, entropy: Pick<Entropy, 'bytes32'>, asking: Asking): Promise<Posed> {
    if (this.#second === undefined) return { question: NO_QUESTION, ...this.#keyPair(suite) };
    const { question, answer } = await this.#second.pose(suite, entropy.bytes32(), asking);
    return { question, ...this.#keyPair(suite, { question, answer }) };
  }

  /** The key pair that opens a key object with this question; the caller zeroes its secret key. Rejects as `pose` does. */
  async answer(suite: Suite, question: Uint8Array, asking: Asking): Promise<KeyPair> {
    if (this.#second === undefined) return this.#keyPair(suite);
    return this.#keyPair(suite, { question, answer: await this.#second.answer(question, asking) });
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
    this.#secret = derive(suite, primary, 'credentialSecret');
    this.#finderKey = derive(suite, primary, 'finder');
    // What is kept cannot give the primary key back, so that a later label does not open to who reads this one's keys.
    primary.fill(0);
  }

  /** Made anew for each question and kept by none, as a credential serves many trees. Zeroes the answer. */
  #keyPair(suite: Suite, answered?: Answered): KeyPair {
    const secret = this.#derived(this.#secret);
    if (answered === undefined) return keyPairOf(suite, secret.slice());
    const { question, answer } = answered;
    const secretKey = suite.hkdf(answer, secret, concat(encodedLabel('answeredSecret'), question), KEY_SIZE);
    answer.fill(0);
    return keyPairOf(suite, secretKey);
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
