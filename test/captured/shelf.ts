import { type BlobRef, registerIndex, VersionedMap } from '@infinitree/core';

/** What is written: values apart, and blobs. */
export class Shelf {
  apart = new VersionedMap<number, string>();
  files = new VersionedMap<number, BlobRef>();
}
registerIndex(Shelf, {
  fields: [
    { property: 'apart', name: 'apart', strategy: 'sparse' },
    { property: 'files', name: 'files' },
  ],
});

export const COMMITS = 20;
export const OBJECT_SIZE = 65_536;
