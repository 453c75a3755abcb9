import type { Cancel } from '../../backend/backend.js';
import { toUtf8 } from '../../bytes/utf8.js';
import { isWellFormed } from '../../bytes/well-formed.js';
import { Key } from '../../crypto/key.js';
import { InfinitreeError } from '../../errors.js';
import { MAX_LABEL } from '../../format/limits.js';
import { checkOptions } from '../check-options.js';
import type { Session } from '../session.js';
import type { Committer } from '../write/committer.js';
import { addKey, type NewKey, removeKey } from './change-keys.js';
import { infoOf, type KeyInfo } from './registry.js';

export interface AddKeyOptions extends Cancel {
  /** Whose it is, or where it is used: at most 256 bytes of UTF-8. It is encrypted as everything else is. */
  readonly label?: string | undefined;
}

/**
 * The keys that open a tree. Each has a key object of its own; commits touch none of them, whoever makes them.
 *
 * What is changed here is in force for everybody who opens the tree from then on. A handle that is open stays so, and who
 * had the tree open has seen its root secret: `docs/guide/keys.md` says what that means.
 */
export class Keyring {
  readonly #session: Session;
  readonly #committer: Committer;

  constructor(session: Session, committer: Committer) {
    this.#session = session;
    this.#committer = committer;
  }

  /**
   * The keys of the tree as this handle knows it, oldest first. `refresh()` takes over what others have changed. Throws
   * `CLOSED`, and `UNSUPPORTED` where one is of a kind that this version does not know.
   */
  list(): readonly KeyInfo[] {
    this.#session.requireOpen();
    const { credentials } = this.#session.snapshot.care;
    const { credentialId } = this.#session.keyObject;
    return Object.freeze(credentials.filter(({ live }) => live).map((entry) => infoOf(entry, credentialId)));
  }

  /**
   * Lets another key open the tree, beside those that do. Resolves once it does so.
   *
   * Throws `EXISTS` where it opens this tree or another one in the same storage already, `INVALID_ARGUMENT`, `READONLY`,
   * `CONFLICT` where another writer was first, `UNSUPPORTED` where there is no room for more keys, `BACKEND`, `ABORTED`:
   * it can be called again then.
   *
   * @example
   * await tree.keys.add(Key.fromCredentials('bob', 'a password of his own'), { label: 'Bob' });
   */
  async add(key: Key, options: AddKeyOptions = {}): Promise<KeyInfo> {
    const given = checkNewKey(key, options);
    const entry = await addKey(this.#session, this.#committer, given, options);
    return infoOf(entry, this.#session.keyObject.credentialId);
  }

  /**
   * Takes a key from the tree, named by its id. Resolves once it opens nothing any more and its key objects are gone.
   *
   * Throws `NOT_FOUND` where there is no key of this id, `INVALID_ARGUMENT` for the only one, and the others as `add` does.
   * If its key objects cannot be deleted, it opens nothing all the same, and the next opening deletes them.
   */
  async remove(id: string, options: Cancel = {}): Promise<void> {
    checkOptions(options);
    if (typeof id !== 'string') throw invalid('A key is removed by its id, which keys.list() gives');
    await removeKey(this.#session, this.#committer, id, options);
  }
}

/** Refuses what plain JavaScript lets through. */
export function checkNewKey(key: Key, options: AddKeyOptions): NewKey {
  checkOptions(options);
  if (!(key instanceof Key)) throw invalid('A key is a Key, such as Key.fromCredentials() gives');
  const { label } = options;
  if (label !== undefined && (toUtf8(label).length > MAX_LABEL || !isWellFormed(label))) {
    throw invalid(`The label of a key has at most ${MAX_LABEL} bytes, and no lone surrogates`);
  }
  return { key, label };
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', `${what}.`);
}
