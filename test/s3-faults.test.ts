import { FakeS3, SeededRandom } from '@infinitree/testing';
import { describe, expect, test } from '@jest/globals';
import { Ledger } from './s3-faults/ledger.js';
import { Matrix, nameOf } from './s3-faults/matrix.js';
import { playSchedule } from './s3-faults/schedule.js';
import { Tally } from './s3-faults/tally.js';
import { WORKLOADS } from './s3-faults/workloads.js';

const SEED = 1;
const CASES_PER_WORKLOAD = 5;
const SCHEDULES = 12;

// The bounded part of `npm run test:s3-faults`, which lets each request go wrong in each way.
describe('a bucket of which requests go wrong', () => {
  test.each([
    ['nothing', undefined, CASES_PER_WORKLOAD],
    ['a cache that writes through', 'write-through', 2],
    ['a cache that writes back', 'write-back', 2],
  ] as const)(
    'with %s before it loses nothing that was acknowledged, and has nothing that was said not to be stored',
    async (_, cache, most) => {
      const random = new SeededRandom(SEED);
      await using matrix = await Matrix.start({}, { cache });
      const tally = new Tally();
      const cases = await matrix.cases();
      for (const workload of Object.keys(WORKLOADS)) {
        const own = cases.filter((each) => each.workload === workload);
        for (let left = most; left > 0; left--) {
          const which = random.pick(own);
          tally.add(nameOf(which), await matrix.run(which));
        }
      }
      expect(tally.findings).toEqual([]);
      expect(cases.length).toBeGreaterThan(1000);
    },
    120_000,
  );

  test('nor do two writers beside each other, whatever happens when', async () => {
    await using s3 = await FakeS3.start();
    const tally = new Tally();
    for (let seed = 1; seed <= SCHEDULES; seed++) tally.add(`seed ${seed}`, await playSchedule(s3, seed));
    expect(tally.findings).toEqual([]);
  }, 120_000);
});

describe('the suite', () => {
  test('notices what two writers lose where conditions are ignored', async () => {
    await using matrix = await Matrix.start({ conditions: 'ignored' }, { unsafeSingleWriter: true });
    const never = { workload: 'contend', kind: 'internal-error', nth: 1_000_000, times: 1 } as const;
    const findings: (string | undefined)[] = [];
    for (let round = 0; round < 5; round++) findings.push((await matrix.run(never)).finding);
    expect(findings).toContainEqual(expect.stringMatching(/was acknowledged and is lost/));
  }, 120_000);

  test.each([
    ['a lost commit', ['a'], /b was acknowledged and is lost/],
    ['one that is there twice', ['a', 'b', 'b'], /there twice/],
    ['one that was said not to be stored', ['a', 'b', 'c'], /c was said not to be stored, and is/],
    ['one that nobody has made', ['a', 'b', 'x'], /nobody has committed x/],
    ['an empty bucket', undefined, /a was acknowledged and is lost/],
  ])('notices %s', (_, log, finding) => {
    const ledger = new Ledger();
    for (const message of ['a', 'b', 'c', 'd']) ledger.begin(message);
    for (const message of ['a', 'b']) ledger.acknowledge(message, new Map());
    ledger.refuse('c');
    expect(() => ledger.check(['a', 'b'])).not.toThrow();
    expect(() => ledger.check(['a', 'b', 'd'])).not.toThrow();
    expect(() => ledger.check(log)).toThrow(finding);
  });
});
