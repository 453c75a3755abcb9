import { InfinitreeError } from '../errors.js';
import { systemEnvironment } from '../platform/environment.js';
import { Credential } from './credential.js';
import { derive } from './derive.js';
import { passwordCredentials } from './password.js';
import { KEY_SIZE } from './primitives.js';

export interface CredentialOptions {
  /**
   * Name of the cost of turning the password into a key: `'argon2id-64m'` (the default), `'argon2id-256m'` or
   * `'argon2id-1g'`. A tree created with a named one is opened with the same name.
   */
  readonly profile?: string;
  /** A string kept by the user and not secret, which makes this credential's salt its own. Not stored anywhere. */
  readonly locator?: string;
}

let reveal: (key: Key) => readonly Credential[];

/**
 * What opens a tree. Made at once, derived when it is first used, and remembered: one `Key` serves any number of opens
 * and pays for Argon2id once. Shows nothing of itself in JSON, in strings, or where it is printed.
 */
export class Key {
  static {
    reveal = (key) => {
      if (#credentials in key) return key.#credentials;
      throw new InfinitreeError('INVALID_ARGUMENT', 'That is not a Key, or one of another copy of @infinitree/core.');
    };
  }

  readonly #credentials: readonly Credential[];
  readonly #raw: Uint8Array | undefined;

  private constructor(credentials: readonly Credential[], raw?: Uint8Array) {
    this.#credentials = credentials;
    this.#raw = raw;
  }

  /**
   * A key from a user name and a password, by Argon2id (RFC 9106). Strings are taken in Unicode normal form C, so that
   * one password typed on two systems is one password; a password of bytes is taken as it is, and copied.
   *
   * Throws `INVALID_ARGUMENT` for an empty user name, password or locator, one of more than 65,535 bytes, a string with
   * lone surrogates, and a profile that does not exist.
   */
  static fromCredentials(username: string, password: string | Uint8Array, options: CredentialOptions = {}): Key {
    const given: unknown = options;
    if (typeof given !== 'object' || given === null) {
      throw new InfinitreeError('INVALID_ARGUMENT', 'The options of a credential are an object, or are left out.');
    }
    return new Key(passwordCredentials(username, password, options.profile, options.locator));
  }

  /** A new key of 32 random bytes. Keep what `toBytes` gives: nothing else opens the tree. */
  static random(): Key {
    const bytes = new Uint8Array(KEY_SIZE);
    systemEnvironment.random.fill(bytes);
    return Key.#fromRaw(bytes);
  }

  /** A key from 32 bytes nobody can guess, which are copied. Throws `INVALID_ARGUMENT` for any other length. */
  static fromBytes(bytes: Uint8Array): Key {
    if (!(bytes instanceof Uint8Array) || bytes.length !== KEY_SIZE) {
      throw new InfinitreeError('INVALID_ARGUMENT', `A key is made of a Uint8Array of exactly ${KEY_SIZE} bytes.`);
    }
    return Key.#fromRaw(Uint8Array.from(bytes));
  }

  /** A copy of the 32 bytes this key was made of. Throws `UNSUPPORTED` where it was not made of bytes. */
  toBytes(): Uint8Array {
    if (this.#raw === undefined) {
      throw new InfinitreeError('UNSUPPORTED', 'Only keys from Key.random and Key.fromBytes can be turned into bytes.');
    }
    return this.#raw.slice();
  }

  toString(): string {
    return '[Key]';
  }

  toJSON(): string {
    return '[Key]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'Key { [redacted] }';
  }

  static #fromRaw(bytes: Uint8Array): Key {
    return new Key([new Credential('raw', undefined, (suite) => derive(suite, bytes, 'keyFromBytes'))], bytes);
  }
}

/**
 * The ways this key may open a tree, to be tried in this order. Apart from the class, as the package exports only that:
 * what a key derives is nobody's business but the tree's.
 */
export function credentialsOf(key: Key): readonly Credential[] {
  return reveal(key);
}
