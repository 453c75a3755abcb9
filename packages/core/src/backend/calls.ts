import type { ObjectId } from '../format/ids.js';

/** The name of every call that a backend may get, as wrappers, logs and measurements write it. */
export type Verb =
  | 'put'
  | 'get'
  | 'delete'
  | 'list'
  | 'ages'
  | 'sweep'
  | 'flush'
  | 'close'
  | `keyObjects.${'put' | 'get' | 'delete' | 'list'}`
  | `heads.${'read' | 'cas' | 'remove'}`
  | `heads.${'claim' | 'claims' | 'release' | 'create' | 'append' | 'sync' | 'list'}`
  | `locks.${'create' | 'read' | 'remove'}`;

/** One call of a backend, as it passes a wrapper. */
export interface BackendCall {
  readonly verb: Verb;
  /** What it is about; nothing for a listing. */
  readonly ids: readonly ObjectId[];
  /** What it hands in to be stored. */
  readonly content: Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Stands in front of every call of a backend. What it does not pass on does not happen. */
export interface Interception {
  /** In place of every call but listings. `work` makes the call; it may be made again where that is in order. */
  call<T>(call: BackendCall, work: () => Promise<T>): Promise<T>;
  /** In place of every listing; nothing is asked of the storage before somebody takes the first id. */
  walk(call: BackendCall, list: () => AsyncIterable<ObjectId>): AsyncIterable<ObjectId>;
}
