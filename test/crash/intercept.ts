import type { FilePort as CacheFilePort } from '@infinitree/backend-cache';
import type { FilePort } from '@infinitree/backend-directory';
import type { Backend } from '@infinitree/core';

/** Called in place of every asynchronous call of a backend. Verbs are named as in `heads.claim`. */
export type Around = (verb: string, args: readonly unknown[], next: () => Promise<unknown>) => Promise<unknown>;

/** Calls that end at once, or begin only when their result is gone through. */
const NOT_AWAITED = new Set(['list', 'keyObjects.list', 'heads.list', 'locks.holder', 'locks.describe']);

/** A backend of which every call goes through `around`. */
export function intercept(backend: Backend, around: Around): Backend {
  return wrap(backend, '', around);
}

function wrap<T extends object>(target: T, prefix: string, around: Around): T {
  return new Proxy(target, {
    get(_, key) {
      // Its own receiver: a proxy has none of the private members.
      const member: unknown = Reflect.get(target, key, target);
      const verb = `${prefix}${String(key)}`;
      if (verb === 'heads' || verb === 'keyObjects' || verb === 'locks')
        return wrap(member as object, `${verb}.`, around);
      if (typeof member !== 'function') return member;
      const call = (args: readonly unknown[]): unknown => Reflect.apply(member, target, args);
      if (NOT_AWAITED.has(verb)) return (...args: unknown[]) => call(args);
      return (...args: unknown[]) => around(verb, args, () => call(args) as Promise<unknown>);
    },
  });
}

/** What a directory asks of a file system, and a cache. */
type Files = FilePort & Pick<CacheFilePort, 'rename'>;

/** A file system of which every operation that is more than reading a file waits for `before`, and then calls `begin`. */
export function interceptFiles(files: Files, before: () => Promise<void>, begin: () => void): Files {
  const after = async <T>(operation: () => Promise<T>): Promise<T> => {
    await before();
    begin();
    return operation();
  };
  return {
    async open(path, mode) {
      const file = await after(() => files.open(path, mode));
      return {
        ...file,
        write: (bytes, position) => after(() => file.write(bytes, position)),
        sync: () => after(() => file.sync()),
        datasync: () => after(() => file.datasync()),
      };
    },
    link: (path, name) => after(() => files.link(path, name)),
    rename: (path, name) => after(() => files.rename(path, name)),
    unlink: (path) => after(() => files.unlink(path)),
    mkdir: (path) => after(() => files.mkdir(path)),
    readdir: (path) => after(() => files.readdir(path)),
    syncFolder: (path) => after(() => files.syncFolder(path)),
    stat: (path) => files.stat(path),
    fileSystemType: (path) => files.fileSystemType(path),
  };
}
