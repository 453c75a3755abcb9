import { type Key, roleOfKey } from '../../crypto/key.js';
import { InfinitreeError } from '../../errors.js';
import { KEY_ROLES, type KeyRole, roleOf } from '../../format/key-record.js';
import { canGive, type OpenedKeyObject } from '../../object/key-object.js';
import type { CredentialEntry } from '../records/credential.js';
import type { Session } from '../session.js';

/** A key that is taken for another one than it is must neither read less than there is nor write more than it should. */
export function requireRole({ record }: OpenedKeyObject, key: Key): void {
  const [is, given] = [roleOf(record.role), roleOfKey(key)];
  if (is === given) return;
  const use = is === undefined || is === 'all' ? 'the plain key' : NAMED_ROLES[is];
  throw new InfinitreeError(
    'WRONG_KEY',
    `This key has another role in the tree than it was given in. Open it with ${use}, or use another key.`,
  );
}

const NAMED_ROLES = { reader: 'Key.splitReader()', writer: 'Key.splitWriter()' } as const;

/** Refuses a key in a role that it cannot have in this tree, or that this handle cannot give. */
export function requireGivable({ context }: Session, key: Key): KeyRole {
  const role = roleOfKey(key);
  if ((context.keys.storage === undefined) !== (role === 'all')) {
    throw new InfinitreeError(
      'WRONG_KEY',
      role === 'all'
        ? 'The tree is split: give Key.splitReader(key) or Key.splitWriter(key), so that it is said what the key may do.'
        : 'The tree is not split, and its keys have no roles. Give the plain key.',
    );
  }
  if (canGive(context.keys, KEY_ROLES[role])) return role;
  throw new InfinitreeError(
    'UNSUPPORTED',
    'The tree was opened with Key.splitWriter(), which has nothing to give to a key that reads. Give a key that only writes, ' +
      'or open the tree with Key.splitReader().',
  );
}

/** What only a key of another role could give back stays. */
export function requireRemovable({ context, snapshot }: Session, entry: CredentialEntry): void {
  if (entry.role !== KEY_ROLES.reader) return;
  if (!canGive(context.keys, entry.role)) {
    throw new InfinitreeError(
      'UNSUPPORTED',
      'The tree was opened with Key.splitWriter(), and this key reads it. Open it with Key.splitReader() to remove such a key.',
    );
  }
  if (snapshot.care.credentials.filter(({ live, role }) => live && role === entry.role).length > 1) return;
  throw new InfinitreeError(
    'INVALID_ARGUMENT',
    'This is the only key that reads the split tree, and without it nobody could. Add another one first.',
  );
}

/** A handle stays what it is: who only writes must not come to read, and who reads could not come back. */
export function requireSameRole(session: Session, key: Key): KeyRole {
  const { storage } = session.context.keys;
  if (storage !== undefined && roleOfKey(key) !== (storage.opens ? 'reader' : 'writer')) throw otherRole();
  return requireGivable(session, key);
}

export function otherRole(): InfinitreeError {
  return new InfinitreeError(
    'WRONG_KEY',
    'A key of a split tree is changed to one of the same role. Add and remove keys else.',
  );
}
