import type { IndexKey } from '../codec/index-key.js';
import { SnapshotStore } from './snapshot-store.js';
import type { FieldType } from './store-of.js';
import { StoredMap } from './stored-map.js';
import type { FieldOptions } from './types.js';

const TYPE: FieldType = { kind: 'map', storedName: 'snapshot-map' };

/**
 * A map of which each commit says everything it holds. Setting what is there already is no change; whatever another
 * writer changed in it conflicts with what is staged. It has to be loaded before it is changed.
 *
 * @example
 * const settings = new SnapshotMap<string, { dark: boolean }>();
 * settings.set('theme', { dark: true });
 */
export class SnapshotMap<K extends IndexKey, V> extends StoredMap<K, V> {
  constructor(options: FieldOptions = {}) {
    super(TYPE, new SnapshotStore({ keeping: { ...options } }));
  }
}
