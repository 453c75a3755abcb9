// The page on extending is run as it stands, in both dialects of decorators. Its last snippets define tests, and those can
// only be defined while this file is read; so that is when all of it runs.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { jest } from '@jest/globals';
import { compile, documentedOptions } from './docs/compile.js';
import { snippetsOfPage } from './docs/snippets.js';

const PAGE = snippetsOfPage('docs/guide/extension.md', undefined);
const promised = PAGE.flatMap(({ source }) => [...source.matchAll(/^.*console\.log\(.*; \/\/ (.+)$/gm)]).map(
  ([, text]) => text,
);

for (const [dialect, options] of Object.entries(documentedOptions())) {
  const { complaints, emit } = compile(PAGE, options);
  const folder = await mkdtemp(join(tmpdir(), 'infinitree-docs-extension-'));
  const printed: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((...values) => void printed.push(format(...values)));
  try {
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    for (const [file, script] of emit()) await writeFile(join(folder, file), script);
    const last = PAGE.at(-1)?.file.replace(/\.ts$/, '.js') ?? '';
    await import(pathToFileURL(join(folder, last)).href);
  } finally {
    log.mockRestore();
    await rm(folder, { recursive: true });
  }
  test(`with ${dialect} decorators it compiles, and prints what it says`, () => {
    expect(complaints).toEqual([]);
    expect(promised.length).toBeGreaterThan(0);
    expect(printed).toEqual(promised);
  });
}
