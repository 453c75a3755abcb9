import { type GetOptions, MemoryBackend, type ObjectId } from '@infinitree/core';

/** A storage in memory that counts the bytes that are read of its objects. */
export class CountingBackend extends MemoryBackend {
  bytesRead = 0;

  override async get(id: ObjectId, options?: GetOptions): Promise<Uint8Array | undefined> {
    const bytes = await super.get(id, options);
    this.bytesRead += bytes?.length ?? 0;
    return bytes;
  }
}
