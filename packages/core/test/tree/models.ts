// Random sequences over a whole tree, compared with plain collections. A failure prints its seed and its path: give them
// to `fc.assert` to have the very same run again.
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { allCommands, blindCommands, go, report } from './field-commands.js';
import { World } from './field-writers.js';
import type { Heads } from './scene.js';
import { Run, step } from './tree-run.js';

/** Tries sequences of steps of that length; rejects where one of them does not go as the plain collections do. */
export type Model = (
  heads: Heads,
  length: { readonly minLength?: number; readonly maxLength: number },
  parameters: Pick<fc.Parameters, 'numRuns' | 'seed'>,
) => Promise<void>;

/** Two writers, of every field type by every strategy, in turns. */
export const everyField: Model = (heads, length, parameters) => {
  const property = fc.asyncProperty(allCommands(heads, length), async (commands) => {
    await between();
    await go(await World.create(heads), commands);
  });
  return fc.assert(property, { ...parameters, reporter: report });
};

/** The same, and neither of the two ever loads a field. */
export const blindWrites: Model = (heads, length, parameters) => {
  const property = fc.asyncProperty(blindCommands(heads, length), async (commands) => {
    await between();
    const world = await World.create(heads);
    for (const writer of world.writers) await writer.reopen();
    await go(world, commands);
  });
  return fc.assert(property, { ...parameters, reporter: report });
};

/** One writer, keys of every kind, every way to read, every filter. */
export const wholeTree: Model = (heads, length, parameters) => {
  const property = fc.asyncProperty(fc.array(step, { ...length, size: 'max' }), async (steps) => {
    await between();
    await new Run(heads).go(steps);
  });
  return fc.assert(property, parameters);
};

/** What is held weakly is only let go between turns of the event loop, and a storage in memory never ends one. */
function between(): Promise<void> {
  return setImmediate();
}
