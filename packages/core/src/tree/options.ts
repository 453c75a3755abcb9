import type { Backend, Cancel } from '../backend/backend.js';
import type { Key } from '../crypto/key.js';
import type { Environment } from '../platform/environment.js';
import type { SchemaWarning } from './schema-report.js';

/** How much memory a tree may take besides what is loaded. */
export interface MemoryBudget {
  /**
   * Bytes of index that `get`, `getMany` and `has` keep decoded, for keys near by. 67,108,864 where it is left out; 0 keeps none. It is
   * a guess at what they take, of the careful kind.
   */
  readonly blockCache?: number | undefined;
}

/** Where a tree is, and what opens it. */
export interface TreeOptions extends Cancel {
  /**
   * The storage. A backend given as an object is the caller's and stays open after `tree.close()`; one made from a URL
   * is closed with the tree.
   */
  readonly backend: Backend | string | URL;
  readonly key: Key;
  readonly memory?: MemoryBudget | undefined;
  /** Clock, randomness and timers, for tests that have to be repeated exactly. */
  readonly environment?: Partial<Environment> | undefined;
}

export interface CreateOptions extends TreeOptions {
  /** Size of every object in bytes: a power of two from 65,536 to 4,194,304, which is the default. */
  readonly objectSize?: number | undefined;
}

export interface OpenOptions extends TreeOptions {
  /** Opens for reading only: takes no lock and writes nothing. */
  readonly readonly?: boolean | undefined;
  /**
   * Opens although another handle has the tree open for writing, instead of refusing with `LOCKED`. Nothing acknowledged
   * is lost: of two writers, whoever commits second gets `CONFLICT` or `COMMIT_UNKNOWN` and has to refresh first.
   */
  readonly takeover?: boolean | undefined;
  /** What `tree.head` was the last time: a state before it is refused with `ROLLBACK`. */
  readonly expectHead?: string | undefined;
  /** Shows an older state where the newest one is damaged; with `readonly` only. */
  readonly acceptOlderHead?: boolean | undefined;
  /** Told, when a tree is opened, that a field may have been renamed by mistake: see `tree.schema()`. */
  readonly onWarning?: ((warning: SchemaWarning) => void) | undefined;
}
