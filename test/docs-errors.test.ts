import { ERROR_CODES } from '@infinitree/core';
import { headings, prose } from './docs/markdown.js';
import { read, sourceFiles } from './docs/repository.js';

const page = read('docs/guide/errors.md');
const sectionOf = (code: string): string => prose(page).split(`## INFINITREE_${code}\n`)[1]?.split('\n## ')[0] ?? '';

test('every error code has its heading, in their order, and no other heading stands beside them', () => {
  const sections = headings(page).filter(({ level }) => level > 1);
  expect(sections.map(({ text }) => text)).toEqual(ERROR_CODES.map((code) => `INFINITREE_${code}`));
});

test.each(ERROR_CODES)('%s has a meaning, a cause and a cure', (code) => {
  const paragraphs = [...sectionOf(code).matchAll(/^\*\*(\w+)\.\*\* \S/gm)].map(([, name]) => name);
  expect(paragraphs).toEqual(['Meaning', 'Cause', 'Cure']);
});

/** Codes that errors are made with somewhere. */
const made = new Set(
  sourceFiles().flatMap((path) =>
    [...read(path).matchAll(/new InfinitreeError\(\s*'([A-Z_]+)'/g)].map(([, code = '']) => code),
  ),
);

test.each(ERROR_CODES)('%s is thrown by something, or its section says that nothing does so yet', (code) => {
  expect(sectionOf(code).includes('nothing throws this code yet')).toBe(!made.has(code));
});
