import { pack } from '../../codec/compression.js';
import type { Extent } from '../../format/extent.js';
import type { ObjectId } from '../../format/ids.js';
import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import type { ObjectContext } from '../../object/context.js';
import { AT_ONCE, fewAtATime } from '../../object/few-at-a-time.js';
import type { ObjectReader } from '../../object/object-reader.js';
import { ObjectWriter } from '../../object/object-writer.js';
import { type Base, youngPack } from '../records/base.js';
import { type CommitBody, encodeCommitBody } from '../records/commit.js';
import { MOVED_FIELD } from '../records/moved-object.js';
import type { LogRef, Pack, PackedRun } from '../records/pack.js';
import type { PlacedRun, RunRef } from '../records/run.js';
import { decodeRunIndex, encodeRunIndex, extentsOf } from '../records/run-index.js';
import { malformed } from '../records/shape.js';
import type { Slices } from '../slices.js';
import type { Snapshot } from '../snapshot.js';
import { spill } from '../write/base-apart.js';
import { objectsIn, sizeOf } from '../write/extents.js';

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

/** A part of the index that was sealed again: a run, or a node of the log. */
interface Part {
  readonly extent: Extent;
  /** Where it was written. */
  readonly place: ObjectWriter;
  /** Its pieces, before and after. */
  readonly from: readonly Extent[];
  readonly to: readonly Extent[];
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
    const from: Extent[] = [];
    const packs: Pack[] = [];
    for (const pack of base.packs) packs.push(await this.#pack(pack, this.#placeOf(pack, base), from));
    const run = async ({ run: ref }: PlacedRun): Promise<PlacedRun> => {
      const part = await this.#run(ref, this.#grown);
      from.push(...part.from);
      return { run: { ...ref, index: part.extent }, objects: objectsIn(part.to), bytes: sizeOf(part.to) };
    };
    const bodies: CommitBody[] = [];
    for (const body of tail.list()) bodies.push(await commitBody(body, run));
    for (const writer of [this.#grown, this.#young, this.#moved]) await writer.flush();
    const whole = { ...base, packs };
    const { next, signal } = this.#tools;
    const spilled = await spill({ context: next, signal }, whole);
    const before = objectsIn(baseExtent === undefined ? from : [...from, baseExtent]);
    return { base: whole, baseExtent: spilled, tail: bodies, before };
  }

  #placeOf(pack: Pack, base: Base): ObjectWriter {
    if (pack === youngPack(base)) return this.#young;
    return pack.runs.some(({ field }) => field.name === MOVED_FIELD.name) ? this.#moved : this.#grown;
  }

  /** A pack under the next keys; what it consisted of is added to `from`. */
  async #pack(pack: Pack, place: ObjectWriter, from: Extent[]): Promise<Pack> {
    const parts: Part[] = [];
    const runs: PackedRun[] = [];
    for (const { field, run } of pack.runs) {
      const part = await this.#run(run, place);
      parts.push(part);
      runs.push({ field, run: { ...run, index: part.extent } });
    }
    const log: LogRef[] = [];
    for (const node of pack.log) {
      const part = await this.#node(node, place);
      parts.push(part);
      log.push({ ...node, extent: part.extent });
    }
    from.push(...parts.flatMap((part) => part.from));
    const extents = parts.flatMap(({ to }) => to);
    return { objects: objectsIn(extents), bytes: sizeOf(extents), runs, log };
  }

  async #run(run: RunRef, place: ObjectWriter): Promise<Part> {
    const { reader, signal } = this.#tools;
    const known = this.#parts.get(nameOf(run.index));
    if (known?.place === place) return known;
    const index = decodeRunIndex(await this.#opened(run.index, () => reader.read(run.index, undefined, signal)));
    const blocks = await this.#again(index.blocks, place, ({ plainLength }) => plainLength);
    const filters = await this.#again(index.filters, place, ({ length }) => length);
    const { codec, bytes } = pack(encodeRunIndex({ blocks, filters }));
    const extent = await place.write(codec, bytes);
    const from = [run.index, ...extentsOf(index)];
    return this.#keep(run.index, { extent, place, from, to: [extent, ...extentsOf({ blocks, filters })] });
  }

  /** Parts of a run where they are then. `plainLength`: of one of them before packing. */
  async #again<T extends { readonly extent: Extent }>(
    parts: readonly T[],
    place: ObjectWriter,
    plainLength: (part: T) => number,
  ): Promise<T[]> {
    const { reader, signal, slices } = this.#tools;
    const again: T[] = [];
    for (let at = 0; at < parts.length; at += AT_ONCE) {
      const some = parts.slice(at, at + AT_ONCE);
      const packed = await fewAtATime(some, (part) =>
        this.#opened(part.extent, () => reader.readPacked(part.extent, plainLength(part), signal)),
      );
      for (const [i, part] of some.entries()) {
        again.push({ ...part, extent: await place.write(part.extent.codec, packed[i] as Uint8Array) });
      }
      await slices.pause();
    }
    return again;
  }

  async #node({ extent }: LogRef, place: ObjectWriter): Promise<Part> {
    const { reader, signal, slices } = this.#tools;
    const known = this.#parts.get(nameOf(extent));
    if (known?.place === place) return known;
    const packed = await this.#opened(extent, () => reader.readPacked(extent, MAX_PAYLOAD_PLAIN, signal));
    const written = await place.write(extent.codec, packed);
    await slices.pause();
    return this.#keep(extent, { extent: written, place, from: [extent], to: [written] });
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

async function commitBody(body: CommitBody, run: (placed: PlacedRun) => Promise<PlacedRun>): Promise<CommitBody> {
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
