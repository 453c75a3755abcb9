// Entries are handed on one by one as an async generator does, but without waiting where none is needed.
import fc from 'fast-check';
import { EntryIterator, type Page } from '../../../src/tree/read/entry-iterator.js';

/** What a page gives, step by step: a value at hand, one that is waited for, or a failure of either kind. */
type Step = { readonly kind: 'value' | 'later'; readonly value: number } | { readonly kind: 'throws' | 'rejects' };
type Call = 'next' | 'return' | 'throw';

const FAILURE = new Error('of a page');

function pageOf(steps: readonly Step[]): Page<number> {
  let at = 0;
  return {
    next() {
      const step = steps[at++];
      switch (step?.kind) {
        case undefined:
          return undefined;
        case 'value':
          return step.value;
        case 'later':
          return new Promise((resolve) => setImmediate(() => resolve(step.value)));
        case 'throws':
          throw FAILURE;
        case 'rejects':
          return Promise.reject(FAILURE);
      }
    },
  };
}

async function* pagesOf(pages: readonly (readonly Step[])[], ended: () => void) {
  try {
    for (const steps of pages) {
      await Promise.resolve();
      yield pageOf(steps);
    }
  } finally {
    ended();
  }
}

/** The same as an ordinary generator. */
async function* twin(pages: readonly (readonly Step[])[], ended: () => void) {
  for await (const page of pagesOf(pages, ended)) {
    for (let entry = page.next(); entry !== undefined; entry = page.next()) yield await entry;
  }
}

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('value' as const, 'later' as const), value: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('throws' as const, 'rejects' as const) }) },
  ),
  { maxLength: 5 },
);
const call = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Call>('next') },
  { weight: 1, arbitrary: fc.constantFrom<Call>('return', 'throw') },
);

async function answers(entries: AsyncGenerator<number>, calls: readonly Call[], together: boolean): Promise<unknown[]> {
  const begin = (name: Call) =>
    (name === 'throw' ? entries.throw(new Error('given')) : entries[name](undefined)).then(
      (result) => ({ ...result }),
      (error: unknown) => (error as Error).message,
    );
  if (together) return Promise.all(calls.map(begin));
  const all: unknown[] = [];
  for (const name of calls) all.push(await begin(name));
  return all;
}

test.each([false, true])('it answers as a generator does, calls at the same time: %p', async (together) => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 4 }), fc.array(call, { maxLength: 14 }), async (pages, calls) => {
      let [ended, expectedEnds] = [0, 0];
      const entries = new EntryIterator(pagesOf(pages, () => (ended += 1)));
      const expected = await answers(
        twin(pages, () => (expectedEnds += 1)),
        calls,
        together,
      );
      expect(await answers(entries, calls, together)).toEqual(expected);
      await entries[Symbol.asyncDispose]();
      // What is held for those who read is let go, once.
      expect(ended).toBeLessThanOrEqual(1);
      expect(ended).toBeGreaterThanOrEqual(expectedEnds);
    }),
    { numRuns: 400 },
  );
});

test('what is at hand takes one turn of the queue of promises', async () => {
  const entries = new EntryIterator(
    pagesOf([[1, 2, 3].map((value) => ({ kind: 'value' as const, value }))], () => undefined),
  );
  expect(await entries.next()).toEqual({ done: false, value: 1 });
  let turns = 0;
  let isGiven = false;
  void entries.next().then(() => (isGiven = true));
  for (; !isGiven; turns++) await Promise.resolve();
  expect(turns).toBeLessThanOrEqual(2);
});

test('batches hold the same entries, as many as were asked for, up to the first failure', async () => {
  const pages = fc.array(steps, { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(pages, fc.nat(3), fc.integer({ min: 1, max: 7 }), async (all, before, size) => {
      const expected: number[] = [];
      let fails = false;
      try {
        for await (const entry of twin(all, () => undefined)) expected.push(entry);
      } catch {
        fails = true;
      }
      let ended = 0;
      const entries = new EntryIterator(pagesOf(all, () => (ended += 1)));
      const batches: number[][] = [];
      const read = async () => {
        for (let i = 0; i < before; i++) {
          const { done, value } = await entries.next();
          if (done !== true) batches.push([value]);
        }
        const alone = batches.length;
        for await (const batch of entries.batches(size)) batches.push(batch);
        expect(batches.slice(alone, -1).every(({ length }) => length === size)).toBe(true);
        expect(batches.every(({ length }) => length >= 1 && length <= size)).toBe(true);
      };
      if (fails) await expect(read()).rejects.toBe(FAILURE);
      else await read();
      const found = batches.flat();
      expect(found).toEqual(fails ? expected.slice(0, found.length) : expected);
      // Less than a batch is missing.
      expect(expected.length - found.length).toBeLessThan(size);
      expect(ended).toBe(1);
      expect(await entries.next()).toEqual({ done: true, value: undefined });
    }),
    { numRuns: 400 },
  );
});

test('who leaves batches early ends the iterator', async () => {
  let ended = 0;
  const values = Array.from({ length: 9 }, (_, value) => ({ kind: 'value' as const, value }));
  const entries = new EntryIterator(pagesOf([values], () => (ended += 1)));
  for await (const batch of entries.batches(4)) {
    expect(batch).toEqual([0, 1, 2, 3]);
    break;
  }
  expect(ended).toBe(1);
  expect(await entries.next()).toEqual({ done: true, value: undefined });
});

test('calls for batches and for entries are answered in their order, and none behind a failure', async () => {
  const value = (n: number): Step => ({ kind: 'value', value: n });
  const page = [value(1), value(2), value(3), { kind: 'throws' } as const, value(4), value(5)];
  const entries = new EntryIterator(pagesOf([page], () => undefined));
  const batches = entries.batches(2);
  const calls = [batches.next(), entries.next(), batches.next(), entries.next(), batches.next()];
  const found = await Promise.allSettled(calls);
  expect(found.map((one) => (one.status === 'fulfilled' ? one.value : one.reason))).toEqual([
    { done: false, value: [1, 2] },
    { done: false, value: 3 },
    FAILURE,
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
});

test('batches that were never begun end the iterator all the same', async () => {
  let ended = 0;
  const entries = new EntryIterator(pagesOf([[{ kind: 'value', value: 1 }]], () => (ended += 1)));
  await entries.next();
  await entries.batches().return?.();
  expect(ended).toBe(1);
});

test.each([0, -1, 1.5, Number.NaN, '4' as unknown as number])('a batch is no %p entries', (size) => {
  const entries = new EntryIterator(pagesOf([], () => undefined));
  expect(() => entries.batches(size)).toThrow(expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' }));
});
