import { join } from 'node:path';
import { isObjectId, type ObjectId, requireObjectId } from '@infinitree/core';

/** What is being written: random, with the number of bytes that it may come to take. */
const INCOMING = /^[0-9a-f]{32}-(\d{1,12})$/;

/**
 * Where things lie below the cache directory. None of these names is one that a `DirectoryBackend` uses, whatever
 * somebody puts into one directory.
 *
 * - `cached/<id>`: copies; not synced, each with the digests that tell what a power cut has left of it
 * - `pending/<id>`: objects that are not upstream yet; synced
 * - `incoming/<random>-<bytes>`: what is being written, and the room it was promised
 */
export class Places {
  readonly root: string;
  readonly cached: string;
  readonly pending: string;
  readonly incoming: string;

  constructor(root: string) {
    this.root = root;
    this.cached = join(root, 'cached');
    this.pending = join(root, 'pending');
    this.incoming = join(root, 'incoming');
  }

  /** The path of a copy. Every path made from a caller's id is made here or below, after a look at the id. */
  copy(id: ObjectId): string {
    requireObjectId(id);
    return join(this.cached, id);
  }

  unsent(id: ObjectId): string {
    requireObjectId(id);
    return join(this.pending, id);
  }
}

/** The ids among the entries of a folder; everything else is a stranger's and not looked at. */
export function idsAmong(names: readonly string[]): ObjectId[] {
  return names.filter((name): name is ObjectId => isObjectId(name));
}

/** How much room this entry of `incoming` was promised; `undefined` where it is none of ours. */
export function promisedTo(name: string): number | undefined {
  const bytes = INCOMING.exec(name)?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}
