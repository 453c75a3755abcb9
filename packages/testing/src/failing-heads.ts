import type { Backend, CasHeads, EpochHeads } from '@infinitree/core';
import type { Run, Walk } from './verbs.js';

/** The heads of `inner`, of whichever kind, with every call going through `run` or `walk`. */
export function failingHeads(inner: Backend, run: Run, walk: Walk): CasHeads | EpochHeads {
  return inner.capabilities.heads === 'cas'
    ? failingCas(inner.heads as CasHeads, run)
    : failingEpochs(inner.heads as EpochHeads, run, walk);
}

function failingCas(inner: CasHeads, run: Run): CasHeads {
  return {
    read: (id, options) => run('heads.read', [id], () => inner.read(id, options)),
    cas: (id, bytes, etag, options) => run('heads.cas', [id], () => inner.cas(id, bytes, etag, options)),
    remove: (id, options) => run('heads.remove', [id], () => inner.remove(id, options)),
  };
}

function failingEpochs(inner: EpochHeads, run: Run, walk: Walk): EpochHeads {
  return {
    durability: inner.durability,
    claim: (name, options) => run('heads.claim', [name], () => inner.claim(name, options)),
    claims: (options) => run('heads.claims', [], () => inner.claims(options)),
    release: (names, options) => run('heads.release', names, () => inner.release(names, options)),
    create: (id, bytes, options) => run('heads.create', [id], () => inner.create(id, bytes, options)),
    read: (id, options) => run('heads.read', [id], () => inner.read(id, options)),
    append: (id, offset, bytes, options) => run('heads.append', [id], () => inner.append(id, offset, bytes, options)),
    sync: (id, options) => run('heads.sync', [id], () => inner.sync(id, options)),
    remove: (id, options) => run('heads.remove', [id], () => inner.remove(id, options)),
    list: (options) => walk('heads.list', () => inner.list(options)),
  };
}
