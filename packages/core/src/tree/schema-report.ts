import type { BoundField } from './bind.js';
import { isEmptyField } from './empty-field.js';
import { isOwnName } from './own-name.js';
import { fieldKey, type Snapshot } from './snapshot.js';

/** A field as the class declares it. */
export interface DeclaredField {
  readonly property: string;
  readonly name: string;
  readonly type: string;
  readonly strategy: string;
  /** Whether anything was ever stored under this name and type. */
  readonly stored: boolean;
}

/** A field as it is stored. */
export interface StoredField {
  readonly name: string;
  readonly type: string;
  readonly strategy: string;
}

/** What is declared and what is stored, side by side. */
export interface SchemaReport {
  readonly declared: readonly DeclaredField[];
  /** Stored fields that hold something and that nobody declares. They stay as they are through all commits. */
  readonly undeclared: readonly StoredField[];
  /**
   * Declared fields under whose name nothing was ever stored, while a stored field of the same kind has no declaration
   * any more: perhaps one was renamed by mistake. `@Field({ name })` keeps the stored name, `@Field({ from })` moves it.
   */
  readonly suspectedRenames: readonly { readonly stored: string; readonly property: string }[];
}

export function reportSchema(fields: readonly BoundField[], snapshot: Snapshot): SchemaReport {
  const declared = fields.map(({ property, identity }) => ({
    property,
    ...identity,
    stored: snapshot.fields.has(fieldKey(identity)),
  }));
  const known = new Set(declared.flatMap(({ name }) => [name]));
  for (const { from } of fields) if (from !== undefined) known.add(from);
  const undeclared = [...snapshot.fields.values()]
    .filter((sources) => !known.has(sources.field.name) && !isEmptyField(sources))
    .map(({ field: { name, type, strategy } }) => ({ name, type, strategy }))
    .filter(({ name }) => !isOwnName(name));
  const suspectedRenames = declared
    .filter(({ stored }) => !stored)
    .flatMap(({ property, type }) =>
      undeclared.filter((field) => field.type === type).map(({ name }) => ({ stored: name, property })),
    );
  return { declared, undeclared, suspectedRenames };
}

/** What is told when a tree is opened whose class may have lost a field by renaming. */
export interface SchemaWarning {
  readonly message: string;
  readonly suspectedRenames: SchemaReport['suspectedRenames'];
}

export function renameWarning(suspectedRenames: SchemaReport['suspectedRenames']): SchemaWarning {
  const pairs = suspectedRenames.map(({ stored, property }) => `"${stored}" → "${property}"`).join(', ');
  return {
    suspectedRenames,
    message:
      `Fields are stored that the class does not declare, and fields are declared that were never stored: ${pairs}. ` +
      'If one was renamed, say so: @Field({ name }) keeps the stored name, @Field({ from }) moves the field.',
  };
}
