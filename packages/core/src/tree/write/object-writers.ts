import type { ObjectContext } from '../../object/context.js';
import { ObjectWriter } from '../../object/object-writer.js';

/** Where one write puts its index objects and its storage objects. */
export class ObjectWriters {
  readonly index: ObjectWriter;
  readonly storage: ObjectWriter;

  constructor(context: ObjectContext, signal: AbortSignal | undefined) {
    this.index = new ObjectWriter(context, 'index', { signal });
    this.storage = new ObjectWriter(context, 'storage', { signal });
  }

  /** Bytes of content and tags written so far. */
  get written(): number {
    return this.index.written + this.storage.written;
  }

  /** Makes all of it durable. */
  async flush(): Promise<void> {
    // Both are waited for, so that no upload goes on behind the back of who was told that one of them failed.
    const results = await Promise.allSettled([this.index.flush(), this.storage.flush()]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}
