import { pack } from '../../codec/compression.js';
import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import type { ObjectReader } from '../../object/object-reader.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import type { CommitRecord } from '../records/commit.js';
import { decodeLogNode, encodeLogEntry, logNodeOf } from '../records/log-node.js';
import type { LogRef } from '../records/pack.js';
import type { Slices } from '../slices.js';

/** A node of the log has no more commits. With more of them, what follows a short one would be written again more often. */
const FULL_NODE = 1024;
/** Nor, but for a single one, messages and data of more bytes: a node is read as a whole, and bounded then. */
const LARGE_NODE = 4_194_304;

/** Writes commits, oldest first, as nodes of the log. Where some are missing in between, there is a node behind the gap. */
export class LogWriter {
  readonly #objects: ObjectWriter;
  readonly #slices: Slices;
  readonly #nodes: LogRef[] = [];
  #entries: Uint8Array[] = [];
  #first = 0;
  #last = 0;
  #bytes = 0;

  constructor(objects: ObjectWriter, slices: Slices) {
    this.#objects = objects;
    this.#slices = slices;
  }

  async add(commits: readonly CommitRecord[]): Promise<void> {
    for (const commit of commits) {
      const { sequence } = commit;
      const bytes = commit.message.length + (commit.data?.length ?? 0);
      const isFull = this.#entries.length === FULL_NODE || this.#bytes + bytes > LARGE_NODE;
      if (this.#entries.length > 0 && (isFull || sequence !== this.#last + 1)) await this.#write();
      if (this.#entries.length === 0) this.#first = sequence;
      this.#entries.push(encodeLogEntry(commit));
      this.#last = sequence;
      this.#bytes += bytes;
      await this.#slices.pause();
    }
  }

  /** Takes over a node that was written before: as it is, where it has as many commits as a node may have. */
  async take(node: LogRef, reader: ObjectReader, signal: AbortSignal | undefined): Promise<void> {
    const { firstSequence, lastSequence, extent } = node;
    if (lastSequence - firstSequence + 1 < FULL_NODE) {
      await this.add(decodeLogNode(await reader.read(extent, MAX_PAYLOAD_PLAIN, signal)));
      return;
    }
    await this.#write();
    const packed = await reader.readPacked(extent, MAX_PAYLOAD_PLAIN, signal);
    this.#nodes.push({ firstSequence, lastSequence, extent: await this.#objects.write(extent.codec, packed) });
    await this.#slices.pause();
  }

  /** Where the nodes are. Nothing may refer to them before the objects were flushed. */
  async finish(): Promise<readonly LogRef[]> {
    await this.#write();
    return this.#nodes;
  }

  async #write(): Promise<void> {
    if (this.#entries.length === 0) return;
    const packed = pack(logNodeOf(this.#entries));
    const extent = await this.#objects.write(packed.codec, packed.bytes);
    this.#nodes.push({ firstSequence: this.#first, lastSequence: this.#last, extent });
    this.#entries = [];
    this.#bytes = 0;
  }
}
