// Some of what `npm run test:flips` does at length: storage that gives back other bytes, whatever it does, gives the right
// data or an error of ours.
import { SeededRandom } from '@infinitree/testing';
import { Flipper, placeFlips } from './flips/flips.js';
import { makeScene, type Scene } from './flips/scene.js';
import { damageAll } from './flips/structural.js';
import { Tally } from './flips/tally.js';
import { UnreadFlips } from './flips/unread.js';

describe.each(['cas', 'epoch'] as const)('%s heads', (kind) => {
  let random: SeededRandom;
  let scene: Scene;
  beforeEach(() => {
    random = new SeededRandom(20_260_105);
  });
  beforeAll(async () => {
    scene = await makeScene({ kind, objectSize: 65_536, commits: 16 });
  });

  test('a bit that was turned is an error, or harmless and found by verify', async () => {
    const tally = new Tally();
    const flipper = await Flipper.over(scene, random);
    const unread = new UnreadFlips(scene);
    for (const flip of placeFlips(scene, random, 300)) {
      if (await flipper.flip(tally, 'bytes', flip)) unread.add(flip);
    }
    await flipper.close();
    await unread.verify(tally, 'unread', () => undefined);
    expect(tally.failures).toEqual([]);
    expect(tally.count('bytes', 'INFINITREE_CORRUPT')).toBeGreaterThan(20);
    expect(tally.count('unread', 'found by verify')).toBe(unread.count);
    expect(unread.count).toBe(tally.count('bytes', 'right data'));
    expect(unread.count).toBeGreaterThan(100);
  }, 60_000);

  test('objects that were cut, exchanged, put back or withheld are harmless, an error, or an earlier state', async () => {
    const tally = new Tally();
    await damageAll(scene, random, 39, tally);
    expect(tally.failures).toEqual([]);
    expect(tally.count('rolled back', 'earlier commit')).toBeGreaterThan(0);
    expect(tally.count('rolled back', 'INFINITREE_ROLLBACK')).toBeGreaterThan(0);
    expect(tally.count('truncated', 'INFINITREE_CORRUPT')).toBeGreaterThan(0);
  }, 60_000);
});
