import { compile, documentedOptions } from './docs/compile.js';
import { fences } from './docs/markdown.js';
import { pages, read, sourceFiles } from './docs/repository.js';
import { snippetsOfPage, snippetsOfSource } from './docs/snippets.js';

const prelude = read('test/docs/prelude.ts');
const snippets = [
  ...pages().flatMap((path) => snippetsOfPage(path, prelude)),
  ...sourceFiles().flatMap((path) => snippetsOfSource(path, prelude)),
];

test('the guide and the sources have snippets to check', () => {
  for (const page of ['README.md', 'docs/guide/schema.md', 'packages/core/src/tree/reading.ts']) {
    expect(snippets.filter(({ where }) => where.startsWith(`${page}:`)).length).toBeGreaterThan(0);
  }
});

test.each(pages())('%s says of every block what language it is', (path) => {
  const languages = fences(read(path)).map(({ language }) => language || 'text');
  expect(languages.filter((language) => !['ts', 'json', 'sh', 'text'].includes(language))).toEqual([]);
});

// With the compiler options of the guide, in both dialects: also what has no decorators, which costs next to nothing.
test.each(Object.entries(documentedOptions()))(
  'every snippet compiles with %s decorators',
  (_, options) => {
    expect(compile(snippets, options).complaints).toEqual([]);
  },
  60_000,
);
