import type { Asking } from '../../crypto/ask.js';
import type { Credential } from '../../crypto/credential.js';
import { InfinitreeError } from '../../errors.js';
import { openKeyObjects } from '../../object/key-object.js';
import type { ReadHeads } from '../heads/head-store.js';
import { liveEntry } from '../keys/registry.js';
import type { Snapshot } from '../snapshot.js';
import { isSuccessor } from '../succession.js';
import {
  type ChosenChain,
  chainOfKeyObject,
  chooseChain,
  type EndedChain,
  notKept,
  successorMissing,
} from './choose-chain.js';

/** The chain in which a tree goes on, as a key leads there. */
export interface Successor extends Omit<ChosenChain, 'before'> {
  readonly snapshot: Snapshot;
}

/**
 * Looks a key object up again, for a handle that has found the end of the chain it was opened with. Rejects with `WRONG_KEY`
 * where its key leads no further, `ROLLBACK` where it leads to what does not go on from there.
 */
export async function successorOf(
  { chain, last }: EndedChain,
  credential: Credential,
  options: ReadHeads & Asking,
): Promise<Successor> {
  const { backend, entropy, readonly = false, keys } = chain.context;
  const ground = { backend, entropy, readonly };
  const opened = await openKeyObjects(backend, keys.suite, credential, { ...options, readonly });
  const [first, second] = opened;
  if (first === undefined) throw notKept();
  const chosen = second === undefined ? await only() : await chooseChain(ground, [first, second], options);
  const { snapshot, keyObject } = chosen;
  try {
    if (keyObject.keys.keyEpoch <= keys.keyEpoch) throw notKept();
    if (snapshot === undefined) throw successorMissing();
    if (liveEntry(snapshot.care.credentials, keyObject.record.credentialId) === undefined) throw notKept();
    if (!isSuccessor(last, snapshot)) throw foreign();
    return { ...chosen, snapshot };
  } catch (error) {
    keyObject.keys.wipe();
    throw error;
  } finally {
    // This handle has these keys already.
    chosen.before?.chain.context.keys.wipe();
  }

  async function only(): Promise<ChosenChain> {
    const [keyObject] = opened as [(typeof opened)[number]];
    const next = chainOfKeyObject(ground, keyObject);
    return { keyObject, chain: next, snapshot: await next.heads.newest(options), before: undefined };
  }
}

function foreign(): InfinitreeError {
  return new InfinitreeError(
    'ROLLBACK',
    'The tree was given new keys, and what this key opens now does not go on from there. Nothing was changed. Find out who ' +
      'put that there before you open the tree again.',
  );
}
