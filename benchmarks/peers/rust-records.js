import { open } from 'node:fs/promises';

/** Key and id as 32 bits, three numbers as 64 bits, all little-endian: as peers/rust/src/records.rs reads them. */
const RECORD_BYTES = 32;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Writes records for the program, and syncs the file: else its sync would be paid for by what is timed. @param {string} path @param {Iterable<readonly import('../records.js').Entry[]>} slices */
export async function writeRecords(path, slices) {
  const file = await open(path, 'w');
  try {
    for (const slice of slices) {
      const view = new DataView(new ArrayBuffer(slice.length * RECORD_BYTES));
      for (const [i, entry] of slice.entries()) encode(entry, view, i * RECORD_BYTES);
      await file.write(new Uint8Array(view.buffer));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whether a set of records is another one, whatever the order: their number, and the sum of a hash of each. @param {Iterable<readonly import('../records.js').Entry[]>} slices */
export function digestOf(slices) {
  const view = new DataView(new ArrayBuffer(RECORD_BYTES));
  const bytes = new Uint8Array(view.buffer);
  let count = 0;
  let sum = 0;
  for (const slice of slices) {
    for (const entry of slice) {
      encode(entry, view, 0);
      let hash = FNV_OFFSET;
      for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME);
      sum = (sum + hash) >>> 0;
      count += 1;
    }
  }
  return { count, sum };
}

/** @param {import('../records.js').Entry} entry @param {DataView} view @param {number} at */
function encode([key, { id, airHumidity, soilHumidity, temperature }], view, at) {
  view.setUint32(at, key, true);
  view.setUint32(at + 4, id, true);
  view.setFloat64(at + 8, airHumidity, true);
  view.setFloat64(at + 16, soilHumidity, true);
  view.setFloat64(at + 24, temperature, true);
}
