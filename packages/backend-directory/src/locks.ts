import type { AdvisoryLocks, Cancel, ObjectId } from '@infinitree/core';
import type { Context } from './context.js';
import { isGone, ownIdentity, type ProcessIdentity, type SystemPort } from './process-identity.js';
import { readFile } from './reading.js';

const UNKNOWN = { text: 'an unknown holder', gone: false };

/**
 * Notes of writers, in files. The holder names the process and not the backend object: two backends of one process are
 * one holder, which is alive.
 */
export function fileLocks({ files, folders, layout, creation, guard }: Context, system: SystemPort): AdvisoryLocks {
  const own = ownIdentity(system);
  return {
    holder: () => new TextEncoder().encode(JSON.stringify(own)),
    async create(name: ObjectId, bytes: Uint8Array, options?: Cancel) {
      const path = layout.lock(name);
      // By temporary file and link, as objects are: nobody must find a note that is half written.
      return guard.call('locks.create', path, options, (step) => creation.createFile(path, bytes, step));
    },
    async read(name: ObjectId, options?: Cancel) {
      const path = layout.lock(name);
      return guard.call('locks.read', path, options, (step) => folders.find(() => readFile(files, path, step)));
    },
    async remove(name: ObjectId, options?: Cancel) {
      const path = layout.lock(name);
      await guard.call('locks.remove', path, options, async () => {
        await folders.unlink(path);
        await folders.syncIfThere(layout.locks);
      });
    },
    describe(holder) {
      const other = parseHolder(holder);
      if (other === undefined) return UNKNOWN;
      return { text: `pid ${other.pid} on host ${other.host}`, gone: isGone(system, own, other) };
    },
  };
}

function parseHolder(holder: Uint8Array): ProcessIdentity | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(holder));
  } catch {
    // Of another kind of backend, or of a later version.
    return undefined;
  }
  return isIdentity(parsed) ? parsed : undefined;
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, host, ...rest } = value as Record<string, unknown>;
  // Zero and negative numbers mean whole groups of processes to the system that is asked about them.
  return (
    Number.isSafeInteger(pid) &&
    (pid as number) > 0 &&
    typeof host === 'string' &&
    Object.values(rest).every((part) => typeof part === 'string')
  );
}
