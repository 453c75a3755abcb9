import type { StandardSchema, Strategy } from '@infinitree/core';

/** What can be said of any field, apart from its strategy. */
export interface CommonOptions {
  /** The name under which the field is stored; by default that of the property. At most 255 bytes of UTF-8. */
  name?: string;
  /** Leaves the property out of all that is stored. */
  skip?: boolean;
  /** The name under which the field was stored before. It is read where the new name was never stored. */
  from?: string;
  /** Makes today's data of what was stored. Its parameter has the type of the old data: annotate it. */
  migrate?: (old: never) => unknown;
  /** Checks values; any Standard Schema will do. */
  schema?: StandardSchema;
  /** The class whose instances the values are. */
  type?: abstract new (
    ...args: never[]
  ) => object;
}

/**
 * A custom strategy, whatever its keys and values are. That they are those of the field is not checked: a decorator
 * would have to infer them from the field, and TypeScript infers nothing through a legacy decorator's `target[key]`.
 */
export type AnyStrategy = Strategy<never, unknown>;

/** The options of a field of any kind. */
export interface DeclarationOptions extends CommonOptions {
  strategy?: 'local';
}

/** The options of a map or list whose values are stored apart from its keys. */
export interface StrategyOptions extends CommonOptions {
  strategy: 'sparse' | AnyStrategy;
}

/** What an option holds once it was checked. */
export type CheckedOptions = CommonOptions & { strategy?: 'local' | 'sparse' | AnyStrategy };
