import { pack } from '../../codec/compression.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import type { CommitRecord } from '../records/commit.js';
import { encodeLogNode } from '../records/log-node.js';
import type { LogRef } from '../records/pack.js';

/** A node of the log has no more commits. */
const FULL_NODE = 4096;
/** Nor, but for a single one, messages and data of more bytes: a node is read as a whole, and bounded then. */
const LARGE_NODE = 4_194_304;

/** Writes commits, oldest first, as nodes of the log. Where some are missing in between, there is a node behind the gap. */
export class LogWriter {
  readonly #objects: ObjectWriter;
  readonly #nodes: LogRef[] = [];
  #node: CommitRecord[] = [];
  #bytes = 0;

  constructor(objects: ObjectWriter) {
    this.#objects = objects;
  }

  async add(commits: readonly CommitRecord[]): Promise<void> {
    for (const commit of commits) {
      const bytes = commit.message.length + (commit.data?.length ?? 0);
      const before = this.#node.at(-1);
      const isFull = this.#node.length === FULL_NODE || this.#bytes + bytes > LARGE_NODE;
      if (before !== undefined && (isFull || commit.sequence !== before.sequence + 1)) await this.#write();
      this.#node.push(commit);
      this.#bytes += bytes;
    }
  }

  /** Where the nodes are. Nothing may refer to them before the objects were flushed. */
  async finish(): Promise<readonly LogRef[]> {
    await this.#write();
    return this.#nodes;
  }

  async #write(): Promise<void> {
    const [first, last] = [this.#node[0], this.#node.at(-1)];
    if (first === undefined || last === undefined) return;
    const packed = pack(encodeLogNode(this.#node));
    const extent = await this.#objects.write(packed.codec, packed.bytes);
    this.#nodes.push({ firstSequence: first.sequence, lastSequence: last.sequence, extent });
    this.#node = [];
    this.#bytes = 0;
  }
}
