import { measure } from '../src/measure-strategy.js';
import { textValues } from '../src/sample-values.js';

test.each(['local', 'sparse'] as const)('the %s strategy is measured', async (strategy) => {
  const { values } = textValues('', 300, 1000);
  const { bytes, ...times } = await measure(strategy, values);
  for (const ms of Object.values(times)) expect(ms).toBeGreaterThan(0);
  // What is stored are whole objects, and claims, which are empty.
  expect(bytes % 4_194_304).toBe(0);
});

test('texts are of the wanted length, and the same ones every time', () => {
  const { values } = textValues('', 3, 100);
  expect(values.map((text) => (text as string).length)).toEqual([100, 100, 100]);
  expect(new Set(values).size).toBe(3);
  expect(textValues('', 3, 100).values).toEqual(values);
});
