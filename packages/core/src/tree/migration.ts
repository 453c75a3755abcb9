import { InfinitreeError } from '../errors.js';
import { admit, readmit, release } from '../fields/values.js';
import { type BoundField, checkStrategy } from './bind.js';
import type { FieldIdentity } from './records/commit.js';
import { type FieldSources, fieldKey, type Snapshot, sequenceOf } from './snapshot.js';

/** Where a field's data are, and what turns them into what the class declares now. */
export interface Origin {
  readonly sources: FieldSources;
  /** The field with the strategy by which these data were stored. */
  readonly bound: BoundField;
  /** Set where the data stand under the name that `from` tells. */
  readonly migration: Migration | undefined;
}

/** A field whose data stand under an older name. */
export interface Migration {
  readonly from: FieldIdentity;
  /** Makes of a stored value what the field holds now; both in stored form. */
  readonly convert: (stored: unknown) => unknown;
}

/**
 * Finds the data of a field: under its own name, or, where nothing was stored under that up to the commit `to`, under the
 * name it was moved from. So a view of a commit before the move finds them, too.
 */
export function originOf(bound: BoundField, snapshot: Snapshot, to = sequenceOf(snapshot)): Origin | undefined {
  const own = snapshot.fields.get(fieldKey(bound.identity));
  if (own !== undefined && firstSequence(own) <= to) return { sources: own, bound, migration: undefined };
  const old = bound.from === undefined ? undefined : findOld(bound, bound.from, snapshot);
  if (old === undefined) return own && { sources: own, bound, migration: undefined };
  const strategy = old.field.strategy === bound.identity.strategy ? bound.strategy : undefined;
  return { sources: old, bound: { ...bound, strategy }, migration: { from: old.field, convert: converter(bound) } };
}

/** The old field: of the same type, or of the other one of a versioned and a snapshot field. */
function findOld(bound: BoundField, from: string, snapshot: Snapshot): FieldSources | undefined {
  const candidates = [...snapshot.fields.values()].filter(({ field }) => field.name === from);
  const old = candidates.find(({ field }) => shape(field.type) === shape(bound.identity.type));
  if (old !== undefined) checkStrategy(bound.property, bound.identity, old);
  if (old !== undefined || candidates.length === 0) return old;
  throw new InfinitreeError(
    'SCHEMA',
    `The field "${bound.property}" is a ${bound.identity.type} and cannot be moved from "${from}", which is a ` +
      `${candidates[0]?.field.type ?? ''}. Declare the old field beside it and copy what you need.`,
  );
}

/** Maps and sets have the same keys whether versioned or not; lists do not, so each moves only to its own type. */
function shape(type: string): string {
  return type.replace(/^(versioned|snapshot)-(map|set)$/, '$2');
}

function converter({ migrate, property, kind, store }: BoundField): (stored: unknown) => unknown {
  // A set has no values: what stands in their place is nobody's.
  if (migrate === undefined) return (stored) => (kind === 'set' ? stored : readmit(stored, store.keeping));
  return (stored) => {
    let made: unknown;
    try {
      // What is old is no instance of what is declared now.
      made = migrate(release(stored) as never);
    } catch (cause) {
      throw new InfinitreeError('SCHEMA', `The migration of the field "${property}" failed on a stored value.`, {
        cause,
      });
    }
    return admit(made, store.keeping);
  };
}

/** The first commit that says anything about a field. */
function firstSequence({ runs, clears, inline }: FieldSources): number {
  const sequences = [...runs.map((run) => run.firstSequence), ...clears.slice(0, 1), inline.firstSequence];
  return sequences.reduce((a, b) => Math.min(a, b));
}

/** Why a field that is still to be moved takes no blind changes: they would be stored without what it holds. */
export function moveReason({ property, from = '' }: BoundField): string {
  return (
    `The field '${property}' is still stored as '${from}' and has to be moved before it is changed: load it with ` +
    `await tree.load('${property}'), and the next commit stores it under its new name.`
  );
}
