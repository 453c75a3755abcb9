import { join } from 'node:path';
import { isObjectId, type ObjectId, requireObjectId } from '@infinitree/core';

/** Objects lie in a folder named by the first two digits of their id. */
const SPREAD = /^[0-9a-f]{2}$/;

/** Temporary files: random, and of another length than ids, so that nobody takes one for an object. */
const TEMPORARY = /^[0-9a-f]{32}$/;

/**
 * Where things lie below the root:
 *
 * - `objects/ab/<id>`: objects, key objects and heads, which storage must not be able to tell apart
 * - `epochs/<name>`: claims, empty files
 * - `locks/<name>`: notes of writers
 * - `tmp/<random>`: what is being written
 *
 * `tmp` is one folder of the same file system and not a name beside the object: so listings need not look past
 * half-written files, and the sweep needs to look into one folder only.
 */
export class Layout {
  readonly root: string;
  readonly objects: string;
  readonly epochs: string;
  readonly locks: string;
  readonly temporary: string;

  constructor(root: string) {
    this.root = root;
    this.objects = join(root, 'objects');
    this.epochs = join(root, 'epochs');
    this.locks = join(root, 'locks');
    this.temporary = join(root, 'tmp');
  }

  /** The folder of an object. Every path made from a caller's id is made here, after a look at the id. */
  spread(id: ObjectId): string {
    requireObjectId(id);
    return join(this.objects, id.slice(0, 2));
  }

  object(id: ObjectId): string {
    return join(this.spread(id), id);
  }

  epoch(name: ObjectId): string {
    requireObjectId(name);
    return join(this.epochs, name);
  }

  lock(name: ObjectId): string {
    requireObjectId(name);
    return join(this.locks, name);
  }
}

/** Whether this entry of `objects` is one of the 256 folders. */
export function isSpreadName(name: string): boolean {
  return SPREAD.test(name);
}

/** Whether this entry of `tmp` is one of ours. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** The ids among the entries of a folder; everything else is a stranger's and not looked at. */
export function idsAmong(names: readonly string[], prefix = ''): ObjectId[] {
  return names.filter((name): name is ObjectId => isObjectId(name) && name.startsWith(prefix));
}
