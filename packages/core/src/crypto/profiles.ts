import { InfinitreeError } from '../errors.js';
import type { Argon2Cost } from './sodium-suite.js';

const MIB = 1024 * 1024;

/**
 * The costs of turning a password into a key, by name. A released profile never changes: the parameters have to be
 * known before anything can be read, so the name stands for them. One lane, since libsodium has no more.
 */
const PROFILES: ReadonlyMap<string, Argon2Cost> = new Map<string, Argon2Cost>([
  ['argon2id-64m', Object.freeze({ opsLimit: 3, memLimit: 64 * MIB })],
  ['argon2id-256m', Object.freeze({ opsLimit: 3, memLimit: 256 * MIB })],
  ['argon2id-1g', Object.freeze({ opsLimit: 4, memLimit: 1024 * MIB })],
]);

/** The names of all profiles, from the cheapest to the dearest. */
export const PROFILE_NAMES: readonly string[] = Object.freeze([...PROFILES.keys()]);

/** The profile of a new credential that names none: the second recommendation of RFC 9106, section 4, with one lane. */
export const DEFAULT_PROFILE = 'argon2id-64m';

/**
 * What is tried for a credential that names no profile: the default and the one before it, if there was one. No more,
 * since each costs a wrong password its full time.
 */
export const TRIED_PROFILES: readonly string[] = Object.freeze([DEFAULT_PROFILE]);

/** The cost of a profile. Throws `INVALID_ARGUMENT`, naming all profiles, where there is none of this name. */
export function profileCost(name: string): Argon2Cost {
  const cost = PROFILES.get(name);
  if (cost === undefined) {
    const known = PROFILE_NAMES.map((known) => `'${known}'`).join(', ');
    throw new InfinitreeError('INVALID_ARGUMENT', `There is no profile of that name; the profiles are ${known}.`);
  }
  return cost;
}
