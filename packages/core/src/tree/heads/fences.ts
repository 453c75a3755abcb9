import type { Cancel, EpochHeads } from '../../backend/backend.js';
import type { ObjectContext } from '../../object/context.js';
import type { Claims } from './claims.js';
import type { EpochReader, FoundHead } from './epoch-reader.js';
import { buildFence } from './fence.js';
import type { ReadHeads } from './head-store.js';

/**
 * Closes epochs that were claimed and have no head yet. Whoever claimed one of them may have been stopped just before
 * writing it. Coming to stand after a successor has looked, it would be shown to readers, and to a writer who asks what
 * became of a commit, and then vanish behind the successor's head, which does not build upon it.
 */
export class Fences {
  readonly #context: ObjectContext;
  readonly #heads: EpochHeads;
  readonly #claims: Claims;
  readonly #epochs: EpochReader;

  constructor(context: ObjectContext, heads: EpochHeads, claims: Claims, epochs: EpochReader) {
    this.#context = context;
    this.#heads = heads;
    this.#claims = claims;
    this.#epochs = epochs;
  }

  /** The newest head below a claimed epoch. Between the two none can come to stand any more. */
  async newestBelow(epoch: number, options: ReadHeads): Promise<FoundHead | undefined> {
    for (;;) {
      const found = await this.#epochs.newestBelow(epoch, options);
      if (found === undefined) return undefined;
      if (await this.#close(found.unwritten, options)) return found;
    }
  }

  /** `false`: one of them has a head by now. */
  async #close(epochs: readonly number[], options: Cancel): Promise<boolean> {
    for (const epoch of epochs) {
      const id = this.#claims.headId(epoch);
      const created = await this.#heads.create(id, buildFence(this.#context, id, epoch), options);
      if (!created && (await this.#epochs.read(id, options)) !== undefined) return false;
    }
    return true;
  }
}
