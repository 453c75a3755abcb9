import { InfinitreeError } from '@infinitree/core';
import type { AnyClass } from './decorator-types.js';

/** What the message of an error calls the class. A class may have hidden its name behind a static member. */
export function className(target: AnyClass): string {
  const name: unknown = target.name;
  return typeof name === 'string' && name !== '' ? name : '(anonymous class)';
}

/** The error for one property of a class: `Measurements.lastTime: <what is wrong>`. */
export function propertyError(target: AnyClass, property: string | symbol, problem: string): InfinitreeError {
  const access = typeof property === 'symbol' ? `[${String(property)}]` : `.${property}`;
  return new InfinitreeError('SCHEMA', `${className(target)}${access}: ${problem}`);
}

/** The error for a whole class: `Measurements: <what is wrong>`. */
export function classError(name: string, problem: string): InfinitreeError {
  return new InfinitreeError('SCHEMA', `${name}: ${problem}`);
}

/** How a message shows a value that a caller handed over, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
