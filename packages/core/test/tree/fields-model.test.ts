import { everyField } from './models.js';
import { KINDS } from './scene.js';

describe.each(KINDS)('%s heads', (heads) => {
  test('every field does what a plain collection does, whatever two writers do in turns', async () => {
    await everyField(heads, { maxLength: 70 }, { numRuns: 40 });
  }, 120_000);
});
