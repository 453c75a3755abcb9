import type { Cancel } from '../../backend/backend.js';
import { pack } from '../../codec/compression.js';
import { InfinitreeError } from '../../errors.js';
import type { Extent } from '../../format/extent.js';
import { MAX_PAYLOAD_PLAIN } from '../../format/limits.js';
import type { ObjectContext } from '../../object/context.js';
import { checkpointRoom } from '../../object/head-image.js';
import { ObjectWriter } from '../../object/object-writer.js';
import { type Base, encodeBase } from '../records/base.js';

interface Tools extends Cancel {
  readonly context: ObjectContext;
}

/** A base that would take more than half of a head's room is put into an object of its own. */
export async function spill(tools: Tools, base: Base): Promise<Extent | undefined> {
  const packed = pack(encodedBase(base));
  if (packed.bytes.length <= checkpointRoom(tools.context.objectSize) / 2) return undefined;
  return written(tools, packed);
}

/** Puts a base into an object of its own, however large it is. */
export function putBaseApart(tools: Tools, base: Base): Promise<Extent> {
  return written(tools, pack(encodedBase(base)));
}

/** In storage, but for what a cache has on its way. */
async function written(
  { context, signal }: Tools,
  { codec, bytes }: { readonly codec: number; readonly bytes: Uint8Array },
): Promise<Extent> {
  const objects = new ObjectWriter(context, 'index', { signal });
  const extent = await objects.write(codec, bytes);
  await objects.flush();
  return extent;
}

/** What nobody would read must not stand where a base does that everybody reads. */
function encodedBase(base: Base): Uint8Array {
  const encoded = encodeBase(base);
  if (encoded.length <= MAX_PAYLOAD_PLAIN) return encoded;
  const objects = new Set(base.packs.flatMap((one) => one.objects)).size;
  throw new InfinitreeError(
    'UNSUPPORTED',
    `What says where the ${objects} objects of the index are has ${encoded.length} bytes, of which ${MAX_PAYLOAD_PLAIN} are read at ` +
      'most. What was committed before stands. Put further data into another tree, or copy this one by hand into one of larger objects.',
  );
}
