import { decodeCbor } from '../../codec/cbor.js';
import { pack } from '../../codec/compression.js';
import { TAG_SIZE } from '../../crypto/primitives.js';
import type { Extent } from '../../format/extent.js';
import type { ObjectId } from '../../format/ids.js';
import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import type { ObjectContext } from '../../object/context.js';
import { AT_ONCE, fewAtATime } from '../../object/few-at-a-time.js';
import type { ObjectReader } from '../../object/object-reader.js';
import { ObjectWriter } from '../../object/object-writer.js';
import type { Base } from '../records/checkpoint.js';
import { type CommitBody, encodeCommitBody } from '../records/commit.js';
import { decodeLogNode, encodeLogNode } from '../records/log-node.js';
import { MOVED_FIELD } from '../records/moved-object.js';
import { type BlockRef, type RunRef, readBlocks } from '../records/run.js';
import { malformed } from '../records/shape.js';
import type { Snapshot } from '../snapshot.js';
import { spill } from '../write/fold.js';
import { RunWriter } from '../write/run-writer.js';
import type { Slices } from '../write/slices.js';

/** What a state consists of once it is sealed under other keys. */
export interface Resealed {
  readonly base: Base;
  readonly baseExtent: Extent | undefined;
  readonly tail: readonly CommitBody[];
  /** The index objects that it consisted of before. */
  readonly before: readonly ObjectId[];
}

export interface ResealTools {
  /** Reads under the keys before. */
  readonly reader: ObjectReader;
  /** Seals under the next ones. */
  readonly next: ObjectContext;
  readonly slices: Slices;
  readonly signal: AbortSignal | undefined;
  /** Told of each object that is opened, more than once. */
  readonly onObject: (id: ObjectId) => void;
}

/** A part of the index that was sealed again: a run, or a node of the log with all that are older. */
interface Part {
  readonly extent: Extent;
  readonly young: boolean;
  /** Its pieces, before and after. */
  readonly from: readonly Extent[];
  readonly to: readonly Extent[];
  /** The node before this one. */
  readonly previous: Part | undefined;
}

/**
 * Seals the index of a state again. What was sealed once is not sealed again for a later state, so that this can be done
 * beside commits, and once more for what these have added. The young pack stays one, apart from all else.
 */
export class IndexResealing {
  readonly #tools: ResealTools;
  readonly #parts = new Map<string, Part>();
  readonly #grown: ObjectWriter;
  readonly #young: ObjectWriter;
  /** Of its own, as that field is replaced as a whole. */
  readonly #moved: ObjectWriter;

  constructor(tools: ResealTools) {
    const { next, signal } = tools;
    this.#tools = tools;
    this.#grown = new ObjectWriter(next, 'index', { signal });
    this.#young = new ObjectWriter(next, 'index', { signal });
    this.#moved = new ObjectWriter(next, 'index', { signal });
  }

