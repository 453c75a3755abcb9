import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Page } from './page.js';

const root = join(import.meta.dirname, '../../../..');

test.each(['design/threat-model.md', 'design/format-decisions.md', 'format/README.md'])(
  '%s names only what is there',
  (path) => {
    const page = new Page(path);
    const named = [...page.text.matchAll(/`((?:packages|vectors|docs)\/[^`<]+)`/g)].map(([, found = '']) => found);
    const linked = [...page.text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, found = '']) =>
      join('docs', path, '..', found),
    );
    expect(named.length + linked.length).toBeGreaterThan(0);
    for (const found of [...named, ...linked]) expect([found, existsSync(join(root, found))]).toEqual([found, true]);
  },
);
