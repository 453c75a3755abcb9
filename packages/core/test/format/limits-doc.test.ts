import * as blockLayout from '../../src/codec/block-layout.js';
import * as columnKinds from '../../src/codec/column-kinds.js';
import * as compression from '../../src/codec/compression.js';
import * as indexKey from '../../src/codec/index-key.js';
import * as prescan from '../../src/codec/prescan.js';
import * as valueCodec from '../../src/codec/value-codec.js';
import * as valueKind from '../../src/codec/value-kind.js';
import * as limits from '../../src/format/limits.js';
import { ORPHAN_AGE } from '../../src/tree/care/collect.js';
import { KEPT_HEADS } from '../../src/tree/heads/head-store.js';
import { RETENTION } from '../../src/tree/write/head-writer.js';
import { Page, quoted } from './page.js';

const page = new Page('format/limits.md');

/** The bounds among what a module exports: numbers, named in capitals, that are no number of a kind. */
function boundsOf(module: object): [string, number][] {
  const bounds = Object.entries(module).filter(
    ([name, value]) => typeof value === 'number' && /^[A-Z0-9_]+$/.test(name),
  );
  return (bounds as [string, number][]).filter(([name]) => /MAX|MIN|TARGET|SIZE|VERSION/.test(name));
}

test('the page has every bound of the code, with its value', () => {
  const modules = [limits, blockLayout, columnKinds, compression, indexKey, prescan, valueCodec, valueKind];
  const bounds = Object.fromEntries([
    ...modules.flatMap(boundsOf),
    ['KEPT_HEADS', KEPT_HEADS],
    ['RETENTION', RETENTION],
    ['ORPHAN_AGE', ORPHAN_AGE],
  ]);
  const sections = page.text
    .split('\n## ')
    .slice(1)
    .map((section) => `## ${section.split('\n')[0] ?? ''}`);
  const rows = sections.flatMap((heading) => page.rowsAfter(heading));
  expect(Object.fromEntries(rows.map(([name, value]) => [quoted(name), Number(value)]))).toEqual(bounds);
  expect(rows).toHaveLength(Object.keys(bounds).length);
  for (const [, , binds] of rows) expect(['format', 'writer']).toContain(binds);
});
