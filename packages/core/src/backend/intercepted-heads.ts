import type { ObjectId } from '../format/ids.js';
import type { Backend, Cancel, CasHeads, EpochHeads } from './backend.js';
import type { BackendCall, Interception, Verb } from './calls.js';

/** Writes down what a call is about. */
export function backendCall(
  verb: Verb,
  ids: readonly ObjectId[],
  options: Cancel | undefined,
  content?: Uint8Array,
): BackendCall {
  return { verb, ids, content, signal: options?.signal };
}

/** The heads of `inner`, of whichever kind: arguments and results are those of `inner`, untouched. */
export function interceptedHeads(inner: Backend, by: Interception): CasHeads | EpochHeads {
  return inner.capabilities.heads === 'cas'
    ? interceptedCas(inner.heads as CasHeads, by)
    : interceptedEpochs(inner.heads as EpochHeads, by);
}

function interceptedCas(inner: CasHeads, by: Interception): CasHeads {
  return {
    read: (id, options) => by.call(backendCall('heads.read', [id], options), () => inner.read(id, options)),
    cas: (id, bytes, etag, options) =>
      by.call(backendCall('heads.cas', [id], options, bytes), () => inner.cas(id, bytes, etag, options)),
    remove: (id, options) => by.call(backendCall('heads.remove', [id], options), () => inner.remove(id, options)),
  };
}

function interceptedEpochs(inner: EpochHeads, by: Interception): EpochHeads {
  return {
    durability: inner.durability,
    claim: (name, options) => by.call(backendCall('heads.claim', [name], options), () => inner.claim(name, options)),
    claims: (options) => by.call(backendCall('heads.claims', [], options), () => inner.claims(options)),
    release: (names, options) =>
      by.call(backendCall('heads.release', names, options), () => inner.release(names, options)),
    create: (id, bytes, options) =>
      by.call(backendCall('heads.create', [id], options, bytes), () => inner.create(id, bytes, options)),
    read: (id, options) => by.call(backendCall('heads.read', [id], options), () => inner.read(id, options)),
    append: (id, offset, bytes, options) =>
      by.call(backendCall('heads.append', [id], options, bytes), () => inner.append(id, offset, bytes, options)),
    sync: (id, options) => by.call(backendCall('heads.sync', [id], options), () => inner.sync(id, options)),
    remove: (id, options) => by.call(backendCall('heads.remove', [id], options), () => inner.remove(id, options)),
    list: (options) => by.walk(backendCall('heads.list', [], options), () => inner.list(options)),
  };
}
