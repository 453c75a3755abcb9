import { createHash } from 'node:crypto';

/** One version of an object. Never changed: copies of a bucket share it. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  /** With its quotes. */
  readonly etag: string;
  readonly modified: Date;
}

/** The conditions of a write, as its headers say them. */
export interface WriteConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

export interface ListedPage {
  readonly keys: readonly string[];
  readonly commonPrefixes: readonly string[];
  /** Where the next page begins; undefined at the end. */
  readonly next: string | undefined;
}

/** What a bucket holds, and what it held before the last write of each key, for reads that are stale. */
export class FakeBucket {
  readonly #objects: Map<string, StoredObject>;
  readonly #before: Map<string, StoredObject | undefined>;

  constructor(from?: FakeBucket) {
    this.#objects = new Map(from === undefined ? [] : from.#objects);
    this.#before = new Map(from === undefined ? [] : from.#before);
  }

  get keys(): string[] {
    return [...this.#objects.keys()].sort();
  }

  get(key: string, stale = false): StoredObject | undefined {
    return stale && this.#before.has(key) ? this.#before.get(key) : this.#objects.get(key);
  }

  /** Writes where the conditions hold; what they fail by, where they do not. Both in one step. */
  put(key: string, bytes: Uint8Array, now: Date, conditions: WriteConditions = {}): StoredObject | 412 | 404 {
    const current = this.#objects.get(key);
    const { ifMatch, ifNoneMatch } = conditions;
    if (ifNoneMatch !== undefined && current !== undefined) return 412;
    if (ifMatch !== undefined && current === undefined) return 404;
    if (ifMatch !== undefined && unquoted(ifMatch) !== unquoted(current?.etag ?? '')) return 412;
    const stored = { bytes, etag: `"${createHash('md5').update(bytes).digest('hex')}"`, modified: now };
    this.#before.set(key, current);
    this.#objects.set(key, stored);
    return stored;
  }

  delete(key: string): void {
    if (this.#objects.has(key)) this.#before.set(key, this.#objects.get(key));
    this.#objects.delete(key);
  }

  /** At most `most` keys and common prefixes behind `after`, in the order of their bytes. */
  list(prefix: string, delimiter: string, after: string, most: number): ListedPage {
    const keys: string[] = [];
    const commonPrefixes: string[] = [];
    let last = '';
    for (const key of this.keys) {
      if (!key.startsWith(prefix)) continue;
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const entry = cut < 0 ? key : key.slice(0, cut + delimiter.length);
      if (entry <= after || entry === last) continue;
      if (keys.length + commonPrefixes.length === most) return { keys, commonPrefixes, next: last };
      last = entry;
      (cut < 0 ? keys : commonPrefixes).push(entry);
    }
    return { keys, commonPrefixes, next: undefined };
  }
}

function unquoted(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}
