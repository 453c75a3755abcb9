import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { type Cancel, type ObjectId, requireObjectIds } from '@infinitree/core';
import { abortable } from './reading.js';
import { keyForReading, nameOfObject, type Store } from './store.js';
import { isAbsent, strange } from './trouble.js';

/** How long ago objects were written: both moments are told by the store, in one answer. */
export async function agesOf(
  store: Store,
  ids: readonly ObjectId[],
  options: Cancel | undefined,
): Promise<(number | undefined)[]> {
  requireObjectIds(ids);
  return Promise.all(ids.map((id) => ageOf(store, id, options)));
}

async function ageOf(store: Store, id: ObjectId, options: Cancel | undefined): Promise<number | undefined> {
  const { gate, clients } = store;
  const name = nameOfObject(store, id);
  const command = new HeadObjectCommand({ ...name, ...keyForReading(store) });
  let now = Number.NaN;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers: Readonly<Record<string, string>> };
      now = Date.parse(headers['date'] ?? '');
      return result;
    },
    { step: 'deserialize', name: 'dateOfAnswer', priority: 'low' },
  );
  try {
    const answer = await gate.request(() => {
      gate.step('ages', options);
      return clients.patient.send(command, abortable(options));
    });
    const age = now - (answer.LastModified?.getTime() ?? Number.NaN);
    if (Number.isNaN(age)) throw strange('ages', name.Key, 'the answer does not tell the time');
    return Math.max(0, age);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
