import { ENTRY_KIND } from '../../codec/block.js';
import { pack } from '../../codec/compression.js';
import { encodeValues } from '../../codec/value-codec.js';
import { admit } from '../../fields/values.js';
import { SPARSE_CHUNK_TARGET } from '../../format/limits.js';
import type { ObjectWriter } from '../../object/object-writer.js';
import { type SparsePointer, writeChunk } from '../records/sparse-pointer.js';
import type { Entries } from './block-plan.js';
import { roughSize } from './rough-size.js';
import type { Slices } from './slices.js';

/**
 * Puts the values of entries into storage objects, neighbours by key packed together in one chunk, and pointers in their
 * place. Values that are pointers already stay where they are.
 */
export async function moveValuesApart(storage: ObjectWriter, slices: Slices, entries: Entries): Promise<Entries> {
  const { keys, sequences } = entries;
  const kinds = entries.kinds?.slice() ?? new Uint8Array(keys.length);
  const values = [...entries.values];
  let batch: number[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const packed = pack(encodeValues(batch.map((i) => values[i])));
    const chunk = writeChunk(await storage.writeDetached(packed.codec, packed.bytes));
    batch.forEach((i, at) => {
      values[i] = { chunk, at } satisfies SparsePointer;
      kinds[i] = ENTRY_KIND.pointer;
    });
    batch = [];
    size = 0;
    await slices.pause();
  };
  for (let i = 0; i < keys.length; i++) {
    if (kinds[i] !== ENTRY_KIND.value) continue;
    const own = roughSize(values[i]);
    // A large value has a chunk to itself: its small neighbours are not to cost what it does.
    if (own >= SPARSE_CHUNK_TARGET) await flush();
    batch.push(i);
    size += own;
    if (size >= SPARSE_CHUNK_TARGET) await flush();
  }
  await flush();
  return { keys, values, kinds: kinds.some((kind) => kind !== ENTRY_KIND.value) ? kinds : undefined, sequences };
}

/** Puts one value apart, in a chunk of its own, at the wish of a user's strategy. */
export async function putApart(storage: ObjectWriter, value: unknown): Promise<SparsePointer> {
  const packed = pack(encodeValues([admit(value, { freeze: false })]));
  return { chunk: writeChunk(await storage.writeDetached(packed.codec, packed.bytes)), at: 0 };
}
