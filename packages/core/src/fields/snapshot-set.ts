import type { IndexKey } from '../codec/index-key.js';
import { SnapshotStore } from './snapshot-store.js';
import type { FieldType } from './store-of.js';
import { StoredSet } from './stored-set.js';
import type { FieldOptions } from './types.js';

const TYPE: FieldType = { kind: 'set', storedName: 'snapshot-set' };

/**
 * A set of which each commit says everything it holds. It has to be loaded before it is changed; whatever another
 * writer changed in it conflicts with what is staged.
 *
 * @example
 * const rooms = new SnapshotSet<string>();
 * rooms.clear();
 * for (const room of ['kitchen', 'attic']) rooms.add(room);
 */
export class SnapshotSet<K extends IndexKey> extends StoredSet<K> {
  /** Keys are never changed by anybody, so the options of other fields mean nothing here. */
  constructor(_options: FieldOptions = {}) {
    super(TYPE, new SnapshotStore());
  }
}
