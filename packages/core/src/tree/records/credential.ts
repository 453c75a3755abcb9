import { Secret } from '../../crypto/secret.js';
import { idBytes } from '../../format/id-bytes.js';
import type { ObjectId } from '../../format/ids.js';
import { bytes, flag, id, integer, list, text } from './shape.js';

/** A credential in a head's registry: what everybody who has the tree knows of it, and enough to seal to it. */
export interface CredentialEntry {
  /** 16 random bytes. */
  readonly id: Uint8Array;
  readonly kind: number;
  /** Whether it may open the tree. If not, its key objects are to be deleted. */
  readonly live: boolean;
  /** When it was added, in milliseconds since 1970. */
  readonly created: number;
  readonly label: string;
  /** The ids of its key object in slot 0 and in slot 1. */
  readonly keyObjects: readonly [ObjectId, ObjectId];
  readonly headerKey: Secret;
  readonly publicKey: Uint8Array;
  readonly question: Uint8Array;
  /** What the key may do: see `KEY_ROLES`. */
  readonly role: number;
}

export function writeCredential(entry: CredentialEntry): unknown {
  const { id: credential, kind, live, created, label, keyObjects, headerKey, publicKey, question, role } = entry;
  const ids = keyObjects.map(idBytes);
  return [credential, kind, live, created, label, ids, headerKey.reveal(), publicKey, question, role];
}

export function readCredential(value: unknown): CredentialEntry {
  const [credential, kind, live, created, label, keyObjects, headerKey, publicKey, question, role] = list(value, 10);
  const [first, second] = list(keyObjects, 2);
  return {
    id: bytes(credential, 16),
    kind: integer(kind),
    live: flag(live),
    created: integer(created),
    label: text(label),
    keyObjects: [id(first), id(second)],
    headerKey: new Secret(bytes(headerKey, 32)),
    publicKey: bytes(publicKey, 32),
    question: bytes(question),
    role: integer(role),
  };
}
