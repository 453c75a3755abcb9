import { fromHex, toHex } from '../../src/bytes/hex.js';
import type { Suite } from '../../src/crypto/suite.js';
import { TreeKeys } from '../../src/crypto/tree-keys.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

/** One case, as one file below `vectors` holds it; `vectors/README.md` says what the members of each kind mean. */
export interface Vector {
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  /** Whether these are bytes that an implementation has to refuse, or that are none of its own. */
  readonly hostile: boolean;
  readonly keys: JsonObject;
  readonly input: JsonObject;
  readonly expected: Json;
}

/** What an implementation makes of a case, in the form of `expected`; `undefined` where it refuses without a code. */
export type Check = (vector: Vector, suite: Suite) => unknown;

type Parts = Partial<Pick<Vector, 'keys'>> & Pick<Vector, 'input'>;

/** Makes the vectors of one kind. */
export class Maker {
  readonly vectors: Vector[] = [];
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  good(name: string, description: string, parts: Parts, expected: Json): void {
    this.#add(name, description, false, parts, expected);
  }

  hostile(name: string, description: string, parts: Parts, expected: Json = { error: 'CORRUPT' }): void {
    this.#add(name, description, true, parts, expected);
  }

  #add(name: string, description: string, hostile: boolean, { keys = {}, input }: Parts, expected: Json): void {
    if (this.vectors.some((vector) => vector.name === name)) throw new Error(`There are two vectors ${name}.`);
    this.vectors.push({ name, kind: this.#kind, description, hostile, keys, input, expected });
  }
}

/** The bytes that a member holds in hex. */
export function bytesOf(members: JsonObject, name: string): Uint8Array {
  const bytes = fromHex(textOf(members, name));
  if (bytes === undefined) throw new Error(`The member ${name} is not hex.`);
  return bytes;
}

export function textOf(members: JsonObject, name: string): string {
  const value = members[name];
  if (typeof value !== 'string') throw new Error(`The member ${name} is no text.`);
  return value;
}

export function numberOf(members: JsonObject, name: string): number {
  const value = members[name];
  if (typeof value !== 'number') throw new Error(`The member ${name} is no number.`);
  return value;
}

export function listOf(members: JsonObject, name: string): readonly Json[] {
  const value = members[name];
  if (!Array.isArray(value)) throw new Error(`The member ${name} is no list.`);
  return value as readonly Json[];
}

/** The keys of a tree, from the members `root` and `treeId`. */
export function treeKeysOf(suite: Suite, keys: JsonObject): TreeKeys {
  return new TreeKeys(suite, bytesOf(keys, 'root'), bytesOf(keys, 'treeId'), 0);
}

/** The same with every byte string in hex. */
export function inHex(value: unknown): Json {
  if (value instanceof Uint8Array) return toHex(value);
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(inHex);
  if (typeof value !== 'object' || value === null) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inHex(inner)]));
}
