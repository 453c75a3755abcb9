import { decodeCbor, encodeCbor } from '../../codec/cbor.js';
import type { Extent } from '../../format/extent.js';
import type { ObjectId } from '../../format/ids.js';
import {
  type CommitBody,
  type CommitRecord,
  type FieldIdentity,
  readCommit,
  readIdentity,
  writeCommit,
  writeIdentity,
} from './commit.js';
import { type LogRef, type Pack, packOf, readPack, writePack } from './pack.js';
import { flag, integer, list, maybe } from './shape.js';

/** A field as the last fold left it. */
export interface FieldBase {
  readonly field: FieldIdentity;
  /** Sequences of the commits that cleared it, ascending. */
  readonly clears: readonly number[];
}

/** Everything up to the last fold. It changes when folding and merging, and moves to an object of its own when it grows. */
export interface Base {
  /** The newest commit that was folded. */
  readonly last: CommitRecord | undefined;
  /** Ordered by name, then type. */
  readonly fields: readonly FieldBase[];
  /** Oldest first. */
  readonly packs: readonly Pack[];
  /** Whether the last pack is small enough to be written again together with what comes next. */
  readonly isYoung: boolean;
}

export const EMPTY_BASE: Base = { last: undefined, fields: [], packs: [], isYoung: false };

export function isExtent(base: Base | Extent): base is Extent {
  return 'segments' in base;
}

/** The pack that the next fold writes again. */
export function youngPack({ packs, isYoung }: Base): Pack | undefined {
  return isYoung ? packs.at(-1) : undefined;
}

/** All nodes of the log, the newest first. */
export function logNodes({ packs }: Base): LogRef[] {
  return packs.flatMap(({ log }) => log).sort((a, b) => b.lastSequence - a.lastSequence);
}

/** The objects of `before` that no pack of `after` names, and no commit behind that. */
export function leftBehind(before: Base, after: Base, tail: readonly CommitBody[]): ObjectId[] {
  const behind = tail.map(packOf).filter((pack) => pack !== undefined);
  const named = new Set([...after.packs, ...behind].flatMap(({ objects }) => objects));
  const all = new Set(before.packs.flatMap(({ objects }) => objects));
  return [...all].filter((object) => !named.has(object));
}

export function writeBase({ last, fields, packs, isYoung }: Base): unknown {
  const places = new Map(fields.map(({ field }, i) => [nameOf(field), i]));
  // A field that has a run is listed, or nothing would say of what it is.
  const place = (field: FieldIdentity): number => places.get(nameOf(field)) as number;
  return [
    last === undefined ? null : writeCommit(last),
    fields.map(({ field, clears }) => [...writeIdentity(field), clears]),
    packs.map((pack) => writePack(pack, place)),
    isYoung,
  ];
}

export function readBase(value: unknown): Base {
  const [last, entries, packs, isYoung] = list(value, 4);
  const fields = list(entries).map((entry) => {
    const [name, type, strategy, clears] = list(entry, 4);
    return { field: readIdentity(name, type, strategy), clears: list(clears).map(integer) };
  });
  const identities = fields.map(({ field }) => field);
  return {
    last: maybe(last, readCommit),
    fields,
    packs: list(packs).map((pack) => readPack(pack, identities)),
    isYoung: flag(isYoung),
  };
}

export function encodeBase(base: Base): Uint8Array {
  return encodeCbor(writeBase(base));
}

export function decodeBase(payload: Uint8Array): Base {
  return readBase(decodeCbor(payload));
}

function nameOf({ name, type }: FieldIdentity): string {
  return `${name}\0${type}`;
}
