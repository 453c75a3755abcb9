import { type Block, decodeBlock, ENTRY_KIND } from '../../codec/block.js';
import { KeyFilter } from '../../codec/key-filter.js';
import { decodeValue } from '../../codec/value-codec.js';
import { isOwnId } from '../../crypto/own-ids.js';
import { TAG_SIZE } from '../../crypto/primitives.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import { type InfinitreeError, isInfinitreeError } from '../../errors.js';
import { release } from '../../fields/values.js';
import type { ChunkPointer } from '../../format/chunk-pointer.js';
import type { Extent, Segment } from '../../format/extent.js';
import { idBytes } from '../../format/id-bytes.js';
import { type ObjectId, toObjectId } from '../../format/ids.js';
import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import type { ObjectReader } from '../../object/object-reader.js';
import { BlockStore } from '../read/block-store.js';
import { MovedObjects, movedSources } from '../read/moved-objects.js';
import { logNodes } from '../records/base.js';
import type { CommitBody, CommitRecord, FieldIdentity } from '../records/commit.js';
import { decodeLogNode } from '../records/log-node.js';
import { MOVED_FIELD, readMovedObject } from '../records/moved-object.js';
import type { RunRef } from '../records/run.js';
import { type BlockRef, decodeRunIndex, extentsOf, type FilterRef, filterOf } from '../records/run-index.js';
import { malformed } from '../records/shape.js';
import { readChunk, readPointer } from '../records/sparse-pointer.js';
import { Slices } from '../slices.js';
import type { Snapshot } from '../snapshot.js';
import { IdSet } from './id-set.js';
import {
  checkBlock,
  checkChain,
  checkFields,
  checkFilter,
  checkLog,
  checkNode,
  checkObjects,
  checkPacks,
  checkRun,
} from './invariants.js';
import { type Reference, referencesIn } from './references.js';

/** Bytes of decoded blocks kept that say where objects are which were sealed again. */
const BLOCK_BUDGET = 16 * 1024 * 1024;

/** What a piece of a state is for, and for whom. */
export interface Owner {
  readonly part: 'base' | 'log' | 'run' | 'block' | 'filter' | 'inline' | 'values' | 'chunk';
  readonly field: FieldIdentity | undefined;
  /** Sequences of the first and the last commit that need it. */
  readonly first: number;
  readonly last: number;
  /** How many entries it holds, or are behind it. */
  readonly entries: number;
}

/** A piece of an object that a state refers to. */
export interface Piece {
  readonly object: ObjectId;
  readonly offset: number;
  /** Where the next one may begin. */
  readonly end: number;
  readonly codec: number;
  /** What vouches for it, where it stands apart from it: in a storage object. */
  readonly pointer: ChunkPointer | undefined;
  /** The pointer by which that is named; another one where it was sealed again since. */
  readonly name: ChunkPointer | undefined;
  readonly owner: Owner;
}

/** What somebody who has a state walked wants to know. */
export interface Visitor {
  /**
   * Told of every reference to an object; a bare id has no pieces. `owner`: of a value that refers to it and was not read, so
   * that no pieces are told of.
   */
  object?(id: ObjectId, owner?: Owner): void;
  /** Told of every id that a value names without a place. */
  bare?(id: ObjectId): void;
  /** Told of a chunk in a storage object by every entry that needs it, of anything else once. */
  piece(piece: Piece): void;
  /** Told of every entry that was read. */
  entries(count: number): void;
  /** Damage, and what was being read. The walk leaves out what lies behind it and goes on, unless this throws. */
  fault(error: InfinitreeError, owner: Owner, where?: Segment): void;
}

export interface WalkOptions {
  readonly values: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Where the walk is to remember what was named; empty. */
  readonly names?: IdSet;
}

/**
 * Goes through everything that a state refers to, whatever commit it is of: each piece once, also over several states.
 * With `values` it also reads values that stand apart from their keys, since they may refer to blobs; who only writes to a
 * split tree cannot, and goes by what their pointers say of that.
 */
