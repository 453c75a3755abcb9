import type { ObjectId } from '@infinitree/core';
import type { DiskOperation } from '@infinitree/testing';
import { intercept } from './intercept.js';
import type { Mutate } from './machine.js';
import { Purposes } from './purposes.js';

/** A mistake in what is written when. */
export interface Mutation {
  readonly name: string;
  /** The workloads that are to notice it. */
  readonly workloads: readonly string[];
  /** A sync that is left out. */
  readonly without?: (operation: DiskOperation) => boolean;
  /** Steps in another order. */
  readonly mutate?: Mutate;
  /** Why nobody can notice it, where that is so. */
  readonly harmless?: string;
}

/** The file operations of one kind, in one call of the backend, in one place. */
function leftOut(kind: DiskOperation['kind'], during: string, path = ''): Pick<Mutation, 'name' | 'without'> {
  const where = path === '' ? '' : ` of ${path}`;
  return {
    name: `no ${kind}${where} in ${during}`,
    without: (operation) =>
      operation.kind === kind && operation.during === during && (path === '' || operation.path === path),
  };
}

/** Folders whose names are made durable, by whatever call. */
function folderLeftOut(path: string): Pick<Mutation, 'name' | 'without'> {
  return {
    name: `no syncFolder of ${path}`,
    without: (operation) => operation.kind === 'syncFolder' && operation.path === path,
  };
}

/** A call that ends at once, and is made only behind the next one of another kind. */
function moved(what: string, behind: string): Pick<Mutation, 'name' | 'mutate'> {
  return { name: `${what} behind ${behind}`, mutate: (backend) => delaying(backend, what, behind) };
}

const delaying = (backend: Parameters<Mutate>[0], what: string, behind: string): ReturnType<Mutate> => {
  const purposes = new Purposes();
  let delayed: { readonly args: readonly unknown[]; readonly make: () => Promise<unknown> }[] = [];
  return intercept(backend, async (verb, args, next) => {
    const purpose = purposes.of(verb, args);
    if (purpose === what) {
      delayed.push({ args, make: next });
      return true;
    }
    const result = await next();
    // Whoever has claimed in vain must be found by its own looking again.
    if (verb === 'heads.claims' && what === 'heads.claim') {
      return [...(result as ObjectId[]), ...delayed.map((call) => call.args[0] as ObjectId)];
    }
    if (purpose === behind) {
      const due = delayed;
      delayed = [];
      for (const { make } of due) await make();
    }
    return result;
  });
};

/** Claims are looked at before `what`, and what was seen then is believed afterwards. */
function lookedBefore(what: string): Pick<Mutation, 'name' | 'mutate'> {
  return {
    name: `claims listed before ${what}`,
    mutate(backend) {
      const purposes = new Purposes();
      let seen: Promise<ObjectId[]> | undefined;
      return intercept(backend, async (verb, args, next) => {
        if ('claims' in backend.heads && purposes.of(verb, args) === what) {
          seen = backend.heads.claims();
          await seen;
        }
        if (verb !== 'heads.claims' || seen === undefined) return next();
        const believed = seen;
        seen = undefined;
        return believed;
      });
    },
  };
}

const COURTESY = 'a note is a courtesy: one that is torn, lost or left behind is that of a writer who is gone';
const GARBAGE = 'what comes back is garbage that nothing refers to, and is listed in the head until it is deleted';

/** Every sync there is, and every two steps that can change places. */
export const MUTATIONS: readonly Mutation[] = [
  { ...leftOut('sync', 'put'), workloads: ['large-commits'] },
  { ...leftOut('sync', 'heads.create'), workloads: ['fold', 'reopen'] },
  { ...leftOut('sync', 'keyObjects.put'), workloads: ['create'] },
  { ...leftOut('sync', 'locks.create'), workloads: ['reopen'], harmless: COURTESY },
  { ...leftOut('syncFolder', 'put'), workloads: ['large-commits'] },
  { ...leftOut('syncFolder', 'heads.create'), workloads: ['fold', 'reopen'] },
  { ...leftOut('syncFolder', 'keyObjects.put'), workloads: ['create'] },
  { ...leftOut('syncFolder', 'locks.create', '/tree/locks'), workloads: ['reopen'], harmless: COURTESY },
  { ...leftOut('syncFolder', 'locks.remove'), workloads: ['reopen'], harmless: COURTESY },
  { ...leftOut('syncFolder', 'heads.claim', '/tree/epochs'), workloads: ['fold', 'reopen'] },
  { ...folderLeftOut('/'), workloads: ['create'] },
  { ...folderLeftOut('/tree'), workloads: ['create'] },
  { ...folderLeftOut('/tree/objects'), workloads: ['create', 'fold'] },
  { ...leftOut('datasync', 'heads.sync of a frame'), workloads: ['small-commits'] },
  { ...leftOut('datasync', 'heads.sync of a mark'), workloads: ['fold'] },
  { ...leftOut('datasync', 'heads.sync of a successor'), workloads: ['takeover'] },
  { ...leftOut('datasync', "heads.sync of a successor's mark"), workloads: ['takeover'] },
  { ...leftOut('datasync', 'heads.sync of a reader'), workloads: ['takeover'] },
  { ...leftOut('syncFolder', 'heads.sync of a reader'), workloads: ['takeover'] },
  { ...leftOut('syncFolder', 'delete'), workloads: ['fold'], harmless: GARBAGE },
  { ...leftOut('syncFolder', 'heads.remove'), workloads: ['fold'], harmless: GARBAGE },
  { ...moved('put', 'heads.sync of a frame'), workloads: ['large-commits'] },
  { ...moved('put', 'heads.create'), workloads: ['fold'] },
  { ...moved('heads.append of a frame', 'heads.sync of a frame'), workloads: ['small-commits'] },
  { ...moved('heads.sync of a frame', 'heads.append of a mark'), workloads: ['small-commits'] },
  { ...moved('heads.sync of a mark', 'heads.claim'), workloads: ['fold'] },
  { ...moved('heads.claim', 'heads.read'), workloads: ['takeover'] },
  { ...moved('heads.sync of a successor', "heads.append of a successor's mark"), workloads: ['takeover'] },
  { ...moved("heads.append of a successor's mark", "heads.sync of a successor's mark"), workloads: ['takeover'] },
  { ...moved("heads.sync of a successor's mark", 'heads.create'), workloads: ['takeover'] },
  { ...moved('heads.create', 'keyObjects.put'), workloads: ['create'] },
  { ...lookedBefore('heads.append of a frame'), workloads: ['takeover'] },
  {
    ...lookedBefore('heads.sync of a frame'),
    workloads: ['takeover'],
    harmless: 'on a local file system a successor reads what was appended, synced or not, and makes it durable itself',
  },
];
