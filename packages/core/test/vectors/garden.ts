import {
  type Backend,
  Infinitree,
  type Key,
  type OpenOptions,
  registerIndex,
  Serialized,
  VersionedMap,
} from '@infinitree/core';
import { toNotation } from './notation.js';
import type { Json } from './vector.js';

/** The index class of the stores among the vectors. */
export class Garden {
  last = new Serialized<number>(0);
  plants = new VersionedMap<number, unknown>();
  notes = new VersionedMap<string, string>();
}

registerIndex(Garden, {
  fields: [
    { property: 'last', name: 'last_time' },
    { property: 'plants', name: 'plants' },
    { property: 'notes', name: 'notes', strategy: 'sparse' },
  ],
});

/** All that a store gives to whoever opens it for reading. */
export async function contentOf(backend: Backend, key: Key, options: Partial<OpenOptions> = {}): Promise<Json> {
  await using tree = await Infinitree.open(Garden, { backend, key, readonly: true, ...options });
  await tree.load();
  const { last, plants, notes } = tree.index;
  const commits = (await tree.commits()).map(({ id, sequence, time, message, parent, data }) => ({
    id,
    sequence,
    time: time.getTime(),
    message,
    parent: parent ?? null,
    data: toNotation(data),
  }));
  const inOrder = async (name: 'plants' | 'notes') => {
    const entries: Json[] = [];
    for await (const [id, value] of tree.entries(name)) entries.push([toNotation(id), toNotation(value)]);
    return entries;
  };
  const fields = { last: last.value, plants: await inOrder('plants'), notes: await inOrder('notes') };
  if (plants.size !== fields.plants.length || notes.size !== fields.notes.length)
    throw new Error('Two ways to read differ.');
  return { head: tree.head, commits, fields };
}

/** The same, short enough to stand in every damaged store. */
export function summaryOf(content: Json): Json {
  const { commits, fields } = content as { commits: Json[]; fields: { last: Json; plants: Json[]; notes: Json[] } };
  return { commits: commits.length, last: fields.last, plants: fields.plants.length, notes: fields.notes.length };
}
