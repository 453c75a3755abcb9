// One step of a suite of figures. Started by runner.js, which sends what to do and gets its figures.
import { obey } from '../child.js';
import { FIGURE_SUITES } from '../suites/figures.js';

/** @typedef {{ suite: string, step: string, job: import('./suite.js').StepJob }} Order */

obey(async (/** @type {Order} */ { suite, step, job }) => {
  const found = FIGURE_SUITES[suite]?.steps[step];
  if (found === undefined) throw new Error(`There is no step ${suite}:${step}.`);
  return found.run(job);
});
