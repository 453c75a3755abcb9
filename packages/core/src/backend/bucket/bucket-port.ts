import type { InfinitreeError } from '../../errors.js';
import type { Cancel } from '../backend.js';

/** The kinds of objects that a bucket is told apart; what is in them it is not told. */
export type BucketObjectKind = 'objects' | 'keyObjects' | 'heads';

/** On what a write depends: nothing, that nothing is there, or that this version is. */
export type WriteCondition = 'none' | 'absent' | { readonly version: string };

export interface BucketPut extends Cancel {
  readonly kind: BucketObjectKind;
  readonly condition: WriteCondition;
  /** Forbids the client to send it again by itself. */
  readonly once: boolean;
}

/** What a store says to a write. `unable`: that it knows no conditions. */
export type BucketPutAnswer =
  | { readonly outcome: 'stored'; readonly version: string }
  | { readonly outcome: 'refused'; readonly attempts: number }
  | { readonly outcome: 'unable' };

export interface BucketGet extends Cancel {
  /** Byte offsets `[start, end)`, never empty. What lies beyond the end is cut off. */
  readonly range?: readonly [number, number] | undefined;
}

export interface StoredBytes {
  readonly bytes: Uint8Array;
  readonly version: string;
}

/** One page of names; `next` asks for the one behind it. */
export interface BucketPage {
  readonly names: readonly string[];
  readonly next: string | undefined;
}

/**
 * The requests that an object store offers, for {@link BucketBackend} to make a backend of. Names are what the store's keys
 * have behind the prefix. Errors may be those of the client: `trouble` gives them their form.
 */
export interface BucketPort {
  put(name: string, bytes: Uint8Array, request: BucketPut): Promise<BucketPutAnswer>;
  /** Undefined only where the store says that there is no such object. A body that breaks off is a {@link BrokenAnswer}. */
  get(name: string, request: BucketGet): Promise<StoredBytes | undefined>;
  /** The version of an object, undefined where there is none. */
  version(name: string, request: Cancel): Promise<string | undefined>;
  /** Milliseconds since it was written, by the clock of the store; undefined where there is none. */
  age(name: string, request: Cancel): Promise<number | undefined>;
  /** Removes an object, an absent one as well. False where the answer does not say that it was done. */
  remove(name: string, request: Cancel): Promise<boolean>;
  list(from: string | undefined, request: Cancel): Promise<BucketPage>;
  /** Whether an error is an answer to a write, so that it is worth looking what stands there. */
  isAnswer(error: unknown): boolean;
  /** Whether it is about a missing permission. */
  isDenied(error: unknown): boolean;
  /** An error as the contract of backends promises it. */
  trouble(what: string, error: unknown): InfinitreeError;
  close(): Promise<void>;
}

/** An answer that began well and did not end so, or that is none of a store: worth another request. */
export class BrokenAnswer extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'BrokenAnswer';
  }
}
