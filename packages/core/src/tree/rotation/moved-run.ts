import { toCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import { release } from '../../fields/values.js';
import { idBytes } from '../../format/id-bytes.js';
import { ObjectWriter } from '../../object/object-writer.js';
import type { BlockStore } from '../read/block-store.js';
import { movedSources } from '../read/moved-objects.js';
import { type Base, youngPack } from '../records/base.js';
import type { FieldIdentity } from '../records/commit.js';
import { MOVED_FIELD, type Moves, writeMovedObject } from '../records/moved-object.js';
import { isEmpty, type Pack } from '../records/pack.js';
import { fieldKey, type Snapshot } from '../snapshot.js';
import { encodeBlocks } from '../write/block-plan.js';
import { RunWriter } from '../write/run-writer.js';
import type { MoverTools } from './chunk-mover.js';

/** What a state says of all objects that were sealed again. It is replaced as a whole. */
export class MovedRecords {
  readonly #values: ReadonlyMap<CanonicalKey, unknown>;

  private constructor(values: ReadonlyMap<CanonicalKey, unknown>) {
    this.#values = values;
  }

  static async of(blocks: BlockStore, snapshot: Snapshot): Promise<MovedRecords> {
    const values = new Map<CanonicalKey, unknown>();
    for (const run of movedSources(snapshot)?.runs ?? []) {
      for (const ref of await blocks.blocks(run)) {
        const block = await blocks.scan(ref);
        for (const [i, key] of block.keys.entries()) values.set(key, release(block.values.at(i)));
      }
    }
    return new MovedRecords(values);
  }

  /** The same with these moves, durable when this resolves, and the pack that says so. */
  async with(
    moves: Moves,
    { context, signal, slices, onBegin }: MoverTools,
  ): Promise<{ readonly records: MovedRecords; readonly pack: Pack }> {
    const values = new Map(this.#values);
    for (const [id, places] of moves) values.set(toCanonical(idBytes(id)), writeMovedObject(places));
    const keys = [...values.keys()].sort(compareCanonical);
    const writer = new ObjectWriter(context, 'index', { signal, onBegin });
    const run = new RunWriter(writer);
    const rows = { keys, values: keys.map((key) => values.get(key)), kinds: undefined, sequences: undefined };
    for (const block of encodeBlocks(rows)) {
      await run.add(block);
      await slices.pause();
    }
    // It is of no commit; of the first one there always is.
    const refs = await run.finish({
      firstSequence: 1,
      lastSequence: 1,
      sequenced: false,
      isUnique: true,
      shadowedBy: undefined,
    });
    await writer.flush();
    await context.backend.flush?.({ signal });
    const runs = refs.map((ref) => ({ field: MOVED_FIELD, run: ref }));
    const pack = { objects: writer.objects, bytes: writer.written, runs, log: [] };
    return { records: new MovedRecords(values), pack };
  }
}

/** A base in which this pack says where chunks are that were sealed again, in place of what said so before. */
export function withMoved(base: Base, moved: Pack): Base {
  const isOther = ({ field }: { readonly field: FieldIdentity }) => fieldKey(field) !== fieldKey(MOVED_FIELD);
  const fields = [...base.fields.filter(isOther), { field: MOVED_FIELD, clears: [] }];
  const young = youngPack(base);
  const others = base.packs
    .map((pack) => (pack.runs.every(isOther) ? pack : { ...pack, runs: pack.runs.filter(isOther) }))
    .filter((pack) => pack !== young && !isEmpty(pack));
  return {
    ...base,
    fields: fields.sort((a, b) => compareCanonical(a.field.name, b.field.name)),
    packs: [...others, moved, ...(young === undefined ? [] : [young])],
  };
}
