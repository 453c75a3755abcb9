import { type FieldRecord, type InfinitreeError, indexRecordOf, isInfinitreeError } from '@infinitree/core';
import { defineIndex, Field, Index, Skip } from '@infinitree/schema';

/** The records of exactly this class; fails where it is no index. */
export function fieldsOf(target: object): readonly FieldRecord[] {
  const record = indexRecordOf(target);
  if (record === undefined) throw new Error('the class is no index');
  return record.fields;
}

/** `property → stored name`, in order. */
export function namesOf(target: object): [string, string][] {
  return fieldsOf(target).map(({ property, name }) => [property, name]);
}

/** The message of the schema error that `declare` throws; fails where it throws none, or another error. */
export function schemaError(declare: () => unknown): string {
  try {
    declare();
  } catch (error) {
    if (isInfinitreeError(error, 'SCHEMA')) return (error satisfies InfinitreeError).message;
    throw error;
  }
  throw new Error('no error was thrown');
}

type Loose = (...args: unknown[]) => (...args: unknown[]) => void;

/** The same functions as plain JavaScript sees them, for what the types refuse. */
export const loose = { Field, Index, Skip, defineIndex } as unknown as Readonly<
  Record<'Field' | 'Index' | 'Skip', Loose> & { defineIndex: (...args: unknown[]) => unknown }
>;
