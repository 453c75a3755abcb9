import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { checkLayering, describeViolation, type SourceFile } from './layering/check.js';
import { MAX_LINES, REASONS } from './layering/rules.js';

const root = join(import.meta.dirname, '..');

function sourceFiles(): SourceFile[] {
  return readdirSync(join(root, 'packages'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(root, path).split(sep).join('/'), absolute: path }))
    .filter(({ path }) => /^packages\/[^/]+\/src\//.test(path))
    .map(({ path, absolute }) => ({ path, source: readFileSync(absolute, 'utf8') }));
}

/** The reasons given against a repository of these files. */
function reasons(files: Readonly<Record<string, string>>): string[] {
  const sources = Object.entries(files).map(([path, source]) => ({ path: `packages/${path}`, source }));
  return checkLayering(sources).map(({ because }) => because);
}

test('the sources keep to the layering', () => {
  const files = sourceFiles();
  expect(files.length).toBeGreaterThan(0);
  expect(checkLayering(files).map(describeViolation).join('\n')).toBe('');
});

describe('the layering check itself', () => {
  test('names the file, the import and the reason', () => {
    const source = "import { open } from '../crypto/open.js';";
    const [violation, ...others] = checkLayering([{ path: 'packages/core/src/backend/memory.ts', source }]);
    expect(others).toEqual([]);
    expect(violation && describeViolation(violation)).toBe(
      "packages/core/src/backend/memory.ts: imports '../crypto/open.js'\n" +
        '    because: backend may import bytes, platform, format/ids.ts, format/limits.ts: a backend must be unable to read what it stores',
    );
  });

  test.each([
    ['a type import', "import type { Key } from '../crypto/key.js';"],
    ['an inline type import', "import { type Key } from '../crypto/key.js';"],
    ['a re-export', "export * from '../crypto/key.js';"],
    ['a side effect', "import '../crypto/key.js';"],
    ['a dynamic import', "await import('../crypto/key.js');"],
    ['an import in a type', "export type Key = import('../crypto/key.js').Key;"],
  ])('sees %s', (_, source) => {
    expect(reasons({ 'core/src/fields/map.ts': source })).toEqual([expect.stringContaining('fields know no keys')]);
  });

  test.each([
    ['bytes', '../format/ids.js', 'nobody rewrites hex'],
    ['platform', '../format/ids.js', 'know nothing of trees'],
    ['format', '../codec/lz4.js', 'a layout is data'],
    ['codec', '../format/ids.js', 'can be swapped'],
    ['crypto', '../object/pool.js', 'an auditor reads one folder'],
    ['backend', '../format/layout.js', 'unable to read what it stores'],
    ['object', '../tree/commit.js', 'layout, key and backend meet'],
    ['index', '../bytes/hex.js', 'plain field records'],
    ['fields', '../object/pool.js', 'no keys and no backends'],
    ['attic', '../bytes/hex.js', REASONS.unknownRoom],
    ['tree', '../index.js', REASONS.rootFile],
    ['tree', 'node:fs', REASONS.coreHasNoNode],
    ['tree', '@infinitree/schema', REASONS.coreStandsAlone],
    ['tree', '../../../schema/src/index.js', REASONS.leavesPackage],
  ])('%s must not import %s', (room, specifier, because) => {
    const found = reasons({ [`core/src/${room}/a.ts`]: `import '${specifier}';` });
    expect(found).toEqual([expect.stringContaining(because)]);
  });

  test.each([
    ['core/src/tree/a.ts', '../crypto/key.js'],
    ['core/src/bytes/a.ts', '../errors.js'],
    ['core/src/bytes/a.ts', './hex.js'],
    ['core/src/crypto/aead/a.ts', '../../platform/aead.js'],
    ['core/src/backend/a.ts', '../format/ids.js'],
    ['core/src/codec/a.ts', 'cbor-x'],
    ['core/src/index.ts', './tree/a.js'],
    ['schema/src/a.ts', '@infinitree/core'],
    ['cli/src/a.ts', '@infinitree/backend-directory'],
  ])('%s may import %s', (path, specifier) => {
    expect(reasons({ [path]: `import '${specifier}';` })).toEqual([]);
  });

  test('other packages know core by its entry and not each other', () => {
    expect(reasons({ 'schema/src/a.ts': "import '@infinitree/core/dist/tree/a.js';" })).toEqual([REASONS.coreEntry]);
    expect(reasons({ 'schema/src/a.ts': "import '@infinitree/testing';" })).toEqual([REASONS.siblings]);
  });

  test('errors.ts stands on nothing', () => {
    expect(reasons({ 'core/src/errors.ts': "import './bytes/hex.js';" })).toEqual([REASONS.commonFile]);
  });

  test('finds a cycle of files, also of type imports', () => {
    const files = {
      'core/src/tree/a.ts': "import './b.js';",
      'core/src/tree/b.ts': "import type { C } from './c.js';",
      'core/src/tree/c.ts': "import './b.js';",
    };
    expect(reasons(files)).toEqual([REASONS.cycle]);
  });

  test('finds barrels inside rooms and files past the wall', () => {
    expect(reasons({ 'core/src/tree/index.ts': 'export {};' })).toEqual([REASONS.barrel]);
    expect(reasons({ 'core/src/tree/a.ts': '//\n'.repeat(MAX_LINES) })).toEqual([]);
    expect(reasons({ 'core/src/tree/a.ts': '//\n'.repeat(MAX_LINES + 1) })).toEqual([REASONS.length]);
  });
});
