import { sameBytes } from '../../bytes/compare.js';
import { toHex } from '../../bytes/hex.js';
import type { Credential, Posed } from '../../crypto/credential.js';
import { Secret } from '../../crypto/secret.js';
import { InfinitreeError } from '../../errors.js';
import { CREDENTIAL_KINDS, type CredentialKind } from '../../format/key-header.js';
import { type KeyRole, roleOf } from '../../format/key-record.js';
import type { CredentialEntry } from '../records/credential.js';

/** One of the keys that open a tree. Frozen plain data, and nothing of it secret. */
export interface KeyInfo {
  /** 32 hexadecimal digits, made when it was added. */
  readonly id: string;
  readonly kind: CredentialKind;
  /** What it may do: everything, where the tree is not split; else read and write, or write only. */
  readonly role: KeyRole;
  readonly label: string;
  readonly created: Date;
  /** Whether it is the one that this handle was opened with. */
  readonly current: boolean;
}

/** The entry of a derived credential. */
export function entryOf(
  credential: Credential,
  { publicKey, question }: Pick<Posed, 'publicKey' | 'question'>,
  { id, created, label, role }: Pick<CredentialEntry, 'id' | 'created' | 'label' | 'role'>,
): CredentialEntry {
  return {
    id,
    kind: CREDENTIAL_KINDS[credential.kind],
    live: true,
    created,
    label,
    keyObjects: [credential.keyObjectId(0), credential.keyObjectId(1)],
    // A copy: what a key keeps is its own.
    headerKey: new Secret(credential.headerKey().slice()),
    publicKey,
    question,
    role,
  };
}

export function infoOf(entry: CredentialEntry, current: Uint8Array): KeyInfo {
  const { id, kind, label, created } = entry;
  const role = roleOf(entry.role);
  const known = Object.entries(CREDENTIAL_KINDS).find(([, code]) => code === kind);
  if (known === undefined || role === undefined) {
    throw new InfinitreeError(
      'UNSUPPORTED',
      `A key of the tree is of kind ${kind} and role ${entry.role}, which this version does not know.`,
    );
  }
  return Object.freeze({
    id: toHex(id),
    kind: known[0] as CredentialKind,
    role,
    label,
    created: new Date(created),
    current: sameBytes(id, current),
  });
}

/** The live entry of a credential's id. */
export function liveEntry(entries: readonly CredentialEntry[], id: Uint8Array): CredentialEntry | undefined {
  return entries.find((entry) => entry.live && sameBytes(entry.id, id));
}
