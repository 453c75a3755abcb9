import { blindWrites } from './models.js';
import { KINDS } from './scene.js';

describe.each(KINDS)('%s heads', (heads) => {
  test('blind writes to fields that nobody has loaded never lose or bring back anything', async () => {
    await blindWrites(heads, { maxLength: 70 }, { numRuns: 40 });
  }, 120_000);
});
