import type { ObjectId } from '@infinitree/core';
import type { DiskOperation } from '@infinitree/testing';
import type { Rewrite } from './crash-run.js';
import { intercept } from './intercept.js';
import type { Mutate } from './machine.js';
import { Purposes } from './purposes.js';

/** How a program does something else than it should. */
export interface Mistake {
  readonly name: string;
  /** Changes what was recorded of it. */
  readonly rewrite?: Rewrite;
  /** Changes what it asks of its backend. */
  readonly mutate?: Mutate;
  /** Changes its source. */
  readonly edit?: SourceEdit;
  /** How often there was an occasion for it; of an edit nobody knows. */
  readonly occasions?: { count: number };
}

/** One place in a file of `packages/core/src`. */
export interface SourceEdit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Where a name is made durable: a path, or any folder in which objects lie. */
export type Where = string | { readonly name: string; readonly path: RegExp };
export const OBJECT_FOLDER: Where = { name: 'a folder of objects', path: /^\/tree\/objects\/[0-9a-f]{2}$/ };

const NOTHING: DiskOperation = { kind: 'sync', node: -1, path: '', during: undefined };

/** The file operations of one kind, in one call of the backend, in one place. In their stead nothing is done. */
export function leftOut(kind: DiskOperation['kind'], during: string | undefined, where?: Where): Mistake {
  const occasions = { count: 0 };
  const place = where === undefined ? '' : ` of ${typeof where === 'string' ? where : where.name}`;
  const here = (path: string): boolean =>
    where === undefined || (typeof where === 'string' ? path === where : where.path.test(path));
  const isMeant = (operation: DiskOperation): boolean =>
    operation.kind === kind && operation.during === during && here(operation.path);
  return {
    name: `no ${kind}${place} in ${during ?? 'opening the directory'}`,
    occasions,
    rewrite: (operations) =>
      operations.map((operation) => {
        if (!isMeant(operation)) return operation;
        occasions.count += 1;
        return NOTHING;
      }),
  };
}

/** Two operations on files that follow one another in one call, the other way round. */
export function exchanged(first: DiskOperation['kind'], second: DiskOperation['kind'], during: string): Mistake {
  const occasions = { count: 0 };
  const is = (operation: DiskOperation | undefined, kind: string): boolean =>
    operation?.kind === kind && operation.during === during;
  return {
    name: `${second} before ${first} in ${during}`,
    occasions,
    rewrite(operations) {
      const result = [...operations];
      for (let i = 0; i + 1 < result.length; i++) {
        if (!is(result[i], first) || !is(result[i + 1], second)) continue;
        [result[i], result[i + 1]] = [result[i + 1]!, result[i]!];
        occasions.count += 1;
        i += 1;
      }
      return result;
    },
  };
}

/** A call that ends at once, and is made only behind the next one of another kind. */
export function moved(what: string, behind: string): Mistake {
  const occasions = { count: 0 };
  const mutate: Mutate = (backend, doing) => {
    const purposes = new Purposes(doing);
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
        occasions.count += due.length;
        for (const { make } of due) await make();
      }
      return result;
    });
  };
  return { name: `${what} behind ${behind}`, occasions, mutate };
}

/** Claims are looked at before `what`, and what was seen then is believed afterwards. */
export function lookedBefore(what: string): Mistake {
  const occasions = { count: 0 };
  const mutate: Mutate = (backend, doing) => {
    const purposes = new Purposes(doing);
    let seen: Promise<ObjectId[]> | undefined;
    return intercept(backend, async (verb, args, next) => {
      if ('claims' in backend.heads && purposes.of(verb, args) === what) {
        seen = backend.heads.claims();
        await seen;
      }
      if (verb !== 'heads.claims' || seen === undefined) return next();
      occasions.count += 1;
      const believed = seen;
      seen = undefined;
      return believed;
    });
  };
  return { name: `claims listed before ${what}`, occasions, mutate };
}

/** Steps of the protocol in another order, where the backend sees too little of it to change that. */
export function edited(name: string, edit: SourceEdit): Mistake {
  return { name, edit };
}
