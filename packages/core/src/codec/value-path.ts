/** The longest part of a name that a message shows. */
const MAX_NAME = 40;

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** The path of a property: `$.a`, or `$["a b"]` for what is no identifier. Names are shown, values never. */
export function propertyPath(parent: string, name: string): string {
  if (IDENTIFIER.test(name) && name.length <= MAX_NAME) return `${parent}.${name}`;
  return `${parent}[${JSON.stringify(name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name)}]`;
}

/** The path of an element of an array. */
export function elementPath(parent: string, index: number): string {
  return `${parent}[${index}]`;
}

/** The path of a part of a map or set, which has a place but no name. */
export function entryPath(parent: string, part: 'key' | 'value' | 'element', index: number): string {
  return `${parent}<${part} ${index}>`;
}
