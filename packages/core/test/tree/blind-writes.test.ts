import fc from 'fast-check';
import { blindCommands, go, report } from './field-commands.js';
import { World } from './field-writers.js';
import { KINDS } from './scene.js';

describe.each(KINDS)('%s heads', (heads) => {
  test('blind writes to fields that nobody has loaded never lose or bring back anything', async () => {
    const property = fc.asyncProperty(blindCommands(heads), async (commands) => {
      const world = await World.create(heads);
      for (const writer of world.writers) await writer.reopen();
      await go(world, commands);
    });
    await fc.assert(property, { numRuns: 40, reporter: report });
  }, 120_000);
});
