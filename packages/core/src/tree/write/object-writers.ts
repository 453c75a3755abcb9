import type { ObjectContext } from '../../object/context.js';
import { ObjectWriter, type ObjectWriterOptions } from '../../object/object-writer.js';

/** Where one write puts its index objects and its storage objects; most writes need neither. */
export class ObjectWriters {
  readonly #context: ObjectContext;
  readonly #options: ObjectWriterOptions;
  #index: ObjectWriter | undefined;
  #storage: ObjectWriter | undefined;

  constructor(context: ObjectContext, options: Pick<ObjectWriterOptions, 'signal' | 'onBegin'>) {
    this.#context = context;
    this.#options = options;
  }

  get index(): ObjectWriter {
    this.#index ??= new ObjectWriter(this.#context, 'index', this.#options);
    return this.#index;
  }

  get storage(): ObjectWriter {
    this.#storage ??= new ObjectWriter(this.#context, 'storage', this.#options);
    return this.#storage;
  }

  /** Bytes of content and tags written so far. */
  get written(): number {
    return (this.#index?.written ?? 0) + (this.#storage?.written ?? 0);
  }

  /** Gives up what was not flushed. */
  abandon(): void {
    this.#index?.abandon();
    this.#storage?.abandon();
  }

  /** Makes all of it durable. */
  async flush(): Promise<void> {
    if (this.#index === undefined && this.#storage === undefined) return;
    // Both are waited for, so that no upload goes on behind the back of who was told that one of them failed.
    const results = await Promise.allSettled([this.#index?.flush(), this.#storage?.flush()]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}
