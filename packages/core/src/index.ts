export { requireObjectId, requireRange } from './backend/arguments.js';
export type {
  AdvisoryLocks,
  Backend,
  Cancel,
  Capabilities,
  CasHeads,
  EpochHeads,
  GetOptions,
  KeyObjects,
} from './backend/backend.js';
export { MemoryBackend, type MemoryOptions } from './backend/memory.js';
export { type BackendOpener, openBackend, registerBackend } from './backend/registry.js';
export {
  ERROR_CODES,
  type ErrorCode,
  InfinitreeError,
  isInfinitreeError,
  type ShortCode,
  throwIfAborted,
} from './errors.js';
export { isObjectId, type ObjectId } from './format/ids.js';
export type { Clock, Environment, RandomSource } from './platform/environment.js';
