import { ageCases } from './suite/ages.js';
import { casHeadCases } from './suite/cas-heads.js';
import { epochHeadCases } from './suite/epoch-heads.js';
import { keyObjectCases } from './suite/key-objects.js';
import { lifecycleCases } from './suite/lifecycle.js';
import { lockCases } from './suite/locks.js';
import { objectCases } from './suite/objects.js';
import { rangeCases } from './suite/ranges.js';
import { type BackendTarget, casesFor, type TestRunner } from './suite/runner.js';

/**
 * Defines the tests that tell whether a backend keeps the contract of `Backend`. The runner is handed in, so that this
 * package depends on none. Also run it on wrappers: whatever wraps a backend has to keep the contract itself.
 *
 * @example
 * import { describe, expect, test } from '@jest/globals';
 * backendSuite({ describe, test, expect }, 'MemoryBackend', {
 *   heads: 'cas',
 *   async open() {
 *     const backend = new MemoryBackend();
 *     return { backend, reopen: async () => backend.reopen(), dispose: async () => {} };
 *   },
 * });
 */
export function backendSuite(runner: TestRunner, name: string, target: BackendTarget): void {
  const cases = casesFor(runner, target);
  const part = (title: string, define: () => void) => runner.describe(title, define);
  runner.describe(`${name} keeps the contract of a backend`, () => {
    part('objects', () => objectCases(cases));
    part('ages and leftovers', () => ageCases(cases));
    part('ranges', () => rangeCases(cases));
    part('key objects', () => keyObjectCases(cases));
    if (target.heads === 'cas') part('heads by compare-and-swap', () => casHeadCases(cases));
    else part('heads by epochs', () => epochHeadCases(cases));
    if (target.locks === true) part('locks', () => lockCases(cases));
    part('every call', () => lifecycleCases(cases, target));
  });
}
