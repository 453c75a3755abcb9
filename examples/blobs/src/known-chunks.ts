import type { BlobRef, Infinitree } from '@infinitree/core';
import type { Files } from './files.js';

/** Tells which chunks of blobs are not among others. `put` does not say so, but a chunk is known by its place. */
export class KnownChunks {
  readonly #places = new Set<string>();

  /** Those of all files that a tree has now. */
  static async of(tree: Infinitree<Files>): Promise<KnownChunks> {
    const known = new KnownChunks();
    for await (const [, { ref }] of tree.entries('files')) known.add(ref);
    return known;
  }

  /** How many chunks of a blob are new, and how many bytes they have once compressed. They are known from then on. */
  add({ chunks }: BlobRef): { readonly chunks: number; readonly bytes: number } {
    let bytes = 0;
    let count = 0;
    for (const { object, offset, size } of chunks) {
      const place = `${Buffer.from(object).toString('hex')}:${offset}`;
      if (this.#places.has(place)) continue;
      this.#places.add(place);
      count += 1;
      bytes += size;
    }
    return { chunks: count, bytes };
  }
}
