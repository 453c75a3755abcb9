import { loadSuite } from '../../../packages/core/src/crypto/suite.js';
import { loadLz4 } from '../../../packages/core/src/platform/lz4.js';
import { makeFixture } from '../../../packages/core/test/vectors/fixture.js';
import type { Decoder } from '../decoder.js';
import { Seeds } from '../seeds.js';
import { argumentDecoders } from './arguments.js';
import { batchDecoders } from './batches.js';
import { codecDecoders } from './codec.js';
import { openedDecoders } from './opened.js';
import { recordDecoders } from './records.js';
import { makeScene } from './scene.js';
import { sealedDecoders } from './sealed.js';

/** Every decoder there is. `root`: the folder of the repository. */
export async function allDecoders(root: string): Promise<readonly Decoder[]> {
  const [suite] = await Promise.all([loadSuite(), loadLz4()]);
  const seeds = new Seeds(root);
  const fixture = makeFixture(suite, 1);
  const scene = await makeScene(fixture, seeds);
  return [
    ...codecDecoders(seeds),
    ...(await recordDecoders(fixture, seeds)),
    ...sealedDecoders(scene),
    ...openedDecoders(scene),
    ...batchDecoders(fixture, seeds),
    ...(await argumentDecoders(fixture, seeds)),
  ];
}
