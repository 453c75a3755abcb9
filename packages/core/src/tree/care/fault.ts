import type { DamagedPlace } from '../../object/missing.js';
import type { Owner } from './walk.js';

/** What is wrong with a part. */
export type FaultKind =
  /** An object that is referred to is not in the storage. */
  | 'missing'
  /** Bytes are not those that were written. */
  | 'damaged'
  /** It is authentic and does not fit together: a mistake, or malice, of whoever wrote it with the tree's key. */
  | 'malformed';

/** Which part of a tree it is. */
export type FaultPart =
  /** What the key opens first. */
  | 'key object'
  /** What everything else is reached from. */
  | 'head'
  /** Commits that were appended to a head. */
  | 'journal'
  /** What a head has put apart. */
  | 'base'
  /** Ids, times and messages of commits. */
  | 'log'
  /** Sorted entries of a field, and the list of what they consist of. */
  | 'run'
  /** A part of these entries. */
  | 'block'
  /** What tells which keys may be in some of these parts. */
  | 'filter'
  /** Entries that ride in a head or journal. */
  | 'inline'
  /** Values that stand apart from their keys. */
  | 'values'
  /** Bytes of a blob, or a raw chunk. */
  | 'chunk'
  /** What fills objects up, and holds nothing. */
  | 'padding';

/** Something that is not as it was written. Frozen plain data. */
export interface Fault {
  readonly kind: FaultKind;
  readonly part: FaultPart;
  /** The object it is in; undefined for what rides in a head. */
  readonly object: string | undefined;
  /** The place in the object, in bytes; undefined where it is about all of it. */
  readonly offset: number | undefined;
  /** The field it belongs to. Its property is undefined where the class declares none of this stored name. */
  readonly field: { readonly property: string | undefined; readonly name: string } | undefined;
  /** Sequences of the first and the last commit that are affected. */
  readonly commits: { readonly first: number; readonly last: number } | undefined;
  /** Entries that cannot be read, or not in full. */
  readonly entries: number;
  readonly message: string;
  /** What cannot be read because of it. */
  readonly lost: string;
  /** What can. */
  readonly kept: string;
}

/** What a fault is about. */
export interface Affected extends Omit<Owner, 'part'> {
  readonly part: FaultPart;
}

export const WHOLE_TREE = { field: undefined, first: 0, last: 0, entries: 0 } as const;

export function makeFault(
  kind: FaultKind,
  affected: Affected,
  { object, offset }: Partial<DamagedPlace>,
  message: string,
  property: string | undefined,
): Fault {
  const { part, field, first, last, entries } = affected;
  return Object.freeze({
    kind,
    part,
    object,
    offset,
    field: field && Object.freeze({ property, name: field.name }),
    commits: last === 0 ? undefined : Object.freeze({ first, last }),
    entries,
    message,
    ...consequences(affected),
  });
}

/** What goes with a part, and what does not. */
function consequences({ part, first, last, entries }: Affected): { readonly lost: string; readonly kept: string } {
  const commits = first === last ? `commit ${first}` : `commits ${first} to ${last}`;
  switch (part) {
    case 'key object':
      return {
        lost: 'The tree cannot be opened with this key any more.',
        kept: 'All data, for whoever has it open now or has another key.',
      };
    case 'head':
      return { lost: 'The state that this head stands for.', kept: 'The state of another head, where one opens.' };
    case 'journal':
      return { lost: 'The commits behind this place of the journal.', kept: 'All commits before them.' };
    case 'base':
      return { lost: `The list of fields, up to commit ${last}.`, kept: 'The state of another head, where one opens.' };
    case 'log':
      return { lost: `Id, time, message and data of ${commits}.`, kept: 'All fields as they are now.' };
    case 'run':
    case 'block':
    case 'inline':
      return {
        lost: entries === 0 ? `Entries of ${commits}.` : `${entries} entries of ${commits}, keys and values.`,
        kept: 'All other entries of the field, and all other fields.',
      };
    case 'filter':
      return {
        lost: `Single entries of ${commits}, when they are asked for by key.`,
        kept: 'They load, and are iterated over.',
      };
    case 'values':
      return { lost: `The values of ${entries} entries of ${commits}.`, kept: 'Their keys, and all other values.' };
    case 'chunk':
      return { lost: 'The bytes of one chunk.', kept: 'All other chunks of the blob, and all fields.' };
    case 'padding':
      return { lost: 'Nothing.', kept: 'Everything: these bytes hold no data.' };
  }
}
