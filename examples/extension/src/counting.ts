import { type Backend, Infinitree, isInfinitreeError, type Key } from '@infinitree/core';
import { formatCount } from '@infinitree/example-terminal';
import { Gallery } from './gallery.js';

/** Two writers count at the same time, and neither has loaded the counter. */
export async function countTogether(backend: Backend, key: Key): Promise<string[]> {
  await using tree = await Infinitree.open(Gallery, { backend, key });
  await using other = await Infinitree.open(Gallery, { backend, key, takeover: true });
  for (let i = 0; i < 300; i++) tree.index.views.increment();
  for (let i = 0; i < 200; i++) other.index.views.increment();
  other.index.views.increment(-1);
  await tree.commit('300 views');
  try {
    await other.commit('199 views');
  } catch (error) {
    if (!isInfinitreeError(error, 'CONFLICT')) throw error;
    await other.refresh();
    await other.commit('199 views');
  }
  const { state } = other.index.views;
  await other.load('views');
  return [
    'one writer committed 300 views, another one 199 at the same time',
    `how much of the counter was in memory meanwhile: ${state}`,
    `views, once loaded: ${formatCount(other.index.views.value)}`,
  ];
}

/** A commit filter shows what a commit counted, because increments are what is stored. */
export async function countedByCommit(backend: Backend, key: Key): Promise<string[]> {
  await using tree = await Infinitree.open(Gallery, { backend, key, readonly: true });
  const lines: string[] = [];
  for (const { id, message } of await tree.commits()) {
    await tree.load('views', { commits: { single: id } });
    lines.push(`${message.padEnd(12)} counted ${formatCount(tree.index.views.value)}`);
  }
  return lines;
}
