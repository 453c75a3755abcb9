import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { Infinitree, Key, type SchemaWarning } from '@infinitree/core';
import { step, stylesFor, type Terminal } from '@infinitree/example-terminal';
import { before } from './history.js';
import { beforeLoading, migrate } from './migrate.js';
import { Mistake } from './mistake.js';
import { schemaTable } from './schema-table.js';
import { twoWeeks } from './two-weeks.js';
import { Version1 } from './version-1.js';
import { Version2 } from './version-2.js';

/** Stores what version 1 of an app measures, moves it to version 2, and reads the past with both. */
export async function demo(terminal: Terminal, directory?: string): Promise<void> {
  const path = directory ?? (await mkdtemp(join(tmpdir(), 'infinitree-migration-')));
  const backend = await DirectoryBackend.open(path);
  const options = { backend, key: Key.fromCredentials('demo', 'correct horse battery staple') };
  try {
    await step(terminal, 'Version 1 measures for two weeks', async () => {
      await using tree = await Infinitree.create(Version1, options);
      return [...(await twoWeeks(tree)), ...schemaTable(tree.schema())];
    });
    await step(terminal, 'A property is renamed by mistake', async () => {
      const warnings: SchemaWarning[] = [];
      const onWarning = (warning: SchemaWarning) => warnings.push(warning);
      await using tree = await Infinitree.open(Mistake, { ...options, readonly: true, onWarning });
      return [...warnings.map(({ message }) => message), ...schemaTable(tree.schema())];
    });
    {
      await using tree = await Infinitree.open(Version2, options);
      await step(terminal, 'Version 2, before anything is moved', async () => [
        ...schemaTable(tree.schema()),
        ...(await beforeLoading(tree)),
      ]);
      await step(terminal, 'Moved, in one commit', () => migrate(tree));
      await step(terminal, 'Version 2 from now on', async () => schemaTable(tree.schema()));
      await step(terminal, "at('HEAD~1'), as version 2 sees it", () => before(tree));
    }
    await step(terminal, "at('HEAD~1'), as version 1 sees it", async () => {
      await using tree = await Infinitree.open(Version1, { ...options, readonly: true });
      return await before(tree);
    });
  } finally {
    await backend.close();
  }
  terminal.stdout.write(`\n${stylesFor(terminal.stdout, terminal).dim(`The tree is in ${path}.`)}\n`);
}
