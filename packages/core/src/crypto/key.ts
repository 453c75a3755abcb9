import { toBase32 } from '../bytes/base32.js';
import { InfinitreeError } from '../errors.js';
import { DROPBOX_KEY_SIZE, type DropboxKey, decodeDropboxKey, encodeDropboxKey } from '../format/dropbox-key.js';
import type { KeyRole } from '../format/key-record.js';
import { systemEnvironment } from '../platform/environment.js';
import { environmentVariable } from '../platform/process.js';
import { challengeResponse, type Responder } from './challenge-response.js';
import { Credential } from './credential.js';
import { derive } from './derive.js';
import { primaryKeyInFile, writeKeyFile } from './key-file.js';
import { fromKeyText, type TextForm, toKeyText } from './key-text.js';
import { type KmsProvider, kmsStage } from './kms.js';
import { namedCredentials, passwordCredentials } from './password.js';
import { KEY_SIZE } from './primitives.js';
import type { SecondStage } from './second-stage.js';

/** The key of a dropbox: 40 groups of four digits. */
const DROPBOX_TEXT: TextForm = { what: "dropbox's key", prefix: 'ITD1-', size: DROPBOX_KEY_SIZE };

export interface CredentialOptions {
  /**
   * Name of the cost of turning the password into a key: `'argon2id-64m'` (the default), `'argon2id-256m'` or
   * `'argon2id-1g'`. A tree created with a named one is opened with the same name.
   */
  readonly profile?: string;
  /** A string kept by the user and not secret, which makes this credential's salt its own. Not stored anywhere. */
  readonly locator?: string;
}

/** A user name that finds a key object, and opens nothing alone. */
export interface NamedFinder extends CredentialOptions {
  readonly username: string;
}

/** How a key is found whose secret is somewhere else. */
export interface FinderOptions {
  /**
   * What finds the key object: a key from a password or from bytes, which is then needed as well, or a user name, which is no
   * secret. One finder stands for one key of a kind: two devices, or two keys of a KMS, take two of them.
   */
  readonly finder: Key | NamedFinder;
  /** How long an answer is waited for, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
}

export interface KmsOptions extends FinderOptions {
  /**
   * What the KMS is told with each call besides, such as `{ tree: 'orders' }`: its policies may look at that, and its logs show
   * it. It holds no secret, and is the same whenever the tree is opened.
   */
  readonly context?: Readonly<Record<string, string>> | undefined;
}

interface KeyParts {
  readonly raw?: Uint8Array;
  readonly next?: Key;
  readonly dropbox?: DropboxKey;
  readonly role?: KeyRole;
}

let reveal: (key: Key) => readonly Credential[];
let revealNext: (key: Key) => Key | undefined;
let makeDropbox: (dropbox: DropboxKey) => Key;
let revealDropbox: (key: Key) => DropboxKey | undefined;
let revealRole: (key: Key) => KeyRole;

/**
 * What opens a tree. Made at once, derived when it is first used, and remembered: one `Key` serves any number of opens
 * and pays for Argon2id once. Shows nothing of itself in JSON, in strings, or where it is printed.
 */
