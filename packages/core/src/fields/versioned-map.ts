import type { IndexKey } from '../codec/index-key.js';
import { FieldStore } from './field-store.js';
import type { FieldType } from './store-of.js';
import { StoredMap } from './stored-map.js';
import type { FieldOptions } from './types.js';

const TYPE: FieldType = { kind: 'map', storedName: 'versioned-map' };

/**
 * A map that saves what changed. Keys are compared and ordered by their encoding; a value handed over belongs to the
 * map, is frozen, and is changed by `set` or `update`.
 *
 * @example
 * map.insert(1, { id: 1, temperature: 23 });
 * map.update(1, (old) => ({ ...old, temperature: 24 }));
 */
export class VersionedMap<K extends IndexKey, V> extends StoredMap<K, V> {
  constructor(options: FieldOptions = {}) {
    super(TYPE, new FieldStore({ keeping: { ...options } }));
  }
}
