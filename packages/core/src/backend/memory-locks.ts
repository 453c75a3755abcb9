import { fromUtf8, toUtf8 } from '../bytes/utf8.js';
import type { ObjectId } from '../format/ids.js';
import { requireBytes, requireObjectId } from './arguments.js';
import type { AdvisoryLocks, Cancel } from './backend.js';
import type { MemoryGate, MemoryStore } from './memory-store.js';

const HOLDER = 'this process';

/** Locks among the users of one memory storage. All of them live in this process, so none of them is ever gone. */
export function memoryLocks(store: MemoryStore, gate: MemoryGate): AdvisoryLocks {
  const enter = (what: string, name: ObjectId, options: Cancel | undefined) => {
    gate.enter(what, options);
    requireObjectId(name);
  };
  return {
    holder: () => toUtf8(HOLDER),
    async create(name: ObjectId, bytes: Uint8Array, options?: Cancel) {
      enter('locks.create', name, options);
      requireBytes(bytes);
      if (store.locks.has(name)) return false;
      store.locks.set(name, bytes.slice());
      return true;
    },
    async read(name: ObjectId, options?: Cancel) {
      enter('locks.read', name, options);
      return store.locks.get(name)?.slice();
    },
    async remove(name: ObjectId, options?: Cancel) {
      enter('locks.remove', name, options);
      store.locks.delete(name);
    },
    describe: (holder) => ({ text: fromUtf8(holder) === HOLDER ? HOLDER : 'an unknown holder', gone: false }),
  };
}