export class Key {
  static {
    reveal = (key) => {
      if (key instanceof Object && #credentials in key) {
        if (key.#dropbox === undefined) return key.#credentials;
        throw new InfinitreeError('INVALID_ARGUMENT', 'The key of a dropbox opens no tree: see Dropbox.open().');
      }
      throw new InfinitreeError('INVALID_ARGUMENT', 'That is not a Key, or one of another copy of @infinitree/core.');
    };
    revealNext = (key) => key.#next;
    revealDropbox = (key) => key.#dropbox;
    makeDropbox = (dropbox) => new Key([], { dropbox });
    revealRole = (key) => {
      reveal(key);
      return key.#role;
    };
  }

  readonly #credentials: readonly Credential[];
  readonly #raw: Uint8Array | undefined;
  readonly #next: Key | undefined;
  readonly #dropbox: DropboxKey | undefined;
  readonly #role: KeyRole;

  private constructor(credentials: readonly Credential[], { raw, next, dropbox, role = 'all' }: KeyParts = {}) {
    this.#credentials = credentials;
    this.#dropbox = dropbox;
    this.#raw = raw;
    this.#next = next;
    this.#role = role;
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

  /**
   * A key that a key management service holds: who may open the tree is what its policy says. The service is asked when
   * the tree is opened, created or given this key, and at no commit; it never sees a key of the tree.
   * `@infinitree/key-kms` has a provider for AWS.
   *
   * Throws `INVALID_ARGUMENT` for what is no provider or finder. Whoever opens a tree with it is told `WRONG_KEY` where
   * the KMS did not wrap what is there with this key and context; `BACKEND` where it does not answer, with `denied`
   * where a permission is missing.
   *
   * @example
   * import { AwsKms } from '@infinitree/key-kms';
   * const kms = new AwsKms({ keyId: 'alias/orders', region: 'eu-central-1' });
   * const key = Key.fromKms(kms, { finder: { username: 'importer' } });
   */
  static fromKms(provider: KmsProvider, options: KmsOptions): Key {
    const finders = findersOf(options);
    return Key.#ofTwoStages('kms', finders, kmsStage(provider, options));
  }

  /**
   * A key in a device that answers challenges by HMAC-SHA1, such as a YubiKey. It is asked, and perhaps touched, when
   * the tree is opened, created or given this key, and at no commit. `@infinitree/key-yubikey` has a responder.
   *
   * Throws `INVALID_ARGUMENT` for what is no responder or finder. Whoever opens a tree with another device is told
   * `WRONG_KEY`; without one, `BACKEND`.
   *
   * @example
   * import { YubiKey } from '@infinitree/key-yubikey';
   * const finder = Key.fromCredentials('ada', 'a password, in case the device is stolen');
   * const key = Key.fromChallengeResponse(new YubiKey(), { finder });
   */
  static fromChallengeResponse(responder: Responder, options: FinderOptions): Key {
    const finders = findersOf(options);
    return Key.#ofTwoStages('challenge-response', finders, challengeResponse(responder, options.timeoutMs));
  }

  /**
   * A key that is being changed: a tree that opens with either of the two, and when it is opened for writing with the old one
   * is resealed to the new one before `open` resolves. For deployments that change a key at the next start, and may start
   * again before all of them have. A tree is created with the new one.
   *
   * Throws `INVALID_ARGUMENT` where one is no `Key`, or is being changed itself, and where one reads a split tree and the other
   * one only writes.
   */
  static changing(old: Key, next: Key): Key {
    const credentials = [...reveal(next), ...reveal(old)];
    if (old.#next !== undefined || next.#next !== undefined) {
      throw new InfinitreeError('INVALID_ARGUMENT', 'A key that is being changed cannot be changed once more.');
    }
    if (old.#role !== next.#role) {
      throw new InfinitreeError('INVALID_ARGUMENT', 'A key is changed to one that may do the same.');
    }
    return new Key(credentials, { next, role: next.#role });
  }

  /**
   * This key as one that reads and writes a split tree. A tree that is created with it is split, for good: beside such keys it
   * can have keys that only write, so that a machine whose key is stolen gives away none of the values that it wrote.
   *
   * A key opens a split tree in the role that it has there, and in no other: `WRONG_KEY`. Throws `INVALID_ARGUMENT` for what is no
   * plain `Key`.
   *
   * @example
   * const tree = await Infinitree.create(Measurements, { backend, key: Key.splitReader(key) });
   * await tree.keys.add(Key.splitWriter(Key.fromFile('sensor.key')), { label: 'sensor in the greenhouse' });
   */
  static splitReader(key: Key): Key {
    return Key.#inRole(key, 'reader');
  }

  /**
   * This key as one that only writes to a split tree. It reads index data, which is all but the values of sparse fields and blobs;
   * these it stores so that only a `Key.splitReader` opens them. Throws as that does.
   *
   * @example
   * const tree = await Infinitree.open(Measurements, { backend, key: Key.splitWriter(Key.fromEnvironment()) });
   * tree.index.measurements.set(1, { temperature: 23.3 });
   * await tree.commit();
   */
  static splitWriter(key: Key): Key {
    return Key.#inRole(key, 'writer');
  }

  /**
   * A key from what `toText` gave: case, white space and hyphens do not matter. Throws `INVALID_ARGUMENT` where it was
   * mistyped, or is none.
   */
  static fromText(text: string): Key {
    return Key.#fromRaw(fromKeyText(text));
  }

  /**
   * The key in an environment variable, as the text that `toText` gives: for deployments that hand over secrets like that.
   * Throws `INVALID_ARGUMENT` where the variable is not set, or holds no such text.
   *
   * @param name `INFINITREE_KEY` where it is left out.
   */
  static fromEnvironment(name = 'INFINITREE_KEY'): Key {
    const text = environmentVariable(name);
    if (text === undefined) {
      throw new InfinitreeError('INVALID_ARGUMENT', `The environment variable ${name} is not set.`);
    }
    return Key.#fromRaw(fromKeyText(text));
  }

  /**
   * The key in a file that `toFile` wrote. The file is read when the key is used first, so that whoever opens a tree with it
   * is told `INVALID_ARGUMENT` where it is missing or holds no key; another use reads it again then.
   */
  static fromFile(path: string): Key {
    return new Key([new Credential('raw', undefined, (suite) => primaryKeyInFile(suite, path))]);
  }

  /**
   * The key of a dropbox, from the text that `tree.dropboxes.add()` gave with it. It opens no tree: with it a worker hands in
   * changes, by `Dropbox.open()`, and reads nothing. Throws `INVALID_ARGUMENT` where it was mistyped, or is none.
   *
   * @example
   * const key = Key.dropbox(process.env['DROPBOX_KEY'] ?? '');
   * await using dropbox = await Dropbox.open(Measurements, { backend, key });
   */
  static dropbox(text: string): Key {
    const bytes = fromKeyText(text, DROPBOX_TEXT);
    const dropbox = decodeDropboxKey(bytes);
    bytes.fill(0);
    return makeDropbox(dropbox);
  }

  /**
   * The key as a text for people: 14 groups of four digits and letters, of which the last ones tell mistakes. Printed and
   * locked away it is a recovery code. Throws `UNSUPPORTED` as `toBytes` does.
   *
   * @example
   * const recovery = Key.random();
   * await tree.keys.add(recovery, { label: 'recovery code' });
   * print(recovery.toText());
   */
  toText(): string {
    if (this.#dropbox !== undefined) return toKeyText(encodeDropboxKey(this.#dropbox), DROPBOX_TEXT);
    return toKeyText(this.#bytes());
  }

  /**
   * Writes the key into a new file that only its owner may read (mode 0600), and waits until it is on the disk. Never writes
   * over a file: `EXISTS`. Throws `UNSUPPORTED` as `toBytes` does, `BACKEND` where the file cannot be written.
   */
  async toFile(path: string): Promise<void> {
    await writeKeyFile(path, this.#bytes());
  }

  /** A copy of the 32 bytes this key was made of. Throws `UNSUPPORTED` where it was not made of bytes. */
  toBytes(): Uint8Array {
    return this.#bytes().slice();
  }

  /**
   * A password that nobody guesses: five groups of five digits and letters, 125 random bits.
   *
   * @example
   * const password = Key.generatePassword();
   * await tree.reseal(Key.fromCredentials('alice', password));
   */
  static generatePassword(): string {
    const bytes = new Uint8Array(16);
    systemEnvironment.random.fill(bytes);
    const groups = toBase32(bytes).toLowerCase().slice(0, 25).match(/.{5}/g) ?? [];
    bytes.fill(0);
    return groups.join('-');
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

  #bytes(): Uint8Array {
    if (this.#raw !== undefined) return this.#raw;
    throw new InfinitreeError(
      'UNSUPPORTED',
      'Only keys made of random or given bytes can be turned into bytes or text.',
    );
  }

  static #ofTwoStages(kind: 'kms' | 'challenge-response', finders: readonly Credential[], second: SecondStage): Key {
    return new Key(finders.map((finder) => finder.findingFor(kind, second)));
  }

  /** It shares what the plain key derives, so that a password is stretched once for all its roles. */
  static #inRole(key: Key, role: KeyRole): Key {
    const credentials = reveal(key);
    if (key.#role !== 'all')
      throw new InfinitreeError('INVALID_ARGUMENT', 'The key has a role already. Give a plain one.');
    const next = key.#next && Key.#inRole(key.#next, role);
    return new Key(credentials, { role, ...(key.#raw && { raw: key.#raw }), ...(next && { next }) });
  }

  static #fromRaw(bytes: Uint8Array): Key {
    return new Key([new Credential('raw', undefined, (suite) => derive(suite, bytes, 'keyFromBytes'))], { raw: bytes });
  }
}

/** The credentials that a finder stands for. Throws `INVALID_ARGUMENT` for what finds nothing, or more than one key. */
function findersOf(options: FinderOptions): readonly Credential[] {
  const finder: unknown = (options as Partial<FinderOptions> | undefined)?.finder;
  if (finder instanceof Key) {
    const found = reveal(finder);
    const isPlain = nextOf(finder) === undefined && roleOfKey(finder) === 'all';
    if (isPlain && !found.some(({ asks }) => asks)) return found;
    throw new InfinitreeError('INVALID_ARGUMENT', 'A finder is a key from a password or from bytes.');
  }
  if (typeof finder !== 'object' || finder === null) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'A finder is a Key, or an object with a username.');
  }
  const { username, profile, locator } = finder as NamedFinder;
  return namedCredentials(username, profile, locator);
}

/**
 * The ways this key may open a tree, to be tried in this order. Apart from the class, as the package exports only that:
 * what a key derives is nobody's business but the tree's.
 */
export function credentialsOf(key: Key): readonly Credential[] {
  return reveal(key);
}

/** What it is to be used for. */
export function roleOfKey(key: Key): KeyRole {
  return revealRole(key);
}

/** The key that is to be put in its place, where it is being changed. */
export function nextOf(key: Key): Key | undefined {
  return revealNext(key);
}

/** The key of a new dropbox; takes over what it is given. */
export function keyOfDropbox(dropbox: DropboxKey): Key {
  return makeDropbox(dropbox);
}

/** What the key of a dropbox holds; `undefined` where it is another one. */
export function dropboxOf(key: Key): DropboxKey | undefined {
  return revealDropbox(key);
}
