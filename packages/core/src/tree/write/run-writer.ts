import { encodeCbor } from '../../codec/cbor.js';
import { pack } from '../../codec/compression.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import { type BlockRef, type RunRef, writeBlocks } from '../records/run.js';
import type { EncodedBlock } from './block-plan.js';

/** Which commits a run holds entries of. */
export interface RunSpan {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly sequenced: boolean;
  readonly isUnique: boolean;
  readonly shadowedBy: number | undefined;
}

/** Writes the blocks of a run into objects, in key order, and behind them their list. */
export class RunWriter {
  readonly #objects: ObjectWriter;
  readonly #blocks: BlockRef[] = [];

  constructor(objects: ObjectWriter) {
    this.#objects = objects;
  }

  async add(block: EncodedBlock): Promise<void> {
    const { firstKey, lastKey, count, bytes } = block;
    const packed = pack(bytes);
    const extent = await this.#objects.write(packed.codec, packed.bytes);
    this.#blocks.push({ firstKey, lastKey, count, plainLength: bytes.length, extent });
  }

  /** Takes a block over that stands in objects already. */
  keep(block: BlockRef): void {
    this.#blocks.push(block);
  }

  /** The finished run, of one block or more. Nothing may refer to it before the objects were flushed. */
  async finish({ firstSequence, lastSequence, sequenced, isUnique, shadowedBy }: RunSpan): Promise<RunRef> {
    const packed = pack(encodeCbor(writeBlocks(this.#blocks)));
    const index = await this.#objects.write(packed.codec, packed.bytes);
    let count = 0;
    let plainLength = 0;
    for (const block of this.#blocks) {
      count += block.count;
      plainLength += block.plainLength;
    }
    const { firstKey } = this.#blocks[0] as BlockRef;
    const { lastKey } = this.#blocks.at(-1) as BlockRef;
    const span = { firstSequence, lastSequence, sequenced, isUnique, shadowedBy };
    return { firstKey, lastKey, count, plainLength, index, ...span };
  }
}
