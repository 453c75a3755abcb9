import { fieldSuite } from '@infinitree/testing';
import { describe, expect, test } from '@jest/globals';
import { Counter } from '../src/counter.js';

fieldSuite({ describe, test, expect }, 'Counter', {
  make: () => new Counter(),
  values: () => [3, -5],
  initial: 0,
  read: (counter) => counter.value,
  operations: [
    { name: 'increment', blind: true, apply: (counter) => counter.increment(), model: (sum) => sum + 1 },
    { name: 'add', blind: true, apply: (counter, [by]) => counter.increment(by), model: (sum, [by]) => sum + by },
    {
      name: 'count down',
      blind: true,
      apply: (counter, [, by]) => {
        counter.increment(by);
        counter.increment(by);
      },
      model: (sum, [, by]) => sum + by + by,
    },
  ],
  refused: [
    { name: 'a fraction', apply: (counter) => counter.increment(0.5) },
    { name: 'what is no number', apply: (counter) => counter.increment('1' as never) },
  ],
});
