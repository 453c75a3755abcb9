import { ENTRY_KIND } from '../../codec/block.js';
import { pack } from '../../codec/compression.js';
import { encodeValues } from '../../codec/value-codec.js';
import type { TreeKeys } from '../../crypto/tree-keys.js';
import { admit } from '../../fields/values.js';
import { idBytes } from '../../format/id-bytes.js';
import { SPARSE_CHUNK_TARGET } from '../../format/limits.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import { referencesIn } from '../care/references.js';
import { type SparsePointer, writeChunk } from '../records/sparse-pointer.js';
import type { Slices } from '../slices.js';
import type { Entries } from './block-plan.js';
import { roughSize } from './rough-size.js';

/**
 * Puts the values of entries into storage objects, neighbours by key packed together in one chunk, and pointers in their
 * place. Values that are pointers already stay where they are.
 */
export async function moveValuesApart(
  keys: TreeKeys,
  storage: ObjectWriter,
  slices: Slices,
  entries: Entries,
): Promise<Entries> {
  const { keys: names, sequences } = entries;
  const kinds = entries.kinds?.slice() ?? new Uint8Array(names.length);
  const values = [...entries.values];
  let batch: number[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const packed = pack(encodeValues(batch.map((i) => values[i])));
    const chunk = writeChunk(await storage.writeDetached(packed.codec, packed.bytes));
    batch.forEach((i, at) => {
      values[i] = toPointer(keys, chunk, at, values[i]);
      kinds[i] = ENTRY_KIND.pointer;
    });
    batch = [];
    size = 0;
    await slices.pause();
  };
  for (let i = 0; i < names.length; i++) {
    if (kinds[i] !== ENTRY_KIND.value) continue;
    const own = roughSize(values[i]);
    // A large value has a chunk to itself: its small neighbours are not to cost what it does.
    if (own >= SPARSE_CHUNK_TARGET) await flush();
    batch.push(i);
    size += own;
    if (size >= SPARSE_CHUNK_TARGET) await flush();
  }
  await flush();
  return { keys: names, values, kinds: kinds.some((kind) => kind !== ENTRY_KIND.value) ? kinds : undefined, sequences };
}

/** Puts one value apart, in a chunk of its own, at the wish of a user's strategy. */
export async function putApart(keys: TreeKeys, storage: ObjectWriter, value: unknown): Promise<SparsePointer> {
  const admitted = admit(value, { freeze: false });
  const packed = pack(encodeValues([admitted]));
  return toPointer(keys, writeChunk(await storage.writeDetached(packed.codec, packed.bytes)), 0, admitted);
}

/** In a split tree it says what the value refers to: of those who write the tree, not all can read it. */
function toPointer(keys: TreeKeys, chunk: string, at: number, value: unknown): SparsePointer {
  if (keys.storage === undefined) return { chunk, at };
  const objects = new Set([...referencesIn(keys, value)].flatMap((reference) => reference.objects));
  return objects.size === 0 ? { chunk, at } : { chunk, at, objects: [...objects].map(idBytes) };
}
