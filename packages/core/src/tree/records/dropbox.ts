import { Secret } from '../../crypto/secret.js';
import { bytes, flag, integer, list, maybe, text } from './shape.js';

/** Stands for the manifest of a batch that nobody has seen: before the first of a chain, and behind one that was given up. */
export const NO_HASH = new Uint8Array(32);

/** How far one chain of a dropbox's batches was merged. */
export interface ChainEntry {
  readonly chain: number;
  /** The newest batch that was merged or given up, and the hash of its manifest; zeros where that is not known. */
  readonly counter: number;
  readonly hash: Uint8Array;
  /** Batches up to this one are deleted, but for the newest of all, which the worker goes on from. */
  readonly deleted: number;
}

/** A dropbox in a head's registry: what it takes to find, open and judge what its worker has sent. */
export interface DropboxEntry {
  /** 16 random bytes. */
  readonly id: Uint8Array;
  readonly label: string;
  /** When it was made, in milliseconds since 1970. */
  readonly created: number;
  /** Whether batches are taken from it. If not, what is left of it is to be deleted. */
  readonly live: boolean;
  /** The stored names of the fields that it may change; of all where there is none. */
  readonly fields: readonly string[];
  /** What owners share with the worker. */
  readonly shared: Secret;
  /** The X25519 secret key that opens its batches; undefined in a split tree, where the storage secret of `keyEpoch` does. */
  readonly secret: Secret | undefined;
  /** In which key epoch it was made. */
  readonly keyEpoch: number;
  /** The Ed25519 public key of its worker. */
  readonly verificationKey: Uint8Array;
  readonly chains: readonly ChainEntry[];
}

export function writeDropbox(entry: DropboxEntry): unknown {
  const { id, label, created, live, fields, shared, secret, verificationKey, chains, keyEpoch } = entry;
  const rows = chains.map(({ chain, counter, hash, deleted }) => [chain, counter, hash, deleted]);
  const opens = secret?.reveal() ?? null;
  return [id, label, created, live, fields, shared.reveal(), opens, verificationKey, rows, keyEpoch];
}

export function readDropbox(value: unknown): DropboxEntry {
  const [id, label, created, live, fields, shared, secret, verificationKey, chains, keyEpoch] = list(value, 10);
  return {
    id: bytes(id, 16),
    label: text(label),
    created: integer(created),
    live: flag(live),
    fields: list(fields).map(text),
    shared: new Secret(bytes(shared, 32)),
    secret: maybe(secret, (given) => new Secret(bytes(given, 32))),
    keyEpoch: integer(keyEpoch),
    verificationKey: bytes(verificationKey, 32),
    chains: list(chains).map((row) => {
      const [chain, counter, hash, deleted] = list(row, 4);
      return { chain: integer(chain), counter: integer(counter), hash: bytes(hash, 32), deleted: integer(deleted) };
    }),
  };
}
