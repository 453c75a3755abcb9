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
