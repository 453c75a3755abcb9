import type { Cancel } from '../../backend/backend.js';
import { concat } from '../../bytes/concat.js';
import { openChunk } from '../../crypto/chunk.js';
import { type ObjectId, toObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { damagedObject, missingObject } from '../../object/missing.js';
import { ObjectWriter } from '../../object/object-writer.js';
import type { Moves, NewPlace } from '../records/moved-object.js';
import type { Slices } from '../write/slices.js';
import type { OldChunk, OldChunks } from './old-chunks.js';

/** Objects fetched at once: enough to hide the way to a bucket, at 4 MiB of memory each. */
const AT_ONCE = 4;

const CURE = 'The tree opens as before, under its new keys. See tree.verify({ readData: true }) and tree.repair().';

export interface MoverTools extends Cancel {
  readonly context: ObjectContext;
  readonly slices: Slices;
  /** Told of each object before anything of it is in storage. */
  readonly onBegin: (id: ObjectId) => void;
  /** Told of each object whose chunks were sealed again. */
  readonly onMoved: () => void;
}

/** Seals all chunks of these objects again, under the keys of now. What this gives is durable when it resolves. */
export async function sealAgain(tools: MoverTools, old: OldChunks, ids: readonly ObjectId[]): Promise<Moves> {
  const { context, signal, onBegin, slices } = tools;
  const writer = new ObjectWriter(context, 'storage', { signal, onBegin });
  const moves = new Map<ObjectId, Map<number, NewPlace>>();
  try {
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE);
      const stored = await fetched(tools, old, some);
      for (const id of some) {
        moves.set(id, await moved(context, writer, stored, [...old.get(id).values()]));
        tools.onMoved();
        await slices.pause();
      }
    }
    await writer.flush();
  } finally {
    writer.abandon();
  }
  await context.backend.flush?.({ signal });
  return moves;
}

type Stored = ReadonlyMap<ObjectId, Uint8Array>;

async function fetched({ context, signal }: MoverTools, old: OldChunks, ids: readonly ObjectId[]): Promise<Stored> {
  const needed = ids.flatMap((id) => [...old.get(id).values()].map(({ now }) => toObjectId(now.object)));
  const entries = [...new Set(needed)].map(async (id): Promise<[ObjectId, Uint8Array]> => {
    const bytes = await context.backend.get(id, { fresh: true, signal });
    if (bytes === undefined) throw missingObject(id, CURE);
    return [id, bytes];
  });
  return new Map(await Promise.all(entries));
}

async function moved(
  { keys }: ObjectContext,
  writer: ObjectWriter,
  stored: Stored,
  chunks: readonly OldChunk[],
): Promise<Map<number, NewPlace>> {
  const places = new Map<number, NewPlace>();
  for (const { name, now } of chunks.toSorted((a, b) => a.name.offset - b.name.offset)) {
    const { offset, size, tag, codec, seal } = now;
    const id = toObjectId(now.object);
    const bytes = stored.get(id) as Uint8Array;
    const place = { kind: 'storage', objectId: id, offset, codec, seal } as const;
    const isThere = offset + size <= bytes.length;
    const content = isThere ? openChunk(keys, place, concat(bytes.subarray(offset, offset + size), tag)) : undefined;
    if (content === undefined) {
      const what = `Object ${id} is damaged at ${offset}: its bytes do not carry the right tag. ${CURE}`;
      throw damagedObject(id, offset, what);
    }
    const pointer = await writer.writeWhole(codec, content);
    if (pointer !== undefined) places.set(name.offset, pointer);
  }
  return places;
}
