import type { Backend, Environment } from '@infinitree/core';
import type { SeededRandom } from '@infinitree/testing';
import { collect } from './collector.js';
import type { Notebook } from './notes.js';
import { read } from './reader.js';
import { watch } from './watcher.js';
import { write } from './writer.js';

/** What a worker works with. */
export interface Shift {
  /** Tells this worker and this shift from all others. */
  readonly name: string;
  readonly backend: Backend;
  readonly random: SeededRandom;
  readonly notebook: Pick<Notebook, 'write'>;
  readonly environment: Partial<Environment>;
  /** Whether it is time to stop. */
  readonly over: () => boolean;
}

export const ROLES = { write, read, watch, collect } satisfies Record<string, (shift: Shift) => Promise<void>>;
export type Role = keyof typeof ROLES;
