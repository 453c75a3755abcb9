import type { ObjectContext } from '../object/context.js';
import { ObjectReader } from '../object/object-reader.js';
import type { HeadStore } from './heads/head-store.js';
import { headStoreOf } from './heads/head-store-of.js';

/** The heads of one key epoch of a tree, and what it takes to read what they reach. */
export interface Chain {
  readonly context: ObjectContext;
  readonly reader: ObjectReader;
  readonly heads: HeadStore;
}

export function chainOf(context: ObjectContext): Chain {
  const reader = new ObjectReader(context);
  return { context, reader, heads: headStoreOf(context, reader) };
}
