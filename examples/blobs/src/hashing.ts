import { createHash, type Hash } from 'node:crypto';

/** Passes bytes on, and hashes them on the way: so they are read once, however many they are. */
export class Sha256 {
  readonly #hash: Hash = createHash('sha256');

  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const bytes of source) {
      this.#hash.update(bytes);
      yield bytes;
    }
  }

  /** The hash of all that was passed on, in hex. */
  hex(): string {
    return this.#hash.digest('hex');
  }
}
