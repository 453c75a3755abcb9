import type { IndexKey, Strategy } from '@infinitree/core';

/** What stands in the index: the bytes themselves, or where they are. */
type Stored = Uint8Array | { readonly apart: unknown };

/**
 * Keeps values of more than `limit` bytes apart from the index, so that going through keys does not read them, and small
 * ones in it, where they are at hand. What is stored says of itself which of the two it is, so that the limit can be
 * changed at any time.
 */
export function apartAbove(limit: number): Strategy<IndexKey, Uint8Array> {
  return {
    id: 'example/large-apart',
    store: async (_key, value, apart): Promise<Stored> =>
      value.byteLength > limit ? { apart: await apart.put(value) } : value,
    load: async (_key, stored, apart) => {
      const known = stored as Stored;
      return known instanceof Uint8Array ? known : ((await apart.get(known.apart)) as Uint8Array);
    },
  };
}
