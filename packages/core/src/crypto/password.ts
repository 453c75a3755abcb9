import { toUtf8 } from '../bytes/utf8.js';
import { isWellFormed } from '../bytes/well-formed.js';
import { InfinitreeError } from '../errors.js';
import { Credential, passwordSalt } from './credential.js';
import { profileCost, TRIED_PROFILES } from './profiles.js';
import type { Suite } from './suite.js';

/** The longest user name, password or locator in bytes of UTF-8: what fits a length of two bytes. */
const LONGEST = 65_535;

/** Bytes of a password below which it is told to be weak: what the guidance of NIST (SP 800-63B-4) asks for alone. */
const SHORT = 15;

const NOTHING = new Uint8Array(0);

/** The candidates of a user name and password: one where the profile is named, else one for each profile tried. */
export function passwordCredentials(
  username: string,
  password: string | Uint8Array,
  profile: string | undefined,
  locator: string | undefined,
): readonly Credential[] {
  const secret = typeof password === 'string' ? normalised(password, 'The password') : copied(password);
  return candidates(username, secret, profile, locator);
}

/**
 * The candidates of a user name without a password, which find a key object and open none. They are stretched as well: it keeps
 * who guesses user names from looking for the key objects of many.
 */
export function namedCredentials(
  username: string,
  profile: string | undefined,
  locator: string | undefined,
): readonly Credential[] {
  return candidates(username, NOTHING, profile, locator);
}

function candidates(
  username: string,
  secret: Uint8Array,
  profile: string | undefined,
  locator: string | undefined,
): readonly Credential[] {
  const user = normalised(username, 'The user name');
  const place = locator === undefined ? NOTHING : normalised(locator, 'The locator');
  const names = profile === undefined ? TRIED_PROFILES : [profile];
  const costs = names.map((name) => ({ name, cost: profileCost(name) }));
  let toDerive = costs.length;
  return costs.map(({ name, cost }) => {
    const primaryKey = (suite: Suite) => {
      const primary = stretch(suite, secret, passwordSalt(suite, toUtf8(name), user, place), cost, name);
      // Each candidate is derived once, so after the last one nobody needs the password any more.
      toDerive -= 1;
      if (toDerive === 0) secret.fill(0);
      return primary;
    };
    return new Credential('password', name, primaryKey, { weak: secret.length < SHORT });
  });
}

function stretch(
  suite: Suite,
  password: Uint8Array,
  salt: Uint8Array,
  cost: ReturnType<typeof profileCost>,
  profile: string,
): Uint8Array {
  try {
    return suite.argon2id(password, salt, cost);
  } catch (cause) {
    const mebibytes = cost.memLimit / (1024 * 1024);
    throw new InfinitreeError('UNSUPPORTED', `Profile '${profile}' needs ${mebibytes} MiB, which are not to be had.`, {
      cause,
    });
  }
}

function normalised(text: unknown, what: string): Uint8Array {
  if (typeof text !== 'string') throw new InfinitreeError('INVALID_ARGUMENT', `${what} must be a string.`);
  // UTF-8 has no lone surrogates; encoding would turn all of them into one character, and two passwords into one.
  if (!isWellFormed(text)) throw new InfinitreeError('INVALID_ARGUMENT', `${what} holds a lone surrogate.`);
  return bounded(toUtf8(text.normalize('NFC')), what);
}

function copied(password: Uint8Array): Uint8Array {
  if (!(password instanceof Uint8Array)) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'The password must be a string or a Uint8Array.');
  }
  return bounded(Uint8Array.from(password), 'The password');
}

function bounded(bytes: Uint8Array, what: string): Uint8Array {
  if (bytes.length === 0) throw new InfinitreeError('INVALID_ARGUMENT', `${what} must not be empty.`);
  if (bytes.length > LONGEST) {
    throw new InfinitreeError('INVALID_ARGUMENT', `${what} must not have more than ${LONGEST} bytes.`);
  }
  return bytes;
}
