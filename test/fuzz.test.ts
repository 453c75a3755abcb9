// Some of what `npm run test:fuzz` does at length: every decoder takes any bytes.
import { join } from 'node:path';
import { allDecoders } from './fuzz/decoders/all.js';
import { fuzz } from './fuzz/fuzz.js';

const SEED = 20_260_101;

test.each(await allDecoders(join(import.meta.dirname, '..')))(
  '$name: any input is taken, or refused with an error of ours',
  async (decoder) => {
    const { failures, accepted } = await fuzz(decoder, { seed: SEED, cases: decoder.seeds.length + 200 });
    expect(failures).toEqual([]);
    expect(accepted).toBeGreaterThan(0);
  },
  60_000,
);
