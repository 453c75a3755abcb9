/** How many properties are assigned by name of their own. */
const UNROLLED = 4;

/**
 * Objects from columns, by assigning to empty objects; the first four properties each at a place of their own in the
 * code, where an engine remembers the name it saw last. Rejected: literals with computed names, whose objects keep room
 * for properties that never come and take twice as long to collect; copies of a template, faster to make but ten times
 * slower to freeze; code made at run time, which content security policies forbid.
 */
export function assemble(names: readonly string[], columns: readonly unknown[][], count: number): object[] {
  const objects = names.length < UNROLLED ? emptyObjects(count) : firstFour(names, columns, count);
  for (let k = names.length < UNROLLED ? 0 : UNROLLED; k < names.length; k++) {
    fill(objects, names[k] ?? '', columns[k] ?? []);
  }
  return objects;
}

function emptyObjects(count: number): Record<string, unknown>[] {
  const objects = new Array<Record<string, unknown>>(count);
  for (let i = 0; i < count; i++) objects[i] = {};
  return objects;
}

function firstFour(names: readonly string[], columns: readonly unknown[][], count: number): Record<string, unknown>[] {
  const [a = '', b = '', c = '', d = ''] = names;
  const [as = [], bs = [], cs = [], ds = []] = columns;
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
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i];
    if (object !== undefined) object[name] = column[i];
  }
}
