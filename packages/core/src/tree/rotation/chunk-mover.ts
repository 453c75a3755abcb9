import type { Cancel } from '../../backend/backend.js';
import { concat } from '../../bytes/concat.js';
import { openChunk } from '../../crypto/chunk.js';
import { type ObjectId, toObjectId } from '../../format/ids.js';
import type { ObjectContext } from '../../object/context.js';
import { ObjectWriter } from '../../object/object-writer.js';
import type { Moves, NewPlace } from '../records/moved-object.js';
import type { Slices } from '../slices.js';
import type { OldChunk, OldChunks } from './old-chunks.js';

/** Objects fetched at once: enough to hide the way to a bucket, at 4 MiB of memory each. */
const AT_ONCE = 4;

/** What there is of an object that is gone. */
const NOTHING = new Uint8Array(0);

export interface MoverTools extends Cancel {
  readonly context: ObjectContext;
  readonly slices: Slices;
  /** Told of each object before anything of it is in storage. */
  readonly onBegin: (id: ObjectId) => void;
  /** Told of each object whose chunks were sealed again. */
  readonly onMoved: () => void;
}

/** What came of objects that were to be sealed again. */
export interface SealedAgain {
  readonly moves: Moves;
  /** Those of which a chunk is damaged or gone. None of their chunks goes anywhere: a copy may bring it back to where it was. */
  readonly damaged: readonly ObjectId[];
}

/** Seals all chunks of these objects again, under the keys of now. What this gives is durable when it resolves. */
export async function sealAgain(tools: MoverTools, old: OldChunks, ids: readonly ObjectId[]): Promise<SealedAgain> {
  const { context, signal, onBegin, slices } = tools;
  const writer = new ObjectWriter(context, 'storage', { signal, onBegin });
  const moves = new Map<ObjectId, Map<number, NewPlace>>();
  const damaged: ObjectId[] = [];
  try {
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE);
      const stored = await fetched(tools, old, some);
      for (const id of some) {
        const contents = opened(context, stored, [...old.get(id).values()]);
        if (contents === undefined) damaged.push(id);
        else moves.set(id, await moved(writer, contents));
        tools.onMoved();
        await slices.pause();
      }
    }
    await writer.flush();
  } finally {
    writer.abandon();
  }
  await context.backend.flush?.({ signal });
  return { moves, damaged };
}

type Stored = ReadonlyMap<ObjectId, Uint8Array>;

async function fetched({ context, signal }: MoverTools, old: OldChunks, ids: readonly ObjectId[]): Promise<Stored> {
  const needed = ids.flatMap((id) => [...old.get(id).values()].map(({ now }) => toObjectId(now.object)));
  const entries = [...new Set(needed)].map(async (id): Promise<[ObjectId, Uint8Array]> => {
    return [id, (await context.backend.get(id, { fresh: true, signal })) ?? NOTHING];
  });
  return new Map(await Promise.all(entries));
}

interface Content {
  readonly from: number;
  readonly codec: number;
  readonly bytes: Uint8Array;
}

/** The packed content of all chunks of an object; `undefined` where one of them does not carry the right tag. */
function opened({ keys }: ObjectContext, stored: Stored, chunks: readonly OldChunk[]): Content[] | undefined {
  const contents: Content[] = [];
  for (const { name, now } of chunks.toSorted((a, b) => a.name.offset - b.name.offset)) {
    const { offset, size, tag, codec, seal } = now;
    const id = toObjectId(now.object);
    const bytes = stored.get(id) ?? NOTHING;
    if (offset + size > bytes.length) return undefined;
    const place = { kind: 'storage', objectId: id, offset, codec, seal } as const;
    const content = openChunk(keys, place, concat(bytes.subarray(offset, offset + size), tag));
    if (content === undefined) return undefined;
    contents.push({ from: name.offset, codec, bytes: content });
  }
  return contents;
}

async function moved(writer: ObjectWriter, contents: readonly Content[]): Promise<Map<number, NewPlace>> {
  const places = new Map<number, NewPlace>();
  for (const { from, codec, bytes } of contents) {
    const pointer = await writer.writeWhole(codec, bytes);
    if (pointer !== undefined) places.set(from, pointer);
  }
  return places;
}