  /** Objects that were written. */
  get written(): number {
    return [this.#grown, this.#young, this.#moved].reduce((sum, { objects }) => sum + objects.length, 0);
  }

  /** What a state consists of under the next keys. It is durable when this resolves. */
  async state({ base, baseExtent, tail }: Snapshot): Promise<Resealed> {
    const parts: Part[] = [];
    const run = async (ref: RunRef, place = ref.young ? this.#young : this.#grown): Promise<RunRef> => {
      const part = await this.#run(ref, place);
      parts.push(part);
      return { ...ref, index: part.extent };
    };
    const fields: Base['fields'][number][] = [];
    for (const field of base.fields) {
      const runs: RunRef[] = [];
      const place = field.field.name === MOVED_FIELD.name ? this.#moved : undefined;
      for (const ref of field.runs) runs.push(await run(ref, place));
      fields.push({ ...field, runs });
    }
    const bodies: CommitBody[] = [];
    for (const body of tail.list()) bodies.push(await commitBody(body, run));
    const log = await this.#log(base);
    for (let part = log; part !== undefined; part = part.previous) parts.push(part);
    for (const writer of [this.#grown, this.#young, this.#moved]) await writer.flush();
    const young = parts.filter((part) => part.young).flatMap(({ to }) => to);
    const youngBytes = young.reduce((sum, extent) => sum + sizeOf(extent), 0);
    const whole = { ...base, fields, log: log?.extent, youngObjects: objectsIn(young), youngBytes };
    const { next, signal } = this.#tools;
    const spilled = await spill({ context: next, signal }, whole);
    const from = parts.flatMap((part) => part.from);
    const before = objectsIn(baseExtent === undefined ? from : [...from, baseExtent]);
    return { base: whole, baseExtent: spilled, tail: bodies, before };
  }

  async #run(run: RunRef, place: ObjectWriter): Promise<Part> {
    const { reader, signal } = this.#tools;
    const known = this.#parts.get(nameOf(run.index));
    if (known?.young === run.young) return known;
    const blocks = readBlocks(
      decodeCbor(await this.#opened(run.index, () => reader.read(run.index, undefined, signal))),
    );
    const writer = new RunWriter(place);
    const to: Extent[] = [];
    for (let at = 0; at < blocks.length; at += AT_ONCE) {
      const some = blocks.slice(at, at + AT_ONCE);
      const packed = await fewAtATime(some, (block) => this.#packed(block));
      for (const [i, block] of some.entries()) {
        const extent = await place.write(block.extent.codec, packed[i] as Uint8Array);
        to.push(extent);
        writer.keep({ ...block, extent });
      }
      await this.#tools.slices.pause();
    }
    const { firstSequence, lastSequence, sequenced, young } = run;
    const { index } = await writer.finish({ firstSequence, lastSequence, sequenced, young });
    const from = [run.index, ...blocks.map(({ extent }) => extent)];
    return this.#keep(run.index, { extent: index, young, from, to: [index, ...to], previous: undefined });
  }

  #packed({ extent, plainLength }: BlockRef): Promise<Uint8Array> {
    return this.#opened(extent, () => this.#tools.reader.readPacked(extent, plainLength, this.#tools.signal));
  }

  /** Nodes are written from the oldest on, as each names the one before. */
  async #log({ log, youngLog }: Base): Promise<Part | undefined> {
    const { reader, signal } = this.#tools;
    const read = async (node: Extent) =>
      decodeLogNode(await this.#opened(node, () => reader.read(node, MAX_PAYLOAD_PLAIN, signal)));
    const nodes: Extent[] = [];
    let part: Part | undefined;
    let oldest = Number.POSITIVE_INFINITY;
    for (let next = log; next !== undefined && part === undefined; ) {
      part = this.#parts.get(nameOf(next));
      if (part !== undefined) break;
      nodes.push(next);
      const { previous, commits } = await read(next);
      const sequence = commits[0]?.sequence ?? oldest;
      // A node can be made that names itself as the one before.
      if (sequence >= oldest) throw malformed('the log does not descend');
      oldest = sequence;
      next = previous;
    }
    for (const node of nodes.reverse()) {
      const young = node === log && youngLog;
      const { commits } = await read(node);
      const { codec, bytes } = pack(encodeLogNode({ previous: part?.extent, commits }));
      const extent = await (young ? this.#young : this.#grown).write(codec, bytes);
      part = this.#keep(node, { extent, young, from: [node], to: [extent], previous: part });
      await this.#tools.slices.pause();
    }
    return part;
  }

  #keep(before: Extent, part: Part): Part {
    this.#parts.set(nameOf(before), part);
    return part;
  }

  async #opened(extent: Extent, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const bytes = await read();
    for (const { object } of extent.segments) this.#tools.onObject(object);
    return bytes;
  }
}

async function commitBody(body: CommitBody, run: (ref: RunRef) => Promise<RunRef>): Promise<CommitBody> {
  if (body.changes.every((change) => change.run === undefined)) return body;
  const changes: CommitBody['changes'][number][] = [];
  for (const change of body.changes) {
    changes.push(change.run === undefined ? change : { ...change, run: await run(change.run) });
  }
  return encodeCommitBody(body.commit, changes);
}

/** Where it begins: no two extents begin at one place. */
function nameOf({ segments }: Extent): string {
  const [first] = segments;
  if (first === undefined) throw malformed('content has no place');
  return `${first.object} ${first.offset}`;
}

function objectsIn(extents: readonly Extent[]): ObjectId[] {
  return [...new Set(extents.flatMap(({ segments }) => segments.map(({ object }) => object)))];
}

function sizeOf({ segments }: Extent): number {
  return segments.reduce((sum, { length }) => sum + length + TAG_SIZE, 0);
}
