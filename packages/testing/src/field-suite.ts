import { type AnyField, kind } from '@infinitree/core';
import { declarationCases } from './field/declaration.js';
import { entryCases } from './field/entries.js';
import { historyCases } from './field/history.js';
import { lifeCases } from './field/life.js';
import { type FieldCase, FieldScene } from './field/scene.js';
import type { FieldTarget } from './field/target.js';
import { unloadedCases } from './field/unloaded.js';
import { valueCases } from './field/values.js';
import { writerCases } from './field/writers.js';
import type { TestRunner } from './suite/runner.js';

/**
 * Defines the tests that tell whether a field type, or the strategy it is declared with, keeps what users of fields
 * count on. What the field holds is compared with a model in plain JavaScript, which the same operations change: after
 * reopening, in earlier states, beside other writers. The runner is handed in, so that this package depends on none.
 *
 * @example
 * import { describe, expect, test } from '@jest/globals';
 * fieldSuite({ describe, test, expect }, 'Serialized', {
 *   make: () => new Serialized('none'),
 *   values: () => ['basil'],
 *   initial: 'none',
 *   read: (field) => field.value,
 *   operations: [
 *     { name: 'set', blind: true, apply: (field, [plant]) => (field.value = plant), model: (_, [plant]) => plant },
 *   ],
 * });
 */
export function fieldSuite<Field extends AnyField, Values extends readonly unknown[] | [], State>(
  runner: TestRunner,
  name: string,
  target: FieldTarget<Field, Values, State>,
): void {
  const test: FieldCase = (title, body) => {
    runner.test(title, async () => {
      const scene = new FieldScene(target, (actual) => runner.expect(actual));
      try {
        await body(scene);
      } finally {
        await scene.close();
      }
    });
  };
  const part = (title: string, define: () => void) => runner.describe(title, define);
  runner.describe(`${name} keeps the contract of a field`, () => {
    part('its life', () => lifeCases(test, target));
    part('not loaded', () => unloadedCases(test, target));
    part('its past', () => historyCases(test, target));
    part('beside other writers', () => writerCases(test, target));
    part('its values', () => valueCases(test, target));
    if (target.make()[kind] !== 'cell') part('its entries', () => entryCases(test, target));
    part('its declaration', () => declarationCases(test, target));
  });
}
