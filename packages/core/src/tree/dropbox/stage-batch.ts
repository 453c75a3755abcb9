import { decodeBlock, ENTRY_KIND } from '../../codec/block.js';
import { toCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import { Delta } from '../../fields/delta.js';
import { FieldStore } from '../../fields/field-store.js';
import { ListStore } from '../../fields/list-store.js';
import { admitLoaded } from '../../fields/values.js';
import type { FieldKind } from '../../index/field-types.js';
import { isEmptyField } from '../empty-field.js';
import type { BatchChange, BatchRecord } from '../records/batch.js';
import type { DropboxEntry } from '../records/dropbox.js';
import { malformed } from '../records/shape.js';
import { fieldKey, type Snapshot } from '../snapshot.js';
import type { StagedField } from '../write/job.js';

/** The types that can be written without being read; of a type of the application's, the one behind its colon. */
const KINDS: Readonly<Record<string, FieldKind>> = {
  'versioned-map': 'map',
  'versioned-set': 'set',
  'versioned-list': 'list',
  serialized: 'cell',
};

/** The library's own fields have names that begin with it. */
const OWN_NAME = '\0';
const ONLY_KEY = toCanonical([]);

/**
 * What a batch changes, as if it had been staged here. Its worker is not trusted: it changes the fields that it may, as the
 * types that they have, and gets no entry in that a field of that type could not have made. Throws `CORRUPT` otherwise.
 */
export function stageBatch(
  { fields }: Pick<Snapshot, 'fields'>,
  allowed: DropboxEntry['fields'],
  { changes }: BatchRecord,
): readonly StagedField[] {
  const seen = new Set<string>();
  return changes.map((change) => {
    const { name, type, strategy } = change.field;
    if (seen.has(name)) throw malformed(`it changes the field "${name}" twice`);
    seen.add(name);
    if (name.startsWith(OWN_NAME) || (allowed.length > 0 && !allowed.includes(name))) {
      throw malformed(`it changes the field "${name}", which this dropbox may not`);
    }
    const kind = KINDS[type.slice(type.lastIndexOf(':') + 1)];
    if (kind === undefined) throw malformed(`it changes a field of the type "${type}"`);
    const stored = fields.get(fieldKey(change.field));
    const other = [...fields.values()].find((one) => one.field.name === name && one !== stored && !isEmptyField(one));
    if (stored === undefined && other !== undefined) {
      throw malformed(`it takes the field "${name}" for a ${type}, which is a ${other.field.type}`);
    }
    const identity = { name, type, strategy: stored?.field.strategy ?? strategy };
    if (![strategy, identity.strategy].every((one) => one === 'local' || one === 'sparse')) {
      throw malformed(`the field "${name}" has a strategy of its own`);
    }
    const store = kind === 'list' ? new ListStore() : new FieldStore();
    const bound = { property: name, identity, kind, store, from: undefined, migrate: undefined, strategy: undefined };
    return { bound, delta: deltaOf(change, kind) };
  });
}

function deltaOf({ cleared, blocks }: BatchChange, kind: FieldKind): Delta {
  const delta = new Delta();
  delta.cleared = cleared;
  let before: CanonicalKey | undefined;
  for (const block of blocks) {
    const { keys, values, kinds, sequences, plain } = decodeBlock(block);
    if (sequences !== undefined) throw malformed('its entries have sequences');
    for (const [i, key] of keys.entries()) {
      if (before !== undefined && compareCanonical(before, key) >= 0) throw malformed('its entries are not in order');
      before = key;
      const entry = kinds?.[i] ?? ENTRY_KIND.value;
      if (entry === ENTRY_KIND.pointer) throw malformed('it refers to storage');
      if (kind === 'list' && entry !== ENTRY_KIND.value) throw malformed('it takes something out of a list');
      if (kind === 'cell' && compareCanonical(key, ONLY_KEY) !== 0) throw malformed('a single value has a key');
      if (entry === ENTRY_KIND.tombstone) delta.putBlind(key, 'tombstone', undefined);
      else delta.putBlind(key, 'value', plain ? values[i] : admitLoaded(values[i], false));
    }
  }
  return delta;
}
