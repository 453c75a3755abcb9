import { fromHex, toHex } from '../bytes/hex.js';
import { InfinitreeError } from '../errors.js';
import type { HeadPosition, Snapshot } from './snapshot.js';

const NAME = /^(\d{1,10})\.(\d{1,15})\.(\d{1,15})(?:\.([0-9a-f]{32}))?\.([0-9a-f]{64})$/;

/** What the name of a head says. */
export interface NamedHead extends Pick<HeadPosition, 'keyEpoch' | 'epoch' | 'headSequence'> {
  /** In hex. */
  readonly fork: string | undefined;
  readonly hash: string;
}

/** What is named of a state. */
type Named = { readonly position: HeadPosition; readonly care: Pick<Snapshot['care'], 'fork'> };

/** Names a state, for `expectHead`: key epoch, epoch, head sequence, the fork where it is one, and hash. */
export function headName({ position, care }: Named): string {
  const { keyEpoch, epoch, headSequence, hash } = position;
  const fork = care.fork === undefined ? '' : `${toHex(care.fork)}.`;
  return `${keyEpoch}.${epoch}.${headSequence}.${fork}${toHex(hash)}`;
}

/** Throws `INVALID_ARGUMENT` for what is no name of a head. */
export function parseHeadName(name: string): NamedHead {
  const parts = NAME.exec(name);
  if (parts === null) throw new InfinitreeError('INVALID_ARGUMENT', 'expectHead is what tree.head gave earlier.');
  const [keyEpoch, epoch, headSequence] = parts.slice(1, 4).map(Number) as [number, number, number];
  return { keyEpoch, epoch, headSequence, fork: parts[4], hash: parts[5] as string };
}

/** The hash at the end of a head's name; who opens the tree checks the rest of it. */
export function hashIn(name: string | undefined): Uint8Array | undefined {
  const hex = name?.slice(-64) ?? '';
  return /^[0-9a-f]{64}$/.test(hex) ? fromHex(hex) : undefined;
}
