import { SnapshotListStore } from './snapshot-list-store.js';
import type { FieldType } from './store-of.js';
import { StoredList } from './stored-list.js';
import type { FieldOptions } from './types.js';

const TYPE: FieldType = { kind: 'list', storedName: 'snapshot-list' };

/**
 * A list of which each commit says everything it holds: cleared and filled with the same values it is the same list. It
 * has to be loaded before it is changed; whatever another writer changed in it conflicts with what is staged.
 *
 * @example
 * const queue = new SnapshotList<string>();
 * queue.clear();
 * queue.push('first', 'second');
 */
export class SnapshotList<V> extends StoredList<V> {
  constructor(options: FieldOptions = {}) {
    super(TYPE, new SnapshotListStore({ keeping: { ...options } }));
  }
}
