import { type Backend, type Cancel, InfinitreeError } from '@infinitree/core';
import type { FilePort } from './file-port.js';

export interface MemoryCacheOptions {
  /** What lies behind the cache, and is closed with it. */
  readonly upstream: Backend;
  /** How many bytes the copies may take. */
  readonly maxBytes: number;
}

export interface CacheOptions extends MemoryCacheOptions, Cancel {
  /** Where the copies lie, by path or `file:` URL; made where it is missing. Several processes may share it. */
  readonly directory: string | URL;
  /**
   * `'write-through'` (default): `put` resolves when the object is upstream. `'write-back'`: when it is durable in the
   * directory, and a commit waits for what is still on its way.
   */
  readonly mode?: 'write-through' | 'write-back';
  /** The files to use in place of the operating system's. For tests. */
  readonly fileSystem?: FilePort;
  /** What time it is, in milliseconds. For tests. */
  readonly now?: () => number;
}

/** Refuses what plain JavaScript lets through. */
export function checkOptions(options: MemoryCacheOptions & Partial<CacheOptions>): void {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw invalid('The options of a cache are an object.');
  const { upstream, maxBytes, mode = 'write-through' } = options;
  const behind: unknown = upstream;
  if (typeof behind !== 'object' || behind === null) {
    throw invalid(
      'The option "upstream" is the backend behind the cache. For a URL, open it with openBackend() first.',
    );
  }
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
    throw invalid('The option "maxBytes" is a whole number of bytes.');
  }
  if (!['write-through', 'write-back'].includes(mode)) {
    throw invalid('The option "mode" is "write-through" or "write-back".');
  }
}

export function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', what);
}
