import type { AdvisoryLocks, Backend, Cancel, CasHeads, EpochHeads, ObjectId, Verb } from '@infinitree/core';

import type { BackendTarget } from './runner.js';
import { idsOf, sampleBytes } from './samples.js';

/** One call of every verb but `close`, about a given id where it is about one. */
export interface Call {
  readonly verb: Verb;
  readonly takesId: boolean;
  make(backend: Backend, id: ObjectId, options?: Cancel): Promise<unknown>;
}

const bytes = sampleBytes(1, 10);
const cas = (backend: Backend) => backend.heads as CasHeads;
const epoch = (backend: Backend) => backend.heads as EpochHeads;
const locks = (backend: Backend) => backend.locks as AdvisoryLocks;

const ALWAYS: readonly Call[] = [
  { verb: 'put', takesId: true, make: (backend, id, options) => backend.put(id, bytes, options) },
  { verb: 'get', takesId: true, make: (backend, id, options) => backend.get(id, options) },
  { verb: 'delete', takesId: true, make: (backend, id, options) => backend.delete([id], options) },
  { verb: 'list', takesId: false, make: (backend, _, options) => idsOf(backend.list(options)) },
  { verb: 'keyObjects.put', takesId: true, make: (backend, id, options) => backend.keyObjects.put(id, bytes, options) },
  { verb: 'keyObjects.get', takesId: true, make: (backend, id, options) => backend.keyObjects.get(id, options) },
  { verb: 'keyObjects.delete', takesId: true, make: (backend, id, options) => backend.keyObjects.delete(id, options) },
  { verb: 'keyObjects.list', takesId: false, make: (backend, _, options) => idsOf(backend.keyObjects.list(options)) },
  { verb: 'heads.read', takesId: true, make: (backend, id, options) => backend.heads.read(id, options) },
  { verb: 'heads.remove', takesId: true, make: (backend, id, options) => backend.heads.remove(id, options) },
];

const CAS: readonly Call[] = [
  { verb: 'heads.cas', takesId: true, make: (backend, id, options) => cas(backend).cas(id, bytes, null, options) },
];

const EPOCH: readonly Call[] = [
  { verb: 'heads.claim', takesId: true, make: (backend, id, options) => epoch(backend).claim(id, options) },
  { verb: 'heads.claims', takesId: false, make: (backend, _, options) => epoch(backend).claims(options) },
  { verb: 'heads.release', takesId: true, make: (backend, id, options) => epoch(backend).release([id], options) },
  { verb: 'heads.create', takesId: true, make: (backend, id, options) => epoch(backend).create(id, bytes, options) },
  { verb: 'heads.append', takesId: true, make: (backend, id, options) => epoch(backend).append(id, 0, bytes, options) },
  { verb: 'heads.sync', takesId: true, make: (backend, id, options) => epoch(backend).sync(id, options) },
  { verb: 'heads.list', takesId: false, make: (backend, _, options) => idsOf(epoch(backend).list(options)) },
];

const LOCKS: readonly Call[] = [
  { verb: 'locks.create', takesId: true, make: (backend, id, options) => locks(backend).create(id, bytes, options) },
  { verb: 'locks.read', takesId: true, make: (backend, id, options) => locks(backend).read(id, options) },
  { verb: 'locks.remove', takesId: true, make: (backend, id, options) => locks(backend).remove(id, options) },
];

/** Every call that this kind of backend answers. */
export function callsOf(target: Pick<BackendTarget, 'heads' | 'locks'>): Call[] {
  return [...ALWAYS, ...(target.heads === 'cas' ? CAS : EPOCH), ...(target.locks === true ? LOCKS : [])];
}
