// `await using` needs these types, and no consumer should have to name them in a tsconfig.
/// <reference lib="esnext.disposable" preserve="true" />
export { requireBytes, requireObjectId, requireObjectIds, requireRange } from './backend/arguments.js';
export type {
  AdvisoryLocks,
  Backend,
  Cancel,
  Capabilities,
  CasHeads,
  EpochHeads,
  GetOptions,
  KeyObjects,
  Leftovers,
  RangeOptions,
  StoreOptions,
  SweepOptions,
  WarmHint,
} from './backend/backend.js';
export { BucketBackend, type BucketOptions } from './backend/bucket/bucket-backend.js';
export {
  BrokenAnswer,
  type BucketGet,
  type BucketObjectKind,
  type BucketPage,
  type BucketPort,
  type BucketPut,
  type BucketPutAnswer,
  type StoredBytes,
  type WriteCondition,
} from './backend/bucket/bucket-port.js';
export {
  bucketParameters,
  bucketSettings,
  type CommonBucketOptions,
  type CommonBucketSettings,
  decodedPath,
  requireFlag,
} from './backend/bucket/bucket-settings.js';
export { MAX_ANSWER_BYTES, receivedRange } from './backend/bucket/content-range.js';
export type { BackendCall, Interception, Verb } from './backend/calls.js';
export { InterceptedBackend } from './backend/intercepted.js';
export { LimitedBackend, type LimitOptions } from './backend/limited.js';
export { MemoryBackend, type MemoryOptions } from './backend/memory.js';
export { type BackendEvent, MeteredBackend, type MeterOptions } from './backend/metered.js';
export { type BackendOpener, openBackend, registerBackend } from './backend/registry.js';
export { RetryingBackend, type RetryOptions } from './backend/retrying.js';
export type { IndexKey } from './codec/index-key.js';
export type { Responder } from './crypto/challenge-response.js';
export { type CredentialOptions, type FinderOptions, Key, type KmsOptions, type NamedFinder } from './crypto/key.js';
export type { KmsCall, KmsProvider } from './crypto/kms.js';
export {
  ERROR_CODES,
  type ErrorCode,
  InfinitreeError,
  isInfinitreeError,
  type ShortCode,
  throwIfAborted,
} from './errors.js';
export { CustomField, type CustomFieldParts } from './fields/custom-field.js';
export { Serialized } from './fields/serialized.js';
export { SnapshotList } from './fields/snapshot-list.js';
export { SnapshotMap } from './fields/snapshot-map.js';
export { SnapshotSet } from './fields/snapshot-set.js';
export type { CellField, DeepReadonly, FieldOptions, Input, ListField, MapField, SetField } from './fields/types.js';
export { VersionedList } from './fields/versioned-list.js';
export { VersionedMap } from './fields/versioned-map.js';
export { VersionedSet } from './fields/versioned-set.js';
export type { ChunkPointer } from './format/chunk-pointer.js';
export { isObjectId, type ObjectId } from './format/ids.js';
export {
  type AnyField,
  type FieldKind,
  type FieldState,
  kind,
  type Strategy,
  type StrategyReader,
  type StrategyWriter,
} from './index/field-types.js';
export {
  type FieldRecord,
  type IndexRecord,
  indexRecordOf,
  registerIndex,
  type StandardSchema,
} from './index/records.js';
export type { Clock, Environment, RandomSource, Timer } from './platform/environment.js';
export type { IndexClass } from './tree/bind.js';
export type { Fault, FaultKind, FaultPart } from './tree/care/fault.js';
export type { Amount, GcOptions, GcReport } from './tree/care/gc-report.js';
export type { RepairOptions, RepairReport } from './tree/care/repair-report.js';
export type { VerifyOptions, VerifyReport } from './tree/care/verify-report.js';
export type { Commit, ConflictingChange } from './tree/commit-info.js';
export type { CopyOptions, CopyReport } from './tree/copy/copy-report.js';
export { copyTree } from './tree/copy/copy-tree.js';
export { Dropbox, type SendOptions } from './tree/dropbox/dropbox.js';
export type { AddDropboxOptions, Dropboxes, DropboxInfo, NewDropbox } from './tree/dropbox/dropboxes.js';
export type {
  BatchFault,
  BatchFaultKind,
  MergedBatch,
  MergeOptions,
  MergeReport,
} from './tree/dropbox/merge-report.js';
export { Infinitree } from './tree/infinitree.js';
export type { AddKeyOptions, Keyring } from './tree/keys/keyring.js';
export type { KeyInfo } from './tree/keys/registry.js';
export type { CreateOptions, MemoryBudget, OpenOptions, TreeOptions } from './tree/options.js';
export type { Verdict } from './tree/read/verdict.js';
export type { RefreshOptions } from './tree/refresh.js';
export type { CommitFilter, Ref } from './tree/refs.js';
export type { RotateOptions, RotateReport } from './tree/rotation/rotate-report.js';
export type { DeclaredField, SchemaReport, SchemaWarning, StoredField } from './tree/schema-report.js';
export type { BlobReading } from './tree/storage/blob-reading.js';
export type { BlobRef } from './tree/storage/blob-ref.js';
export type { Blobs, PutOptions } from './tree/storage/blobs.js';
export type { ByteSource } from './tree/storage/byte-source.js';
export type { StorageReader, StorageWriter } from './tree/storage/storage-io.js';
export type { CollectionName, Entries, FieldName, KeyOf, LoadOptions, Progress, Range, ValueOf } from './tree/types.js';
export type { View } from './tree/view.js';
export type { WatchOptions } from './tree/watch.js';
export type { CommitOptions } from './tree/write/commit-options.js';
export type { CompactOptions, CompactReport } from './tree/write/compact-report.js';
