import { SEALED_SECRET_SIZE, type SealedSecret } from '../../crypto/next-secret.js';
import { bytes, flag, integer, list, malformed, maybe } from './shape.js';

/** The next secrets of a tree, sealed to each of its keys. Nothing is written under them before this is durable. */
export interface NextSecret {
  readonly keyEpoch: number;
  readonly copies: readonly NextSecretCopy[];
  /** Whether there was a copy for a key that was taken from the tree since. */
  readonly exposed: boolean;
}

export interface NextSecretCopy extends SealedSecret {
  readonly credentialId: Uint8Array;
}

/** A state of the chain before. */
export interface StandsFor {
  readonly epoch: number;
  readonly headSequence: number;
  readonly hash: Uint8Array;
}

/** How far a tree has come with new keys. */
export type Rotation =
  | { readonly stage: 'prepared'; readonly next: NextSecret }
  /** A first head, which stands for a state of the chain before, and counts only if the last head there names it. */
  | { readonly stage: 'first'; readonly of: StandsFor }
  /** That last head stands, and key objects that lead to it are to be deleted. */
  | { readonly stage: 'finishing' };

const STAGES = { prepared: 1, first: 2, finishing: 3 } as const;

export function writeRotation(rotation: Rotation): unknown {
  const next = rotation.stage === 'prepared' ? writeNext(rotation.next) : null;
  const of = rotation.stage === 'first' ? [rotation.of.epoch, rotation.of.headSequence, rotation.of.hash] : null;
  return [STAGES[rotation.stage], next, of];
}

export function readRotation(value: unknown): Rotation {
  const [stage, given, standsFor] = list(value, 3);
  const next = maybe(given, readNext);
  const of = maybe(standsFor, readStandsFor);
  if (stage === STAGES.prepared && next !== undefined && of === undefined) return { stage: 'prepared', next };
  if (stage === STAGES.first && next === undefined && of !== undefined) return { stage: 'first', of };
  if (stage === STAGES.finishing && next === undefined && of === undefined) return { stage: 'finishing' };
  throw malformed('a rotation is at no stage');
}

function writeNext({ keyEpoch, copies, exposed }: NextSecret): unknown {
  const rows = copies.map(({ credentialId, ephemeralKey, sealed }) => [credentialId, ephemeralKey, sealed]);
  return [keyEpoch, rows, exposed];
}

function readNext(value: unknown): NextSecret {
  const [keyEpoch, copies, exposed] = list(value, 3);
  return {
    keyEpoch: integer(keyEpoch),
    copies: list(copies).map((copy) => {
      const [credentialId, ephemeralKey, sealed] = list(copy, 3);
      return {
        credentialId: bytes(credentialId, 16),
        ephemeralKey: bytes(ephemeralKey, 32),
        sealed: bytes(sealed, SEALED_SECRET_SIZE),
      };
    }),
    exposed: flag(exposed),
  };
}

function readStandsFor(value: unknown): StandsFor {
  const [epoch, headSequence, hash] = list(value, 3);
  return { epoch: integer(epoch), headSequence: integer(headSequence), hash: bytes(hash, 32) };
}
