import type { Backend, Cancel, CasHeads, EpochHeads } from '@infinitree/core';

/**
 * The heads of `upstream`, and nothing of them is kept here. Whoever writes one waits first until all that it may refer to
 * has arrived. The tree asks for that before it gets here, so that trouble with it ends a commit that nobody has to doubt;
 * this is for those who do not ask, and for wrappers that do not pass it on.
 */
export function barrierHeads(upstream: Backend, arrived: (options?: Cancel) => Promise<void>): CasHeads | EpochHeads {
  const after = async <T>(options: Cancel | undefined, write: () => Promise<T>): Promise<T> => {
    await arrived(options);
    return write();
  };
  if (upstream.capabilities.heads === 'cas') {
    const heads = upstream.heads as CasHeads;
    return {
      read: (id, options) => heads.read(id, options),
      cas: (id, bytes, etag, options) => after(options, () => heads.cas(id, bytes, etag, options)),
      remove: (id, options) => heads.remove(id, options),
    };
  }
  const heads = upstream.heads as EpochHeads;
  return {
    durability: heads.durability,
    claim: (name, options) => heads.claim(name, options),
    claims: (options) => heads.claims(options),
    release: (names, options) => heads.release(names, options),
    create: (id, bytes, options) => after(options, () => heads.create(id, bytes, options)),
    read: (id, options) => heads.read(id, options),
    append: (id, offset, bytes, options) => after(options, () => heads.append(id, offset, bytes, options)),
    sync: (id, options) => heads.sync(id, options),
    remove: (id, options) => heads.remove(id, options),
    list: (options) => heads.list(options),
  };
}
