type Column = readonly unknown[];

/** How many properties are written as one literal. */
const LITERAL = 4;

/**
 * Objects from columns. The first properties are written as a literal, because engines make an object from a literal in
 * one step and from assignments in one step for each: for 200,000 records of four it takes 16 ms instead of 45.
 * (Rejected: code made at run time, which content security policies forbid.)
 */
export function assemble(names: readonly string[], columns: readonly Column[], count: number): object[] {
  const objects = begin(names, columns, count);
  for (let k = LITERAL; k < names.length; k++) {
    const name = names[k] ?? '';
    const column = columns[k] ?? [];
    for (let i = 0; i < count; i++) (objects[i] as Record<string, unknown>)[name] = column[i];
  }
  return objects;
}

function begin(names: readonly string[], columns: readonly Column[], count: number): object[] {
  const [a = '', b = '', c = '', d = ''] = names;
  const [as = [], bs = [], cs = [], ds = []] = columns;
  const objects = new Array<object>(count);
  switch (Math.min(names.length, LITERAL)) {
    case 1:
      for (let i = 0; i < count; i++) objects[i] = { [a]: as[i] };
      break;
    case 2:
      for (let i = 0; i < count; i++) objects[i] = { [a]: as[i], [b]: bs[i] };
      break;
    case 3:
      for (let i = 0; i < count; i++) objects[i] = { [a]: as[i], [b]: bs[i], [c]: cs[i] };
      break;
    default:
      for (let i = 0; i < count; i++) objects[i] = { [a]: as[i], [b]: bs[i], [c]: cs[i], [d]: ds[i] };
  }
  return objects;
}
