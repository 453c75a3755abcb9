import type { OpenColumn } from './open-column.js';

/** How many properties are assigned by name of their own. */
const UNROLLED = 4;

/**
 * Objects from columns, in this realm, with ordinary properties, by assigning to empty objects; the first four properties
 * each at a place of their own in the code, where an engine remembers the name it saw last. Rejected: literals with
 * computed names, whose objects keep room for properties that never come and take twice as long to collect; copies of a
 * template, faster to make but ten times slower to freeze; code made at run time, which content security policies forbid.
 * `names` as `asKey` gives them.
 */
export function assemble(names: readonly string[], columns: readonly unknown[][], count: number): object[] {
  const few = names.length < UNROLLED;
  const objects = few ? emptyObjects(count) : firstFour(names as Four<string>, columns as Four<unknown[]>, count);
  const rest = few ? 0 : UNROLLED;
  const columnsLeft = columns.slice(rest);
  names.slice(rest).forEach((name, k) => fill(objects, name, columnsLeft[k] as unknown[]));
  return objects;
}

/**
 * The same name as engines keep those of properties, one string for all that are equal. As it was decoded it is another
 * string in each block, which has to be looked up at each assignment.
 */
export function asKey(name: string): string {
  return Object.keys({ [name]: undefined })[0] as string;
}

/** The object at one place: what `assemble` has there. */
export function assembleOne(names: readonly string[], columns: readonly OpenColumn[], at: number): object {
  const object: Record<string, unknown> = {};
  for (let k = 0; k < names.length; k++) object[names[k] as string] = (columns[k] as OpenColumn).at(at);
  return object;
}

type Four<T> = readonly [T, T, T, T, ...T[]];

function emptyObjects(count: number): Record<string, unknown>[] {
  const objects = new Array<Record<string, unknown>>(count);
  for (let i = 0; i < count; i++) objects[i] = {};
  return objects;
}

function firstFour(
  [a, b, c, d]: Four<string>,
  [as, bs, cs, ds]: Four<unknown[]>,
  count: number,
): Record<string, unknown>[] {
  const objects = new Array<Record<string, unknown>>(count);
  for (let i = 0; i < count; i++) {
    const object: Record<string, unknown> = {};
    object[a] = as[i];
    object[b] = bs[i];
    object[c] = cs[i];
    object[d] = ds[i];
    objects[i] = object;
  }
  return objects;
}

function fill(objects: readonly Record<string, unknown>[], name: string, column: readonly unknown[]): void {
  let i = 0;
  for (const object of objects) object[name] = column[i++];
}
