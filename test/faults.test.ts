import { SeededRandom } from '@infinitree/testing';
import { describe, expect, test } from '@jest/globals';
import { Bench, caseOf, nameOf } from './faults/fault-case.js';
import { type Entry, Ledger } from './faults/ledger.js';
import { Tally } from './faults/tally.js';
import { WAYS, type Way } from './faults/ways.js';
import { WORKLOADS } from './faults/workloads.js';
import { STAGES } from './faults/world.js';

const SEED = 1;
const CASES_PER_STAGE = 3;

// The bounded part of `npm run test:faults`, which lets each operation go wrong in each way.
describe('an operation that goes wrong, once or for ever', () => {
  test.each(Object.keys(WORKLOADS))(
    'is told by a fitting error, loses nothing, and hides nothing from others: %s',
    async (workload) => {
      const random = new SeededRandom(SEED);
      const tally = new Tally();
      for (const stage of Object.keys(STAGES)) {
        const bench = new Bench(workload, stage, SEED);
        const cases = await bench.cases();
        for (let i = 0; i < CASES_PER_STAGE && cases.length > 0; i++) {
          const which = random.pick(cases);
          tally.add(which, await bench.run(which));
        }
      }
      expect(tally.findings).toEqual([]);
      expect(tally.cases).toBeGreaterThanOrEqual(3 * CASES_PER_STAGE);
    },
    120_000,
  );
});

const SYNC_LOST = WAYS.find(({ name }) => name === 'sync-lost')!;

/** What is found where each sync of small commits goes wrong in this way. */
async function findingsOf(way: Way): Promise<string[]> {
  const bench = new Bench('small-commits', 'directory-append', SEED);
  const syncs = (await bench.cases()).filter((which) => which.way.name === 'sync-lost');
  const findings: string[] = [];
  for (const { nth, forever } of syncs) findings.push((await bench.run({ nth, forever, way })).finding ?? 'none');
  return findings;
}

describe('the fault suite', () => {
  test('notices an error that does not fit', async () => {
    const findings = await findingsOf({ ...SYNC_LOST, codes: ['CONFLICT'] });
    expect(findings).toContainEqual(expect.stringMatching(/rejected unfittingly: (BACKEND|COMMIT_UNKNOWN)/));
  });

  test('notices what is lost, where a disk says that it has synced and has not', async () => {
    const lie: Way = {
      ...SYNC_LOST,
      codes: [],
      async strike(operation) {
        await operation.lose?.();
        return undefined as never;
      },
    };
    expect(await findingsOf(lie)).toContainEqual(expect.stringContaining('are damaged'));
  });

  test('names a case so that it can be had again', async () => {
    const bench = new Bench('close', 'memory-epoch', SEED);
    for (const which of await bench.cases()) expect(caseOf(nameOf(which))).toEqual(which);
    expect(caseOf('close:memory-epoch:eio:1:once')).toBeUndefined();
  });
});

describe('the ledger', () => {
  const entry = (label: string): Entry => [
    label,
    { notes: [['a', label]], readings: [], last: label, files: [], events: [] },
  ];
  const shown = () => {
    const ledger = new Ledger();
    ledger.stored([entry('1')]);
    ledger.begun([entry('2')]);
    ledger.shown(['1', '2']);
    return ledger;
  };

  test('notices that a commit is gone which somebody was shown', () => {
    expect(() => shown().shown(['1'])).toThrow('shown were 1; sure are 1 2');
  });

  test('lets a successor hide it, but nothing before it, and no longer once it was acknowledged', () => {
    const ledger = shown();
    ledger.shown(['1'], { isClaimed: true });
    expect(() => ledger.shown([], { isClaimed: true })).toThrow('shown were none');
    ledger.stored([entry('2')]);
    expect(() => ledger.shown(['1'], { isClaimed: true })).toThrow('shown were 1; sure are 1 2');
  });
});
