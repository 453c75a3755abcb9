import { decodeCbor, encodeCbor } from '../../codec/cbor.js';
import { MAX_MESSAGE } from '../../format/limits.js';
import { type FieldIdentity, readIdentity, writeIdentity } from './commit.js';
import { bytes, flag, list, malformed, text } from './shape.js';

/** What a batch does to one field. */
export interface BatchChange {
  readonly field: FieldIdentity;
  /** Everything that was there is gone; the entries come after that. */
  readonly cleared: boolean;
  /** Blocks of entries without sequences, in key order. Keys of lists have sequence 0. */
  readonly blocks: readonly Uint8Array[];
}

/** The content of a batch: what becomes a commit when it is merged. */
export interface BatchRecord {
  readonly message: string;
  readonly changes: readonly BatchChange[];
}

export function encodeBatch({ message, changes }: BatchRecord): Uint8Array {
  return encodeCbor([message, changes.map(({ field, cleared, blocks }) => [...writeIdentity(field), cleared, blocks])]);
}

/** What an authentic batch says. Its worker is not trusted: whatever `encodeBatch` does not write is `CORRUPT`. */
export function decodeBatch(payload: Uint8Array): BatchRecord {
  const [message, changes] = list(decodeCbor(payload), 2);
  const told = text(message);
  if (told.length > MAX_MESSAGE) throw malformed('a message is too long');
  return {
    message: told,
    changes: list(changes).map((change) => {
      const [name, type, strategy, cleared, blocks] = list(change, 5);
      return {
        field: readIdentity(name, type, strategy),
        cleared: flag(cleared),
        blocks: list(blocks).map((block) => bytes(block)),
      };
    }),
  };
}
