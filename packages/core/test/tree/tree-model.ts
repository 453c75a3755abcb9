import { isDeepStrictEqual } from 'node:util';
import type { IndexKey } from '@infinitree/core';

/** What one commit did to one map. */
export interface Changes {
  cleared: boolean;
  /** By name of the key; `undefined` in place of the box says that the key is gone. */
  readonly ops: Map<string, { readonly key: IndexKey; readonly boxed: { readonly value: unknown } | undefined }>;
}

export const noChanges = (): Changes => ({ cleared: false, ops: new Map() });

export type Entry = readonly [IndexKey, unknown];

/** A key as a string by which plain Maps compare it: 1 and 1n differ, -0 is 0. */
export function nameOf(key: IndexKey): string {
  if (Array.isArray(key)) return `[${key.map((part: IndexKey) => nameOf(part)).join()}]`;
  if (key instanceof Uint8Array) return `bytes:${Buffer.from(key).toString('hex')}`;
  if (typeof key === 'string') return `string:${JSON.stringify(key)}`;
  return `${typeof key}:${String(key)}`;
}

/** The order of the contract, written down naively: kinds first, then within each kind. */
export function compareKeys(a: IndexKey, b: IndexKey): number {
  const kinds = rank(a) - rank(b);
  if (kinds !== 0) return kinds;
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const order = compareKeys(a[i] as IndexKey, b[i] as IndexKey);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank(key: IndexKey): number {
  const kinds = ['boolean', 'number', 'bigint', 'string'];
  return kinds.includes(typeof key) ? kinds.indexOf(typeof key) : Array.isArray(key) ? 5 : 4;
}

/** What changes make of nothing, one after the other, in key order. */
export function replay(all: readonly Changes[]): Entry[] {
  const entries = new Map<string, Entry>();
  for (const { cleared, ops } of all) {
    if (cleared) entries.clear();
    for (const [name, { key, boxed }] of ops) {
      if (boxed === undefined) entries.delete(name);
      else entries.set(name, [key, boxed.value]);
    }
  }
  return [...entries.values()].sort(([a], [b]) => compareKeys(a, b));
}

/** A map as plain data: what each commit did, and what is staged. */
export class MapModel {
  readonly log: Changes[] = [];
  staged = noChanges();

  /** The entries that a tree shows now, or with the commits of a window in place of all. */
  entries(from = 1, to = this.log.length): Entry[] {
    return replay([...this.log.slice(from - 1, to), this.staged]);
  }

  /** The entries as they were after a commit. */
  past(sequence: number): Entry[] {
    return replay(this.log.slice(0, sequence));
  }

  find(key: IndexKey): Entry | undefined {
    return this.entries().find(([one]) => nameOf(one) === nameOf(key));
  }

  set(key: IndexKey, value: unknown): void {
    this.staged.ops.set(nameOf(key), { key, boxed: { value } });
  }

  delete(key: IndexKey): void {
    this.staged.ops.set(nameOf(key), { key, boxed: undefined });
  }

  clear(): void {
    this.staged = { cleared: true, ops: new Map() };
  }

  /**
   * Whether something staged takes away what is not there. A field that knows so stages nothing, and one that does not
   * know stages it all the same: that shows only over the past.
   */
  mayStageNothing(): boolean {
    const present = this.past(this.log.length);
    const names = new Set(present.map(([key]) => nameOf(key)));
    const { cleared, ops } = this.staged;
    if (cleared && present.length === 0) return true;
    return [...ops].some(([name, { boxed }]) => boxed === undefined && !names.has(name));
  }

  commit(): void {
    this.log.push(this.staged);
    this.staged = noChanges();
  }
}

/** Throws where two values differ, saying how; much faster than a matcher on large values. */
export function same(found: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Error(`${what}: found ${brief(found)} in place of ${brief(expected)}`);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    return part instanceof Uint8Array ? `${part.length} bytes` : part;
  });
  return text.slice(0, 2000);
}
