import type { Backend } from '../backend/backend.js';
import { InfinitreeError } from '../errors.js';

/** What the options of all calls are, by their names: one name means one thing wherever it occurs. */
const TYPES: Readonly<Record<string, 'boolean' | 'function' | 'number' | 'object' | 'string'>> = {
  acceptOlderHead: 'boolean',
  commits: 'object',
  dedup: 'boolean',
  dryRun: 'boolean',
  environment: 'object',
  expectHead: 'string',
  giveUp: 'boolean',
  intervalMs: 'number',
  keyEpoch: 'number',
  keysOnly: 'boolean',
  label: 'string',
  limit: 'number',
  message: 'string',
  move: 'boolean',
  objectSize: 'number',
  onProgress: 'function',
  olderThan: 'number',
  onWarning: 'function',
  readData: 'boolean',
  readonly: 'boolean',
  reverse: 'boolean',
  takeover: 'boolean',
  where: 'function',
};

/**
 * Refuses what cannot be the options of a call. The types say so already, but not to JavaScript: `readonly: 'true'` would
 * open for writing, and a signal that is none would never abort.
 */
export function checkOptions(options: object): void {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid('Options are an object, or are left out');
  }
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (value === undefined) continue;
    const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
    if (type !== undefined && (typeof value !== type || value === null)) {
      throw invalid(`The option "${name}" is of type ${type}`);
    }
    if (name === 'from' && !isBackend(value)) throw invalid('The option "from" is a backend');
    if (name === 'signal' && !isSignal(value)) throw invalid('The option "signal" is an AbortSignal');
  }
}

/** Whether this can be a backend; what it does then is its own affair. */
export function isBackend(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { heads, get, put } = value as { readonly [verb in keyof Backend]?: unknown };
  return typeof heads === 'object' && heads !== null && typeof get === 'function' && typeof put === 'function';
}

/** By what it does and not by its class: there are others than the platform's. */
function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener } = value as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', `${what}.`);
}
