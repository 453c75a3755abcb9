import fc from 'fast-check';

/** Cases of a property at most; those that the tests ask for would be tried again for every mutant. */
const MAX_RUNS = 40;

// The same cases for every mutant, so that what killed one kills it again; the shortest such case is of no interest.
const quick = (given = {}) => ({
  ...given,
  numRuns: Math.min(given.numRuns ?? MAX_RUNS, MAX_RUNS),
  seed: given.seed ?? 1,
  endOnFailure: true,
});

export default { ...fc, assert: (property, given) => fc.assert(property, quick(given)) };
