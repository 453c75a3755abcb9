import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchor, headings, links } from './docs/markdown.js';
import { pages, ROOT, read } from './docs/repository.js';

test('a heading has the anchor that GitHub gives it', () => {
  expect(anchor('Other compilers: `swc`, esbuild & Node’s own')).toBe('other-compilers-swc-esbuild--nodes-own');
  expect(anchor('INFINITREE_NOT_FOUND')).toBe('infinitree_not_found');
});

test.each(pages())('every link of %s leads somewhere', (page) => {
  const lost = links(read(page)).filter((link) => !leadsSomewhere(page, link));
  expect(lost).toEqual([]);
});

/** Links out of the repository are taken on trust: a test asks no network. */
function leadsSomewhere(page: string, link: string): boolean {
  if (/^https:\/\//.test(link)) return true;
  const [file = '', fragment] = link.split('#');
  const target = file === '' ? page : join(dirname(page), file);
  if (!existsSync(join(ROOT, target))) return false;
  if (fragment === undefined) return true;
  return headings(read(target)).some(({ text }) => anchor(text) === fragment);
}
