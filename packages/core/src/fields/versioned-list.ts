import { ListStore } from './list-store.js';
import type { FieldType } from './store-of.js';
import { StoredList } from './stored-list.js';
import type { FieldOptions } from './types.js';

const TYPE: FieldType = { kind: 'list', storedName: 'versioned-list' };

/**
 * A list that values are appended to, and that saves what was appended. `push` works on a list that is not loaded;
 * iterating one gives what it held when that began.
 *
 * @example
 * const events = new VersionedList<{ at: number; what: string }>();
 * events.push({ at: 1, what: 'opened' });
 * events.at(-1); // the last one
 */
export class VersionedList<V> extends StoredList<V> {
  constructor(options: FieldOptions = {}) {
    super(TYPE, new ListStore({ keeping: { ...options } }));
  }
}
