import { Key } from '../crypto/key.js';
import { InfinitreeError } from '../errors.js';
import type { Environment } from '../platform/environment.js';
import { checkOptions, isBackend } from './check-options.js';
import type { MemoryBudget, TreeOptions } from './options.js';

/** Refuses what plain JavaScript lets through, before anything is opened. */
export function checkTreeOptions(options: TreeOptions): void {
  checkOptions(options);
  const { backend, key, environment, memory }: Partial<TreeOptions> = options;
  if (!(key instanceof Key)) throw invalid('The option "key" is a Key, such as Key.fromCredentials() gives');
  if (typeof backend !== 'string' && !(backend instanceof URL) && !isBackend(backend)) {
    throw invalid('The option "backend" is a backend, or the URL of one');
  }
  checkEnvironment(environment ?? {});
  checkMemory(memory ?? {});
}

function checkMemory(memory: MemoryBudget): void {
  if (!isObject(memory)) throw invalid('The option "memory" is an object, such as { blockCache: 1_000_000 }');
  const { blockCache = 0 } = memory;
  if (typeof blockCache !== 'number' || !(blockCache >= 0)) {
    throw invalid('The option "memory.blockCache" is a number of bytes, not below 0');
  }
}

function checkEnvironment({ clock, random, timer }: Partial<Environment>): void {
  if (clock !== undefined && (!isObject(clock) || typeof clock.now !== 'function')) {
    throw invalid('The clock of the option "environment" has a function "now"');
  }
  if (random !== undefined && (!isObject(random) || typeof random.fill !== 'function')) {
    throw invalid('The random source of the option "environment" has a function "fill"');
  }
  if (timer !== undefined && (!isObject(timer) || typeof timer.after !== 'function')) {
    throw invalid('The timer of the option "environment" has a function "after"');
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', `${what}.`);
}
