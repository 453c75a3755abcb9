import { toCanonical } from '../../codec/canonical-key.js';
import type { CanonicalKey } from '../../codec/index-key.js';
import { compareCanonical } from '../../codec/key-order.js';
import { release } from '../../fields/values.js';
import { idBytes } from '../../format/id-bytes.js';
import type { ObjectId } from '../../format/ids.js';
import { ObjectWriter } from '../../object/object-writer.js';
import type { BlockStore } from '../read/block-store.js';
import { movedSources } from '../read/moved-objects.js';
import type { Base } from '../records/checkpoint.js';
import { MOVED_FIELD, type Moves, writeMovedObject } from '../records/moved-object.js';
import type { RunRef } from '../records/run.js';
import { fieldKey, type Snapshot } from '../snapshot.js';
import { encodeBlocks } from '../write/block-plan.js';
import { RunWriter } from '../write/run-writer.js';
import type { MoverTools } from './chunk-mover.js';

/** What a state says of all objects that were sealed again. It is one run, replaced as a whole. */
export class MovedRecords {
  /** The index objects that it stands in; nothing else does, unless a repair has written them. */
  readonly objects: readonly ObjectId[];
  readonly #values: ReadonlyMap<CanonicalKey, unknown>;

  private constructor(values: ReadonlyMap<CanonicalKey, unknown>, objects: readonly ObjectId[]) {
    this.#values = values;
    this.objects = objects;
  }

  static async of(blocks: BlockStore, snapshot: Snapshot): Promise<MovedRecords> {
    const values = new Map<CanonicalKey, unknown>();
    const objects = new Set<ObjectId>();
    for (const run of movedSources(snapshot)?.runs ?? []) {
      const refs = await blocks.blocks(run);
      for (const { segments } of [run.index, ...refs.map(({ extent }) => extent)]) {
        for (const { object } of segments) objects.add(object);
      }
      for (const ref of refs) {
        const block = await blocks.scan(ref);
        for (const [i, key] of block.keys.entries()) values.set(key, release(block.values[i]));
      }
    }
    return new MovedRecords(values, [...objects]);
  }

  /** The same with these moves, durable when this resolves, and the run that says so. */
  async with(
    moves: Moves,
    { context, signal, slices, onBegin }: MoverTools,
  ): Promise<{ readonly records: MovedRecords; readonly run: RunRef }> {
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
    const ref = await run.finish({ firstSequence: 1, lastSequence: 1, sequenced: false, young: false });
    await writer.flush();
    await context.backend.flush?.({ signal });
    return { records: new MovedRecords(values, writer.objects), run: ref };
  }
}

export function withMoved(base: Base, run: RunRef): Base {
  const isOther = ({ field }: Base['fields'][number]) => fieldKey(field) !== fieldKey(MOVED_FIELD);
  const others = base.fields.filter(isOther);
  const fields = [...others, { field: MOVED_FIELD, clears: [], runs: [run] }];
  return { ...base, fields: fields.sort((a, b) => compareCanonical(a.field.name, b.field.name)) };
}
