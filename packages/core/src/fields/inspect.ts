import type { IndexKey } from '../codec/index-key.js';
import { isInfinitreeError } from '../errors.js';
import { kind } from '../index/field-types.js';
import type { FieldStore } from './field-store.js';
import type { CellField, ListField, MapField, SetField } from './types.js';

/** What Node's `util.inspect`, and with it `console.log`, looks for. By its name: core imports nothing of Node. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** How Node calls it. */
export type Inspect = (
  depth: number | null,
  options: object,
  inspect: (value: unknown, options: object) => string,
) => string;

type BuiltIn = CellField<unknown> | MapField<IndexKey, unknown> | SetField<IndexKey> | ListField<unknown>;

/** Entries that are printed. The others are counted: a field may hold millions. */
const SHOWN = 10;

/** Prints a field as the collection that it is to its user, or why it cannot be read. */
export function inspectField(field: BuiltIn, store: FieldStore): Inspect {
  return (depth, options, inspect) => {
    const { name } = field.constructor;
    if (depth !== null && depth < 0) return `[${name}]`;
    try {
      const { size, sample } = sampleOf(field);
      const text = inspect(sample, { ...options, depth });
      const left = size === undefined || size <= SHOWN ? '' : `, the first ${SHOWN}`;
      const count = size === undefined ? '' : `(${size}${left})`;
      // Without the name of what the sample was put into.
      return `${name}${count} ${text.slice(text.search(/[[{]/))}`;
    } catch (error) {
      if (!isInfinitreeError(error)) throw error;
      return `${name} (${whyNot(error.code, store)})`;
    }
  };
}

function sampleOf(field: BuiltIn): { readonly size?: number; readonly sample: object } {
  switch (field[kind]) {
    case 'cell':
      return { sample: { value: field.value } };
    case 'map':
      return { size: field.size, sample: new Map(first(field)) };
    case 'set':
      return { size: field.size, sample: new Set(first(field)) };
    case 'list':
      return { size: field.size, sample: [...first(field)] };
  }
}

function* first<T>(all: Iterable<T>): Generator<T> {
  let count = 0;
  for (const one of all) {
    yield one;
    count += 1;
    if (count === SHOWN) return;
  }
}

function whyNot(code: string, { state, delta }: FieldStore): string {
  if (code !== 'INFINITREE_NOT_LOADED') return code;
  const staged = delta.columns?.keys.length ?? delta.ops.size;
  return `${state === 'partial' ? 'partly loaded' : 'not loaded'}${staged === 0 ? '' : `, ${staged} staged`}`;
}
