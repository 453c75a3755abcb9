import { type Infinitree, Key, registerIndex, VersionedMap } from '@infinitree/core';

export const KEY = Key.fromBytes(new Uint8Array(32).fill(7));
/** The smallest size of an object, so that little data makes many of them. */
export const OBJECT_SIZE = 65_536;

/** What the programs of this suite store: each of them under keys of its own. */
export class Notes {
  notes = new VersionedMap<string, string>();
}
registerIndex(Notes, { fields: [{ property: 'notes', name: 'notes' }] });

export type NotesTree = Infinitree<Notes>;
