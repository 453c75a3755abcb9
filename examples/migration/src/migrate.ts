import { type Infinitree, isInfinitreeError } from '@infinitree/core';
import { formatCount } from '@infinitree/example-terminal';
import type { Version2 } from './version-2.js';

/** What the second version sees before anything was moved: converted values, in fields that take no changes yet. */
export async function beforeLoading(tree: Infinitree<Version2>): Promise<string[]> {
  const plant = await tree.get('plants', 0);
  return [`get('plants', 0): ${JSON.stringify(plant)}`, `set('plants', …): ${trySet(tree)}`];
}

function trySet(tree: Infinitree<Version2>): string {
  try {
    tree.index.plants.set(3, { species: 'Mint', place: 'balcony' });
  } catch (error) {
    if (isInfinitreeError(error, 'NOT_LOADED')) return error.code;
    throw error;
  }
  throw new Error('A field that was not moved yet took a change.');
}

/** Moves and converts all fields, and adds a plant, in one commit. */
export async function migrate(tree: Infinitree<Version2>): Promise<string[]> {
  await tree.load();
  tree.index.plants.set(3, { species: 'Mint', place: 'balcony' });
  const commit = await tree.commit('Version 2');
  const { lastTime, measurements, plants } = tree.index;
  return [
    `commit ${commit?.id.slice(0, 8) ?? '?'}, ${commit?.message ?? '?'}`,
    `lastTime: ${lastTime.value}`,
    `measurements: ${formatCount(measurements.size)}`,
    ...Array.from(plants, ([id, plant]) => `plants.get(${id}): ${JSON.stringify(plant)}`),
  ];
}
