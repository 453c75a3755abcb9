import { InfinitreeError, isInfinitreeError } from '../../errors.js';
import type { ObjectContext } from '../../object/context.js';
import type { OpenedKeyObject } from '../../object/key-object.js';
import { type Chain, chainOf } from '../chain.js';
import type { ReadHeads } from '../heads/head-store.js';
import type { Snapshot } from '../snapshot.js';
import { goesOnUnderNewKeys, isSuccessor } from '../succession.js';

/** A chain that has ended, with its last state. */
export interface EndedChain {
  readonly chain: Chain;
  readonly last: Snapshot;
}

/** The chain that counts, of those that the key objects of one credential lead to. */
export interface ChosenChain {
  readonly keyObject: OpenedKeyObject;
  readonly chain: Chain;
  /** Its newest state; `undefined` where it has no head. */
  readonly snapshot: Snapshot | undefined;
  /** The one that it goes on from, where a key object leads to that as well. */
  readonly before: EndedChain | undefined;
}

interface Reached extends Omit<ChosenChain, 'before'> {
  readonly damage: InfinitreeError | undefined;
}

export type ChainGround = Pick<ObjectContext, 'backend' | 'entropy' | 'readonly'>;

export function chainOfKeyObject(ground: ChainGround, { keys, objectSizeLog2 }: OpenedKeyObject): Chain {
  return chainOf({ ...ground, keys, objectSize: 2 ** objectSizeLog2 });
}

/**
 * Decides between the chains that two key objects lead to, the higher key epoch first. The higher one counts if and only if
 * the lower one ends in a head that names it: otherwise the tree is still being given new keys, or never will be. The keys of a
 * chain that is not given back are wiped.
 */
export async function chooseChain(
  ground: ChainGround,
  [first, second]: readonly [OpenedKeyObject, OpenedKeyObject],
  options: ReadHeads,
): Promise<ChosenChain> {
  // Made anew by a repair, one of them would have gone.
  if (first.keys.equals(second.keys)) {
    second.keys.wipe();
    return reached(await reach(ground, first, options));
  }
  const [higher, lower] = await Promise.all([reach(ground, first, options), reach(ground, second, options)]);
  const { snapshot } = higher;
  const isConfirmed = snapshot !== undefined && snapshot.care.rotation?.stage !== 'first';
  if (lower.snapshot === undefined) {
    // For looking only, where the head is damaged that says so.
    if (isConfirmed && options.acceptOlderHead === true) return taken(higher, lower);
    return reached(lower);
  }
  if (goesOnUnderNewKeys(lower.snapshot)) {
    if (higher.damage !== undefined) throw higher.damage;
    if (snapshot === undefined || !isSuccessor(lower.snapshot, snapshot)) throw successorMissing();
    return { ...higher, before: { chain: lower.chain, last: lower.snapshot } };
  }
  if (!isConfirmed) return taken(lower, higher);
  if (options.acceptOlderHead === true) return taken(higher, lower);
  throw new InfinitreeError(
    'ROLLBACK',
    `The tree was given new keys, and the storage shows it as it was before: it goes on in key epoch ` +
      `${second.keys.keyEpoch}, beside ${first.keys.keyEpoch}. Nothing was changed. Find out who put that there before you ` +
      'open the tree again.',
  );
}

async function reach(ground: ChainGround, keyObject: OpenedKeyObject, options: ReadHeads): Promise<Reached> {
  const chain = chainOfKeyObject(ground, keyObject);
  try {
    return { keyObject, chain, snapshot: await chain.heads.newest(options), damage: undefined };
  } catch (damage) {
    // A first head that was never named may be damaged without harm.
    if (!isInfinitreeError(damage, 'CORRUPT')) throw damage;
    return { keyObject, chain, snapshot: undefined, damage };
  }
}

function taken(chosen: Reached, other: Reached): ChosenChain {
  other.chain.context.keys.wipe();
  return reached(chosen);
}

function reached({ damage, ...chosen }: Reached): ChosenChain {
  if (damage !== undefined) throw damage;
  return { ...chosen, before: undefined };
}

/** Where the last head of a chain names one that is not there. */
export function successorMissing(): InfinitreeError {
  return new InfinitreeError(
    'CORRUPT',
    'The tree was given new keys, and the head is missing that it goes on with. Nothing was changed. Bring it back from a copy ' +
      'of this storage.',
  );
}

/** Where the last head of a chain names another one, and this key does not lead there. */
export function notKept(): InfinitreeError {
  return new InfinitreeError(
    'WRONG_KEY',
    'The tree was given new keys, and this key is none of those that open it now: it was taken from the tree, or its key object ' +
      'was lost, which repair() makes anew for whoever has another key. Use another key.',
  );
}
