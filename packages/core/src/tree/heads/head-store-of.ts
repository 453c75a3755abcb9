import type { ObjectContext } from '../../object/context.js';
import type { ObjectReader } from '../../object/object-reader.js';
import { CasHeadStore } from './cas-heads.js';
import { EpochHeadStore } from './epoch-heads.js';
import type { HeadStore } from './head-store.js';

/** The heads of a tree, by the protocol that its storage speaks. */
export function headStoreOf(context: ObjectContext, reader: ObjectReader): HeadStore {
  const { heads } = context.backend;
  return 'cas' in heads ? new CasHeadStore(context, reader, heads) : new EpochHeadStore(context, reader, heads);
}
