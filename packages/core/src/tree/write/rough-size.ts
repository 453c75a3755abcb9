import { Copied } from '../../fields/values.js';
import { BLOCK_TARGET } from '../../format/limits.js';

/** Names up to this length are taken to be those of a class, which a block keeps once for all its entries. */
const USUAL_NAME = 64;

/** About how many bytes a value takes when encoded; it never looks deeper than it has to. */
export function roughSize(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 2 + value.length;
    case 'object':
      break;
    default:
      return 5;
  }
  if (value === null) return 1;
  // Asked first, and gone through by `for in`, which makes no lists: every value that is committed comes by here.
  if (Object.getPrototypeOf(value) === Object.prototype) return sizeOfObject(value);
  if (value instanceof Copied) return roughSize(value.value);
  if (ArrayBuffer.isView(value)) return 4 + value.byteLength;
  if (value instanceof Map) return sizeOfParts([...value].flat());
  if (value instanceof Set || Array.isArray(value)) return sizeOfParts(value);
  return sizeOfObject(value);
}

function sizeOfObject(value: object): number {
  let size = 2;
  for (const name in value) {
    const part = (value as Readonly<Record<string, unknown>>)[name];
    size += typeof part === 'number' ? 7 : 2 + roughSize(part);
    if (name.length > USUAL_NAME) size += name.length;
    if (size > BLOCK_TARGET) break;
  }
  return size;
}

function sizeOfParts(parts: Iterable<unknown>): number {
  let size = 2;
  for (const part of parts) {
    size += 2 + roughSize(part);
    if (size > BLOCK_TARGET) break;
  }
  return size;
}
