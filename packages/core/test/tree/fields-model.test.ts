import fc from 'fast-check';
import { allCommands, go, report } from './field-commands.js';
import { World } from './field-writers.js';
import { KINDS } from './scene.js';

describe.each(KINDS)('%s heads', (heads) => {
  test('every field does what a plain collection does, whatever two writers do in turns', async () => {
    const property = fc.asyncProperty(allCommands(heads), async (commands) => go(await World.create(heads), commands));
    await fc.assert(property, { numRuns: 40, reporter: report });
  }, 120_000);
});
