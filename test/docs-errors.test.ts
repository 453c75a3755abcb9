import { ERROR_CODES } from '@infinitree/core';
import { headings, prose } from './docs/markdown.js';
import { read } from './docs/repository.js';

const page = read('docs/guide/errors.md');

test('every error code has its heading, in their order, and no other heading stands beside them', () => {
  const sections = headings(page).filter(({ level }) => level > 1);
  expect(sections.map(({ text }) => text)).toEqual(ERROR_CODES.map((code) => `INFINITREE_${code}`));
});

test.each(ERROR_CODES)('%s has a meaning, a cause and a cure', (code) => {
  const section = prose(page).split(`## INFINITREE_${code}\n`)[1]?.split('\n## ')[0] ?? '';
  const paragraphs = [...section.matchAll(/^\*\*(\w+)\.\*\* \S/gm)].map(([, name]) => name);
  expect(paragraphs).toEqual(['Meaning', 'Cause', 'Cure']);
});
