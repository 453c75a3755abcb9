import type { SchemaReport } from '@infinitree/core';

const TITLES = ['property', 'stored as', 'type', 'strategy', ''];

/** What a class declares and what is stored, as a table. */
export function schemaTable({ declared, undeclared }: SchemaReport): string[] {
  const rows = [
    TITLES,
    ...declared.map(({ property, name, type, strategy, stored }) => {
      return [property, name, type, strategy, stored ? 'stored' : 'never stored'];
    }),
    ...undeclared.map(({ name, type, strategy }) => ['', name, type, strategy, 'not declared']),
  ];
  const widths = TITLES.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
