import type { Backend, Cancel } from '../../backend/backend.js';
import type { ObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { objectPaddingDamage } from '../../object/padding-check.js';
import { isAuthentic, type SealedPiece } from './authentic.js';
import type { Examination } from './examination.js';
import type { Piece } from './walk.js';

/** Objects that a second copy of the storage has and that are to be taken from there. */
export class Copies {
  readonly ids = new Set<ObjectId>();
  readonly #context: ObjectContext;
  readonly #from: Backend | undefined;

  constructor(context: ObjectContext, from: Backend | undefined) {
    this.#context = context;
    this.#from = from;
  }

  /** The storage as it is once the copies are in their places, to be read. What is put into it goes nowhere. */
  get patched(): Backend {
    const { backend } = this.#context;
    const { ids } = this;
    const source = this.#from ?? backend;
    return {
      capabilities: backend.capabilities,
      heads: backend.heads,
      keyObjects: backend.keyObjects,
      put: () => Promise.resolve(),
      get: (id, options) => (ids.has(id) ? source : backend).get(id, options),
      delete: () => Promise.resolve(),
      list: async function* (options) {
        yield* ids;
        for await (const id of backend.list(options)) if (!ids.has(id)) yield id;
      },
      close: () => Promise.resolve(),
    };
  }

  /** Adds those objects of which an examination has found something damaged, where the copy has them whole; how many. */
  async add(examination: Examination, options: Cancel): Promise<number> {
    const from = this.#from;
    if (from === undefined) return 0;
    const before = this.ids.size;
    for (const id of examination.pieces.objects()) {
      if (this.ids.has(id) || !examination.knows(id)) continue;
      const bytes = await from.get(id, { ...options, fresh: true });
      if (bytes !== undefined && this.#isWhole(id, bytes, [...examination.pieces.of(id)])) this.ids.add(id);
    }
    return this.ids.size - before;
  }

  /**
   * Puts the copies into their places. Where something damaged stands it is taken away first; a stop in between leaves it
   * missing, which the next repair finds.
   */
  async write(options: Cancel): Promise<void> {
    const { backend } = this.#context;
    for (const id of this.ids) {
      const bytes = await this.#from?.get(id, { ...options, fresh: true });
      if (bytes === undefined) continue;
      await backend.delete([id], options);
      await backend.put(id, bytes, options);
    }
  }

  #isWhole(id: ObjectId, bytes: Uint8Array, pieces: readonly Piece[]): boolean {
    const { keys, objectSize } = this.#context;
    // What nobody here can tell is no reason to put one object in the place of another.
    if (bytes.length !== objectSize || !pieces.every((piece) => isAuthentic(keys, id, sealed(piece), bytes) === true))
      return false;
    return objectPaddingDamage(keys, id, bytes, Math.max(...pieces.map(({ end }) => end))) === undefined;
  }
}

function sealed({ pointer, ...place }: Piece): SealedPiece {
  return { ...place, tag: pointer?.tag, seal: pointer?.seal };
}