export class Walk {
  readonly #keys: TreeKeys;
  readonly #reader: ObjectReader;
  readonly #visitor: Visitor;
  readonly #values: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #slices: Slices;
  readonly #seen = new Set<string>();
  /** How many values each chunk of them holds; undefined where it could not be read. */
  readonly #lists = new Map<string, number | undefined>();
  readonly #blocks: BlockStore;
  /** The storage objects that pointers have named so far. */
  readonly #names: IdSet;
  /** Of the state that is walked. */
  #moved: MovedObjects;

  /** The chunk that was referred to last. */
  #chunk: { readonly text: string; readonly pointers: readonly ChunkPointer[] } = { text: '', pointers: [] };

  constructor(
    keys: TreeKeys,
    reader: ObjectReader,
    visitor: Visitor,
    { values, signal, names = new IdSet() }: WalkOptions,
  ) {
    this.#keys = keys;
    this.#reader = reader;
    this.#visitor = visitor;
    this.#values = values && keys.readsStorage;
    this.#signal = signal;
    this.#names = names;
    this.#slices = new Slices('Going through the tree', signal);
    this.#blocks = new BlockStore(reader, BLOCK_BUDGET);
    this.#moved = new MovedObjects(keys, this.#blocks, undefined);
  }

  async state(snapshot: Snapshot): Promise<void> {
    const { base, baseExtent, tail } = snapshot;
    const sources = movedSources(snapshot);
    const isElsewhere = sources !== this.#moved.sources;
    this.#moved = new MovedObjects(this.#keys, this.#blocks, sources);
    // Not that of the snapshot: a view ends earlier than what it reads from.
    const last = (tail.last?.commit ?? base.last)?.sequence ?? 0;
    const all = { first: 1, last, entries: 0, field: undefined };
    // What was gone through already is not gone through again, and leads elsewhere in this state.
    if (isElsewhere && this.#visitor.object !== undefined) {
      for (const name of this.#names) await this.#named(idBytes(name), { ...all, part: 'chunk' });
    }
    // Without it there would be no snapshot, so it was read.
    if (baseExtent !== undefined) this.#take(baseExtent, { ...all, part: 'base' });
    await this.#attempt({ ...all, part: 'base' }, () => {
      checkFields(base.fields, last);
      checkPacks(base, last);
    });
    await this.#log(snapshot, { ...all, part: 'log' });
    for (const { runs, objects } of base.packs) {
      for (const { field, run } of runs) await this.#run(field, run, objects);
    }
    for (const body of tail.list()) await this.#body(body);
  }

  /** The chain of commits from the newest to the oldest. */
  async #log({ base, tail }: Snapshot, owner: Owner): Promise<void> {
    let child: CommitRecord | undefined;
    const follow = async (record: CommitRecord): Promise<void> => {
      const newer = child;
      child = record;
      await this.#attempt({ ...owner, last: record.sequence }, () => checkChain(newer, record));
      const said = record.data;
      if (said === undefined) return;
      await this.#attempt(owner, () => this.#referencesOf(decodeValue(said).value, { ...owner, part: 'chunk' }));
    };
    for (const { commit } of tail.list().reverse()) await follow(commit);
    if (base.last !== undefined && child !== undefined) await this.#attempt(owner, () => checkChain(child, base.last));
    const nodes = logNodes(base);
    await this.#attempt(owner, () => checkLog(nodes, base.last));
    for (const node of nodes) {
      const at = { ...owner, first: node.firstSequence, last: node.lastSequence };
      if (!this.#take(node.extent, at)) {
        child = undefined;
        continue;
      }
      const commits = await this.#attempt(
        at,
        async () => {
          const read = decodeLogNode(await this.#reader.read(node.extent, MAX_PAYLOAD_PLAIN, this.#signal));
          checkNode(node, read);
          return read;
        },
        node.extent,
      );
      if (commits === undefined) child = undefined;
      for (const record of commits?.toReversed() ?? []) await follow(record);
    }
  }

  async #body({ commit, changes }: CommitBody): Promise<void> {
    for (const { field, inline, run } of changes) {
      if (run !== undefined) await this.#run(field, run.run, run.objects);
      if (inline === undefined) continue;
      const { sequence } = commit;
      const owner = { part: 'inline', field, first: sequence, last: sequence, entries: 0 } as const;
      const block = await this.#attempt(owner, () => decodeBlock(inline));
      if (block !== undefined) await this.#entries(block, owner);
    }
  }

  /** `objects`: those that it is said to stand in. */
  async #run(field: FieldIdentity, run: RunRef, objects: readonly ObjectId[]): Promise<void> {
    const span = { field, first: run.firstSequence, last: run.lastSequence };
    const owner: Owner = { ...span, part: 'run', entries: run.count };
    if (!this.#take(run.index, owner)) return;
    const index = await this.#attempt(
      owner,
      async () => {
        const read = decodeRunIndex(await this.#reader.read(run.index, undefined, this.#signal));
        checkRun(run, read.blocks);
        checkObjects(objects, [run.index, ...extentsOf(read)]);
        return read;
      },
      run.index,
    );
    if (index === undefined) return;
    let known: FilterRef | undefined;
    let filter: KeyFilter | undefined;
    for (const [i, ref] of index.blocks.entries()) {
      const of = filterOf(index, i);
      if (of !== undefined && of !== known) filter = await this.#filter(of, { ...span, part: 'filter', entries: 0 });
      known = of;
      await this.#block(run, ref, { ...span, part: 'block', entries: ref.count }, filter);
    }
  }

  async #block(run: RunRef, ref: BlockRef, owner: Owner, filter: KeyFilter | undefined): Promise<void> {
    if (!this.#take(ref.extent, owner)) return;
    const block = await this.#attempt(
      owner,
      async () => {
        const bytes = await this.#reader.read(ref.extent, ref.plainLength, this.#signal);
        const decoded = decodeBlock(bytes);
        checkBlock(run, ref, decoded, bytes.length);
        if (filter !== undefined) checkFilter(filter, decoded.keys);
        return decoded;
      },
      ref.extent,
    );
    if (block !== undefined) await this.#entries(block, owner);
  }

  async #filter({ extent, length }: FilterRef, owner: Owner): Promise<KeyFilter | undefined> {
    if (!this.#take(extent, owner)) return undefined;
    const read = async () => new KeyFilter(await this.#reader.read(extent, length, this.#signal));
    return this.#attempt(owner, read, extent);
  }

  async #entries(block: Block, owner: Owner): Promise<void> {
    const { keys, values, kinds } = block;
    this.#visitor.entries(keys.length);
    // They name the places of what others name.
    if (owner.field?.name === MOVED_FIELD.name) {
      for (const value of values) await this.#attempt(owner, () => readMovedObject(release(value)));
      return;
    }
    for (const [i, value] of values.entries()) {
      const sequence = block.sequences?.[i];
      const own = { ...owner, entries: 1, ...(sequence === undefined ? {} : { first: sequence, last: sequence }) };
      if (kinds?.[i] === ENTRY_KIND.pointer) {
        await this.#attempt(own, () => this.#pointer(value, { ...own, part: 'values' }));
      } else if (typeof value === 'string' || typeof value === 'object') {
        await this.#referencesOf(value, { ...own, part: 'chunk' });
      }
    }
  }

  /** A value that stands apart: where it is, and what it refers to itself. */
  async #pointer(value: unknown, owner: Owner): Promise<void> {
    const { chunk, at, objects = [] } = readPointer(value);
    // Neighbours share a chunk, and its text.
    if (chunk !== this.#chunk.text) this.#chunk = { text: chunk, pointers: readChunk(chunk) };
    const { pointers } = this.#chunk;
    await this.#reference({ objects: pointers.map(({ object }) => toObjectId(object)), pointers, at }, owner);
    // What the value refers to is told when it is read; else this is all that is known of it.
    const within = this.#values ? undefined : ({ ...owner, part: 'chunk' } as const);
    for (const object of objects) {
      if (!isOwnId(this.#keys, toObjectId(object))) continue;
      this.#names.add(toObjectId(object));
      await this.#named(object, owner, within);
    }
  }

  async #referencesOf(value: unknown, owner: Owner): Promise<void> {
    for (const reference of referencesIn(this.#keys, value)) await this.#reference(reference, owner);
  }

  async #reference({ objects, pointers, at }: Reference, owner: Owner): Promise<void> {
    for (const object of objects) this.#names.add(object);
    if (pointers.length === 0) {
      for (const object of objects) {
        this.#visitor.object?.(object);
        this.#visitor.bare?.(object);
        await this.#named(idBytes(object), owner);
      }
      return;
    }
    const places = this.#moved.sources === undefined ? pointers : await this.#places(pointers, owner);
    for (const [i, pointer] of places.entries()) {
      const { offset, size, codec } = pointer;
      const object = toObjectId(pointer.object);
      this.#visitor.object?.(object);
      this.#visitor.piece({ object, offset, end: offset + size, codec, pointer, name: pointers[i], owner });
    }
    if (!this.#values || at === undefined) return;
    const length = await this.#list(places, owner);
    if (length === undefined || at < length) return;
    this.#visitor.fault(malformed('a pointer names a value that its chunk does not have'), owner);
  }

  /** Where chunks are. What is not known to be anywhere else should be where the pointers say. */
  async #places(pointers: readonly ChunkPointer[], owner: Owner): Promise<readonly ChunkPointer[]> {
    return (await this.#attempt(owner, () => this.#moved.places(pointers))) ?? pointers;
  }

  /** Tells of the objects in which the chunks of one are now that is named without a place. */
  async #named(object: Uint8Array, owner: Owner, within?: Owner): Promise<void> {
    const found = await this.#attempt(owner, () => this.#moved.find(object));
    for (const id of found?.objects ?? [toObjectId(object)]) this.#visitor.object?.(id, within);
  }

  /** Reads a list of values that stand apart, once, and gives how many there are. */
  async #list(pointers: readonly ChunkPointer[], owner: Owner): Promise<number | undefined> {
    const name = pointers.map(({ object, offset }) => `${toObjectId(object)} ${offset}`).join();
    if (this.#lists.has(name)) return this.#lists.get(name);
    const values = await this.#attempt(owner, async () => {
      const { value } = decodeValue(await this.#reader.readDetached(pointers, undefined, this.#signal));
      if (!Array.isArray(value)) throw malformed('a chunk of values holds no list');
      return value as readonly unknown[];
    });
    this.#lists.set(name, values?.length);
    for (const value of values ?? []) await this.#referencesOf(value, { ...owner, part: 'chunk' });
    return values?.length;
  }

  /** Tells of the pieces of an extent; whether they are new. */
  #take({ codec, segments }: Extent, owner: Owner): boolean {
    for (const { object, offset, length } of segments) {
      if (!this.#isNew(`${object} ${offset} ${length}`)) return false;
      this.#visitor.object?.(object);
      const end = offset + length + TAG_SIZE;
      this.#visitor.piece({ object, offset, end, codec, pointer: undefined, name: undefined, owner });
    }
    return true;
  }

  #isNew(name: string): boolean {
    const isNew = !this.#seen.has(name);
    this.#seen.add(name);
    return isNew;
  }

  /** Does a step; damage is reported, and gives `undefined`. Trouble of any other kind ends the walk. */
  async #attempt<T>(owner: Owner, step: () => T | Promise<T>, of?: Extent): Promise<T | undefined> {
    await this.#slices.pause();
    try {
      return await step();
    } catch (error) {
      if (!isInfinitreeError(error, 'CORRUPT')) throw error;
      this.#visitor.fault(error, owner, of?.segments[0]);
      return undefined;
    }
  }
}
