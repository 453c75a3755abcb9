import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { smallChange } from './crash/contents.js';
import { crashAgain, crashRun, newTally } from './crash/crash-run.js';
import { Machine } from './crash/machine.js';
import { tryMutation } from './crash/mutation-run.js';
import { MUTATIONS } from './crash/mutations.js';
import { pausedAt } from './crash/paused.js';
import { Program } from './crash/program.js';
import { look } from './crash/steps.js';
import { WORKLOADS } from './crash/workloads.js';

// The bounded part of `npm run test:crash`, which looks at a hundred times as many states.
describe('a power cut at any moment', () => {
  test.each(Object.keys(WORKLOADS))(
    'loses nothing that was promised: %s',
    async (workload) => {
      const tally = newTally();
      for (const seed of [1, 2]) await crashRun({ workload, seed }, 8, tally);
      expect(tally.failures).toEqual([]);
      expect(tally.states).toBe(16);
      expect(tally.boundaries).toBeGreaterThan(50);
    },
    120_000,
  );

  test('again while the tree recovers from the first one loses nothing either', async () => {
    const tally = newTally();
    for (let seed = 1; tally.recoveries < 5; seed++) await crashRun({ workload: 'small-commits', seed }, 8, tally);
    expect(tally.failures).toEqual([]);
  });
});

/** What is done to the disk in the course of some runs. */
async function callsOf(name: string, seeds: number): Promise<ReadonlySet<string>> {
  const { run, durability = 'append' } = WORKLOADS[name]!;
  const calls = new Set<string>();
  for (let seed = 1; seed <= seeds; seed++) {
    const machine = new Machine({ seed, durability });
    await run(machine);
    for (const { kind, during = 'opening' } of machine.operations.slice(machine.begin))
      calls.add(`${kind} in ${during}`);
  }
  return calls;
}

describe('the crash suite', () => {
  test.each([
    ['fold', ['unlink in delete', 'unlink in heads.remove', 'sync in put of a fold']],
    ['object-commits', ['unlink in delete', 'unlink in heads.remove', 'sync in put', 'sync in put of a fold']],
    ['gc', ['unlink in delete']],
    ['close', ['datasync in heads.sync of a mark at the close']],
    [
      'takeover',
      [
        'sync in heads.create of a fence',
        'datasync in heads.sync of a reader',
        'datasync in heads.sync of a successor',
        "write in heads.append of a successor's mark",
        'datasync in heads.sync of who asks for an outcome',
      ],
    ],
  ])('comes to what it is about: %s', async (name, calls) => {
    const made = await callsOf(name, 12);
    expect(calls.filter((call) => !made.has(call))).toEqual([]);
  });

  const quick = [
    'no sync in heads.create',
    'no syncFolder of /tree/epochs in heads.claim',
    'link before sync in heads.create',
    'no datasync in heads.sync of a frame',
    'put behind heads.sync of a frame',
    'heads.create behind keyObjects.put',
  ];
  test.each(quick)('notices this mistake: %s', async (name) => {
    const mutation = MUTATIONS.find((candidate) => candidate.name === name)!;
    expect(await tryMutation(mutation, 1)).toMatchObject({ caught: expect.any(String), expected: true });
  });

  const edits = MUTATIONS.flatMap(({ name, edit }) => (edit === undefined ? [] : [[name, edit] as const]));
  test.each(edits)('finds the place of this mistake in the source: %s', async (_, { file, from }) => {
    const source = await readFile(join(import.meta.dirname, '../packages/core/src', file), 'utf8');
    expect(source.split(from)).toHaveLength(2);
  });

  test('names a state so that it can be had again', async () => {
    const mutation = MUTATIONS.find(({ name }) => name === 'no datasync in heads.sync of a frame')!;
    const tally = newTally(10);
    await crashRun({ workload: 'small-commits', seed: 1, rewrite: mutation.rewrite }, 100, tally);
    // Without the mistake, the same state is a good one; but there are fewer states at a place, so take one of the first.
    const place = (failure: { readonly name: string }): number => Number(failure.name.split('.').pop());
    const { name } = tally.failures.toSorted((a, b) => place(a) - place(b))[0]!;
    const again = newTally();
    await crashAgain(name, again);
    expect([again.states + again.recoveries, again.failures]).toEqual([name.split('/').length, []]);
    await expect(crashAgain('small-commits:1:1.999', again)).rejects.toThrow('no state 1.999');
  });
});

/** A writer of a planted tree, which stops before the `nth` file operation of its next commit. */
async function stopped(nth: number): Promise<{ machine: Machine; goOn: () => Promise<void> }> {
  const machine = new Machine({ seed: 1 });
  const planter = await Program.create(machine);
  await planter.commit(smallChange);
  await planter.close();
  const first = await Program.open(machine);
  const { reached, goOn } = pausedAt(first, nth, smallChange);
  await reached;
  return { machine, goOn };
}

describe('what a reader was shown stays', () => {
  test('also a head that comes while another writer takes over', async () => {
    for (const nth of [15, 20, 21, 22, 24]) {
      for (let wake = 4; wake < 32; wake += 2) {
        const { machine, goOn } = await stopped(nth);
        const second = await Program.open(machine, { takeover: true });
        second.before(wake, async () => {
          await goOn();
          await look(machine);
        });
        await second.commit(smallChange);
        // Throws where a commit is missing that was shown before.
        await look(machine);
      }
    }
  }, 120_000);
});
