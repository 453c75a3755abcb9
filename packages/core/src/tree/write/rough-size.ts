import { Copied } from '../../fields/values.js';
import { BLOCK_TARGET } from '../../format/limits.js';

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
  if (value instanceof Copied) return roughSize(value.value);
  if (ArrayBuffer.isView(value)) return 4 + value.byteLength;
  let size = 2;
  for (const part of Array.isArray(value) ? value : Object.values(value)) {
    size += 2 + roughSize(part);
    if (size > BLOCK_TARGET) break;
  }
  return size;
}
