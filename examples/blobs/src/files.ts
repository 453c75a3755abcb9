import { type BlobRef, VersionedMap } from '@infinitree/core';
import { Field, Index } from '@infinitree/schema';

/** A file as it was stored: where its bytes are, and what they have to be. */
export interface StoredFile {
  ref: BlobRef;
  size: number;
  mtime: Date;
  /** In hex. */
  sha256: string;
}

/** What is stored: each file under its path, with `/` between its parts. The bytes are blobs, and apart. */
@Index()
export class Files {
  @Field() files = new VersionedMap<string, StoredFile>();
}
