import type { IndexKey } from '../codec/index-key.js';
import { FieldStore } from './field-store.js';
import type { FieldType } from './store-of.js';
import { StoredSet } from './stored-set.js';
import type { FieldOptions } from './types.js';

const TYPE: FieldType = { kind: 'set', storedName: 'versioned-set' };

/**
 * A set that saves what changed. Its elements are keys: compared and ordered by their encoding.
 *
 * @example
 * const seen = new VersionedSet<string>();
 * seen.add('spring').add('summer');
 * for (const season of seen) print(season);
 */
export class VersionedSet<K extends IndexKey> extends StoredSet<K> {
  /** Keys are never changed by anybody, so the options of other fields mean nothing here. */
  constructor(_options: FieldOptions = {}) {
    super(TYPE, new FieldStore());
  }
}
