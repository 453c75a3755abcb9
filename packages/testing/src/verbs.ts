import type { ObjectId } from '@infinitree/core';

/** The name of every call that a backend may get, as logs and failure plans write it. */
export type Verb =
  | 'put'
  | 'get'
  | 'delete'
  | 'list'
  | 'ages'
  | 'sweep'
  | 'close'
  | `keyObjects.${'put' | 'get' | 'delete' | 'list'}`
  | `heads.${'read' | 'cas' | 'remove'}`
  | `heads.${'claim' | 'claims' | 'release' | 'create' | 'append' | 'sync' | 'list'}`
  | `locks.${'create' | 'read' | 'remove'}`;

/** Lets a call about these ids pass, or not. */
export type Run = <T>(verb: Verb, ids: readonly ObjectId[], work: () => Promise<T>) => Promise<T>;

/** Lets a listing pass, or not. */
export type Walk = (verb: Verb, list: () => AsyncIterable<ObjectId>) => AsyncIterable<ObjectId>;
