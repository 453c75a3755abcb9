// No pair of a key and a nonce ever seals two different messages, whatever happens to processes and to their storage.

import { Infinitree, isInfinitreeError, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend, SeededRandom, TestClock, type Verb } from '@infinitree/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryStore } from '../packages/core/src/backend/memory-store.js';
import { crashRun, newTally } from './crash/crash-run.js';
import { WORKLOADS } from './crash/workloads.js';
import { KEY, Life, READER, Shelf, STEPS, type Tree } from './nonces/life.js';
import { SealRecorder } from './nonces/seal-recorder.js';

let seals: SealRecorder;
beforeEach(async () => {
  seals = new SealRecorder();
  await seals.install();
});
afterEach(() => {
  seals.uninstall();
});

/** And there were enough seals, of which none was missed. */
function expectNoRepetition(atLeast: number): void {
  expect(seals.repeated).toEqual([]);
  expect(seals.unseen).toEqual([]);
  expect(seals.pairs).toBeGreaterThan(atLeast);
  expect(seals.streams).toBeGreaterThan(0);
  expect(seals.opened).toBeGreaterThan(0);
}

// All that go on from one power cut have one random source and one clock that stands still: what differs is the disk.
describe('many machines that go on from what one power cut may have left', () => {
  test.each(Object.keys(WORKLOADS))(
    '%s',
    async (workload) => {
      const tally = newTally();
      for (const seed of [6, 7]) await crashRun({ workload, seed }, 5, tally);
      expect(tally.failures).toEqual([]);
      expectNoRepetition(40);
    },
    120_000,
  );
});

type Heads = 'cas' | 'epoch';
type Twist = 'content' | 'clock';

function begun(
  heads: Heads,
  store = new MemoryStore(),
): { store: MemoryStore; clock: TestClock; backend: MemoryBackend<Heads> } {
  return { store, clock: new TestClock(), backend: new MemoryBackend<Heads>({ heads, locks: true }, store) };
}

/** Lives up to a step like all others that begin so, and from there on another life. */
async function live(heads: Heads, until: number, twist?: Twist, key = KEY): Promise<void> {
  const clock = new TestClock();
  const { backend } = begun(heads, new MemoryStore(() => clock.now()));
  const life = new Life(backend, clock, key);
  await life.begin();
  for (const [i, step] of Object.values(STEPS).entries()) {
    if (i === until && twist === 'clock') clock.advance(1);
    await step(life, i >= until && twist === 'content' ? 'B' : 'A');
  }
  await life.end();
}

