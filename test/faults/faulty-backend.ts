import type { Backend } from '@infinitree/core';
import type { Faults } from './faults.js';

const LISTINGS = new Set(['list', 'keyObjects.list', 'heads.list']);
/** Questions that are answered without asking the storage, and the one that ends it. */
const ANSWERED = new Set(['locks.holder', 'locks.describe', 'close']);

const READING = new Set(['get', 'ages', 'keyObjects.get', 'heads.read', 'heads.claims', 'heads.sync', 'locks.read']);

/** A backend of which every call may go wrong; verbs are named as in `heads.claim`. `changes`: told of those that do. */
export function faultyBackend(backend: Backend, faults: Faults, changes: () => void): Backend {
  return wrap(backend, '', faults, changes);
}

function wrap<T extends object>(target: T, prefix: string, faults: Faults, changes: () => void): T {
  return new Proxy(target, {
    get(_, key) {
      // Its own receiver: a proxy has none of the private members.
      const member: unknown = Reflect.get(target, key, target);
      const kind = `${prefix}${String(key)}`;
      if (['heads', 'keyObjects', 'locks'].includes(kind) && member !== undefined) {
        return wrap(member as object, `${kind}.`, faults, changes);
      }
      if (typeof member !== 'function') return member;
      const call = (args: readonly unknown[]): unknown => {
        if (!READING.has(kind)) changes();
        return Reflect.apply(member, target, args);
      };
      if (ANSWERED.has(kind)) return (...args: unknown[]) => call(args);
      if (LISTINGS.has(kind)) return (...args: unknown[]) => listed(kind, call(args) as AsyncIterable<unknown>, faults);
      return (...args: unknown[]) =>
        faults.run({ kind, path: String(args[0]), make: () => call(args) as Promise<unknown> });
    },
  });
}

/** A listing goes wrong before its first id, and behind its last one. */
async function* listed(kind: string, ids: AsyncIterable<unknown>, faults: Faults): AsyncIterable<unknown> {
  const point = { kind, path: '', make: async () => undefined };
  await faults.run(point);
  yield* ids;
  await faults.run(point);
}
