import { readdirSync } from 'node:fs';

const core = 'packages/core';
const tests = (folder, ...names) =>
  (names.length > 0 ? names.map((name) => `${name}.test.ts`) : readdirSync(`${core}/test/${folder}`))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${core}/test/${folder}/${name}`);

/**
 * What is mutated, and the tests that are to notice: the quick ones, since what survives has been through all of them that
 * reach it. `without` are single tests that are not quick. Paths are those of the working directory, which is a copy of the repository.
 *
 * @type {Record<string, { mutate: string[], tests: () => string[], without?: RegExp[] }>}
 */
export const ROOMS = {
  crypto: {
    mutate: [`${core}/src/crypto/**/*.ts`],
    // Without the Wycheproof vectors, which are no part of the repository.
    tests: () => [...tests('crypto').filter((path) => !path.includes('wycheproof')), ...tests('format', 'bindings')],
  },
  codec: {
    mutate: [`${core}/src/codec/**/*.ts`, `${core}/src/format/**/*.ts`],
    tests: () => [
      ...tests('codec'),
      ...tests('crypto', 'boxes', 'own-ids', 'sealed-header'),
      ...tests('format', 'bindings', 'headers', 'layout-doc', 'limits-doc'),
      ...tests('object', 'journal'),
      ...tests('vectors'),
    ],
    without: [/shared so often/, /password\//, /damaged-store\//],
  },
  commit: {
    mutate: [
      `${core}/src/tree/{heads,write,records}/**/*.ts`,
      `${core}/src/object/{journal,journal-scan,head-image,key-object}.ts`,
    ],
    tests: () => [
      ...tests('object', 'journal', 'uploads'),
      ...tests('tree/commit', 'claims', 'creation', 'doubt', 'epoch-reader', 'head-slots', 'journal'),
      ...tests('tree/commit', 'epoch-doubt', 'epoch-heads', 'epoch-succession'),
      ...tests('tree/commit', 'late-head', 'progress', 'queue', 'two-writers', 'upkeep'),
      ...tests('regressions', 'a1-data-before-head', 'a2-failed-head-write', 'a4-create-over-a-tree'),
      ...tests('regressions', 'a5-two-writers', 'a6-retry-of-a-commit', 'w6-unknown-commit'),
      ...tests(
        'tree',
        'commits',
        'edge-values',
        'fields-single',
        'moved-object',
        'opening',
        'records',
        'rotation-records',
        'sparse',
        'strategy',
        'versions',
      ),
      ...tests('tree/write'),
      ...tests('format', 'ordering-doc', 'records-doc'),
    ],
    // Those that try many interleavings or fail at every call.
    without: [/any interleaving/, /however much/, /rightly after resolve/, /aborted on their way/],
  },
};