describe.each(['cas', 'epoch'] as const)('%s heads', (heads) => {
  // As if a virtual machine was saved in front of a step, and resumed again and again: memory, counters and random source
  // are the same each time, and either the time is another one, or what is written.
  test('one process that is resumed many times from one state', async () => {
    await live(heads, 0);
    const once = seals.pairs;
    for (const twist of ['content', 'clock'] as const) {
      for (const until of Object.keys(STEPS).keys()) await live(heads, until, twist);
    }
    // They did go different ways.
    expect(seals.pairs).toBeGreaterThan(5 * once);
    expectNoRepetition(300);
  }, 120_000);

  test('one process with a split tree that is resumed many times from one state', async () => {
    for (const twist of ['content', 'clock'] as const) {
      for (const until of Object.keys(STEPS).keys()) await live(heads, until, twist, READER);
    }
    expectNoRepetition(300);
  }, 120_000);

  test.each(['content', 'clock'] as const)(
    'copies of a directory that differ in the %s of what comes',
    async (twist) => {
      const { store, clock, backend } = begun(heads);
      const origin = new Life(backend, clock);
      await origin.begin();
      await origin.commit('origin', { mode: 'always' });
      await origin.end();
      for (const [name, step] of Object.entries(STEPS)) {
        for (const label of ['A', 'B']) {
          const copy = begun(heads);
          for (const [id, entry] of store.entries) copy.store.entries.set(id, entry);
          for (const claim of store.claims) copy.store.claims.add(claim);
          if (twist === 'clock' && label === 'B') copy.clock.advance(1);
          const life = new Life(copy.backend, copy.clock);
          await life.reopen();
          await step(life, twist === 'content' ? label : name);
          await life.end();
        }
      }
      expectNoRepetition(100);
    },
  );

  const verbs: readonly Verb[] =
    heads === 'cas'
      ? ['put', 'heads.cas', 'heads.read', 'keyObjects.put']
      : ['put', 'heads.create', 'heads.append', 'heads.sync', 'heads.claim', 'heads.claims', 'keyObjects.put'];
  test.each(verbs)(
    'failures of %s, and everything done again',
    async (verb) => {
      for (const when of ['before', 'after'] as const) {
        for (const nth of [1, 2, 5]) {
          const { backend: inner, clock } = begun(heads);
          const backend = new FailingBackend(inner);
          const life = new Life(backend, clock);
          if (verb === 'keyObjects.put') backend.fail({ verb, when });
          await life
            .begin()
            .catch(() => life.begin())
            .catch(() => life.reopen());
          backend.fail({ verb, nth, when });
          for (const [name, step] of Object.entries(STEPS)) {
            // A collection that fails is no commit, and would have to be called again here.
            if (name !== 'gc') await step(life, name).catch(rethrowUnless('BACKEND'));
          }
          backend.heal();
          await life.commit('at last', { mode: 'always' });
          await life.end();
        }
      }
      expectNoRepetition(50);
    },
    120_000,
  );

  test('a commit of unknown outcome, which is sent again as it was', async () => {
    const { backend: inner, clock } = begun(heads);
    const backend = new FailingBackend(inner);
    const tree: Tree = await Infinitree.create(Shelf, {
      backend,
      key: KEY,
      objectSize: 65_536,
      environment: { clock, random: new SeededRandom(3) },
    });
    for (const when of ['before', 'after'] as const) {
      for (const verb of heads === 'cas' ? (['heads.cas'] as const) : (['heads.append', 'heads.create'] as const)) {
        tree.index.cell.value = `${when} ${verb}`;
        await tree.commit('makes a head of its own');
        tree.index.cell.value = `${verb} ${when}`;
        backend.fail({ verb, when, forever: true });
        for (let attempt = 0; attempt < 4; attempt++) {
          await tree.commit('in doubt').catch(rethrowUnless('COMMIT_UNKNOWN', 'BACKEND'));
        }
        backend.heal();
        await tree.refresh();
        await tree.commit('afterwards', { mode: 'always' });
      }
    }
    await tree.close();
    expectNoRepetition(10);
  });
});

test('ten thousand chunks of a split tree, by who only writes, over uploads that fail', async () => {
  const { backend: inner, clock } = begun('epoch');
  const backend = new FailingBackend(inner);
  const writer = Key.splitWriter(Key.random());
  const environment = { clock };
  const owner = await Infinitree.create(Shelf, { backend, key: READER, objectSize: 65_536, environment });
  await owner.keys.add(writer);
  await owner.close();
  const before = seals.pairs;
  for (let round = 0; round < 4; round++) {
    const tree = await Infinitree.open(Shelf, { backend, key: writer, environment });
    const chunks = tree.storageWriter();
    for (let i = 0; i < 2500; i++) {
      if (i % 500 === 250) backend.fail({ verb: 'put', when: i % 1000 === 250 ? 'before' : 'after' });
      await chunks
        .write(new TextEncoder().encode(`${i % 7} ${'chunk '.repeat(i % 20)}`))
        .catch(rethrowUnless('BACKEND'));
      tree.index.apart.set(i, `${i % 3}`);
      if (i % 100 === 0) await tree.commit().catch(rethrowUnless('BACKEND'));
    }
    backend.heal();
    await tree.commit();
    await tree.close();
  }
  expect(seals.pairs - before).toBeGreaterThan(10_000);
  expectNoRepetition(10_000);
  const reader = await Infinitree.open(Shelf, { backend, key: READER, environment });
  expect((await reader.verify({ readData: true })).ok).toBe(true);
  await reader.close();
}, 120_000);

function rethrowUnless(...codes: readonly ('BACKEND' | 'COMMIT_UNKNOWN')[]): (error: unknown) => void {
  return (error) => {
    if (!codes.some((code) => isInfinitreeError(error, code))) throw error;
  };
}
