import type { AnyClass } from './decorator-types.js';
import type { CheckedOptions } from './options.js';
import { propertyError, shown } from './schema-error.js';

/** More than any sensible name needs, and a length that fits one byte in what is stored. */
export const MAX_NAME_BYTES = 255;

interface Rule {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

/** One row per option. The compiler refuses a missing row, so a new option cannot go unchecked. */
const RULES: Readonly<Record<keyof CheckedOptions, Rule>> = {
  name: { expected: 'a string', holds: (value) => typeof value === 'string' },
  skip: { expected: 'true or false', holds: (value) => typeof value === 'boolean' },
  strategy: { expected: `'local', 'sparse' or an object with id, store and load`, holds: isStrategy },
  from: { expected: 'a string', holds: (value) => typeof value === 'string' },
  migrate: { expected: 'a function', holds: (value) => typeof value === 'function' },
  schema: { expected: 'a Standard Schema of version 1', holds: isStandardSchema },
  type: { expected: 'a class', holds: isClass },
};

/** The options that were given, each of the right type; one that is `undefined` counts as not given. */
export function checkOptions(target: AnyClass, property: string, options: unknown): CheckedOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw propertyError(target, property, `the options must be an object, not ${shown(options)}.`);
  }
  const given: Record<string, unknown> = {};
  for (const key of Reflect.ownKeys(options)) {
    if (typeof key === 'symbol' || !Object.hasOwn(RULES, key)) {
      const known = Object.keys(RULES).join(', ');
      throw propertyError(target, property, `there is no option '${String(key)}'; the options are ${known}.`);
    }
    const value: unknown = Reflect.get(options, key);
    const { expected, holds } = RULES[key as keyof CheckedOptions];
    if (value === undefined) continue;
    if (!holds(value)) {
      throw propertyError(target, property, `the option '${key}' must be ${expected}, not ${shown(value)}.`);
    }
    given[key] = value;
  }
  return given;
}

/** Refuses a name that could not be stored, or not be told from another one once it is. */
export function checkName(target: AnyClass, property: string, name: string): void {
  if (name === '') throw propertyError(target, property, 'a stored name must not be empty.');
  // It has no UTF-8 encoding: an encoder would quietly write U+FFFD, the same for every one of them.
  if (/\p{Surrogate}/u.test(name)) {
    throw propertyError(target, property, `the stored name ${shown(name)} holds a lone surrogate.`);
  }
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > MAX_NAME_BYTES) {
    throw propertyError(
      target,
      property,
      `its stored name has ${bytes} bytes of UTF-8; ${MAX_NAME_BYTES} are allowed.`,
    );
  }
}

/** Functions count: some schema libraries make callable schemas, and a class with static members may be a strategy. */
function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isStrategy(value: unknown): boolean {
  if (value === 'local' || value === 'sparse') return true;
  if (!isObject(value)) return false;
  const { id, store, load } = value as Record<string, unknown>;
  return typeof id === 'string' && id !== '' && typeof store === 'function' && typeof load === 'function';
}

function isStandardSchema(value: unknown): boolean {
  const standard = isObject(value) ? (value as Record<string, unknown>)['~standard'] : undefined;
  if (!isObject(standard)) return false;
  const { version, validate } = standard as Record<string, unknown>;
  return version === 1 && typeof validate === 'function';
}

function isClass(value: unknown): boolean {
  return typeof value === 'function' && isObject(value.prototype);
}
