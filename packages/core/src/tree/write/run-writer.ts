import { pack } from '../../codec/compression.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import type { PlacedRun, RunRef } from '../records/run.js';
import type { BlockRef } from '../records/run-index.js';
import type { EncodedBlock } from './block-plan.js';
import { type EndedRun, OpenRun } from './open-run.js';

/** Which commits runs hold entries of. */
export type RunSpan = Pick<RunRef, 'firstSequence' | 'lastSequence' | 'sequenced' | 'isUnique' | 'shadowedBy'>;

/**
 * Writes blocks into objects, in key order, and at last where all of that is: as one run, or as several of which each is behind the
 * one before, where the index of a single one would grow beyond what is read of it.
 */
export class RunWriter {
  readonly #objects: ObjectWriter;
  readonly #ended: EndedRun[] = [];
  #open: OpenRun;

  constructor(objects: ObjectWriter) {
    this.#objects = objects;
    this.#open = new OpenRun(objects);
  }

  async add(block: EncodedBlock): Promise<void> {
    const { firstKey, lastKey, count, bytes, keys } = block;
    const packed = pack(bytes);
    const extent = await this.#objects.write(packed.codec, packed.bytes);
    await this.keep({ firstKey, lastKey, count, plainLength: bytes.length, extent }, keys);
  }

  /** Takes a block over that stands in objects already. */
  async keep(block: BlockRef, keys: readonly CanonicalKey[]): Promise<void> {
    if (this.#open.endsBefore(block.firstKey)) await this.#end();
    await this.#open.add(block, keys);
  }

  /**
   * The finished runs; none without blocks. Each is said to be of the whole span: what is outside of one is looked for there in vain
   * at most. Nothing may refer to them before the objects were flushed.
   */
  async finish(span: RunSpan): Promise<RunRef[]> {
    return (await this.placed(span)).map(({ run }) => run);
  }

  /** The finished runs, and where they are. */
  async placed({ firstSequence, lastSequence, sequenced, isUnique, shadowedBy }: RunSpan): Promise<PlacedRun[]> {
    if (!this.#open.isEmpty) await this.#end();
    return this.#ended.map(({ objects, bytes, ...run }) => ({
      run: { ...run, firstSequence, lastSequence, sequenced, isUnique, shadowedBy },
      objects,
      bytes,
    }));
  }

  async #end(): Promise<void> {
    this.#ended.push(await this.#open.end());
    this.#open = new OpenRun(this.#objects);
  }
}
