import type { CanonicalKey } from '../../src/codec/index-key.js';
import { Gathered, together } from '../../src/codec/open-column.js';
import type { LoadedColumns } from '../../src/fields/loaded-table.js';
import { LoadedValues } from '../../src/fields/loaded-values.js';

/** Entries in key order as a load takes them over: values in pieces, some of which nobody has put together yet. */
export function loadedColumns(
  entries: readonly (readonly [CanonicalKey, unknown])[],
  pieces = 3,
  onGathered: () => void = () => undefined,
): LoadedColumns {
  const values = new LoadedValues();
  const size = Math.max(1, Math.ceil(entries.length / pieces));
  for (let start = 0; start < entries.length; start += size) {
    const some = entries.slice(start, start + size).map(([, value]) => value);
    const all = () => {
      onGathered();
      return some;
    };
    values.append(start % 2 === 0 ? new Gathered({ ...together(some), all }) : some, some.length);
  }
  return { keys: entries.map(([key]) => key), values };
}
