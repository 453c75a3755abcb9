import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Page } from './page.js';

const root = join(import.meta.dirname, '../../../..');

test.each(['design/threat-model.md', 'design/format-decisions.md', 'format/README.md'])(
  '%s names only what is there',
  (path) => {
    const page = new Page(path);
    const named = [...page.text.matchAll(/`((?:packages|vectors|docs|test)\/[^`<]+)`/g)].map(([, found = '']) => found);
    const linked = [...page.text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, found = '']) =>
      join('docs', path, '..', found),
    );
    expect(named.length + linked.length).toBeGreaterThan(0);
    for (const found of [...named, ...linked]) expect([found, existsSync(join(root, found))]).toEqual([found, true]);
  },
);

const threats = new Page('design/threat-model.md');

/** The rows of the tables whose last column is the given one, as their cells. */
function rows(column: string): string[][] {
  const table = new RegExp(`^\\|.*\\| ${column} \\|\\n\\|[- |]+\\|\\n((?:\\|.*\\n)+)`, 'gm');
  return [...threats.text.matchAll(table)].flatMap(([, body = '']) =>
    body
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(2, -2).split(' | ')),
  );
}

test('every row about what somebody does or what happens has a test, or says why there can be none', () => {
  const found = rows('test');
  expect(found.length).toBeGreaterThan(25);
  const without = found.filter((cells) => !/`(?:npm run|packages|vectors|test)[ /]|^none: ./.test(cells.at(-1) ?? ''));
  expect(without).toEqual([]);
});

test('every suite that is named can be run', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const named = [...threats.text.matchAll(/`npm run ([^`]+)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => !Object.keys(scripts).includes(name ?? ''))).toEqual([]);
});

// Byte by byte until the first that differs, or as text: neither takes constant time.
const LEAKY =
  /\bsameBytes\(|\bcompareBytes\(|\.every\(\(byte|toHex\([^)]*\) ===|\bfirstDifference\(|Buffer\.compare|\.equals\(/;

test('bytes are compared in constant time, but in the files that are listed with a reason', () => {
  const source = 'packages/core/src';
  const files = readdirSync(join(root, source), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const leaky = files
    // Where both are made, and where keys of maps are put in order.
    .filter((name) => !name.startsWith('bytes/') && !name.startsWith('codec/'))
    .filter((name) => LEAKY.test(readFileSync(join(root, source, name), 'utf8')))
    .map((name) => `\`${source}/${name}\``);
  expect(leaky.filter((name) => name.includes('/crypto/'))).toEqual([]);
  expect(leaky.sort()).toEqual(
    rows('why its time may show')
      .map(([file]) => file)
      .sort(),
  );
});
