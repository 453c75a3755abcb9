/**
 * What is known of an index class: one record per stored field. The decorators and `defineIndex` of
 * `@infinitree/schema` write these records, the tree reads them; nothing here knows either of the two.
 */

/** The part of a Standard Schema (version 1) that is called here. */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => unknown;
  };
}

/** How a field was declared. Every property but `property` and `name` is optional and absent where not given. */
export interface FieldRecord {
  /** The property of the class. Users name fields by it. */
  readonly property: string;
  /** The name under which the field is stored. */
  readonly name: string;
  /** Whether the field is left out of all that is stored. */
  readonly skip?: boolean;
  readonly strategy?: unknown;
  readonly from?: string;
  readonly migrate?: (old: never) => unknown;
  readonly schema?: StandardSchema;
  readonly type?: abstract new (...args: never[]) => object;
}

/** The declaration of a whole class. */
export interface IndexRecord {
  /** In order of declaration, base class first; names are unique among those not skipped. */
  readonly fields: readonly FieldRecord[];
}

const records = new WeakMap<object, IndexRecord>();

/** Declares `target` as an index class. A later declaration of the same class replaces an earlier one. */
export function registerIndex(target: object, record: IndexRecord): void {
  records.set(target, record);
}

/** The declaration of exactly this class; a subclass needs one of its own. */
export function indexRecordOf(target: object): IndexRecord | undefined {
  return records.get(target);
}
