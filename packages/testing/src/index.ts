export type { Verb } from '@infinitree/core';
export { backendSuite } from './backend-suite.js';
export { TestClock } from './clock.js';
export { DelayedBackend, type DelayOptions } from './delayed-backend.js';
export { type CrashOptions, type CrashState, crashStates, type TornWrite } from './disk/crash-states.js';
export { DiskImage } from './disk/disk-image.js';
export type { DiskOperation, DiskRequest } from './disk/disk-operation.js';
export {
  SimulatedDisk,
  type SimulatedDiskOptions,
  type SimulatedFile,
  type SimulatedStat,
} from './disk/simulated-disk.js';
export { FailingBackend, type LogEntry } from './failing-backend.js';
export { type Failure } from './failure-plan.js';
export type { FieldOperation, FieldTarget, RefusedUse } from './field/target.js';
export { fieldSuite } from './field-suite.js';
export { FakeKms, type KmsLogEntry } from './keys/fake-kms.js';
export { SoftwareResponder } from './keys/software-responder.js';
export { FakeBucket, type StoredObject } from './s3/fake-bucket.js';
export { FakeS3, type FakeS3Options, type S3LogEntry } from './s3/fake-s3.js';
export { S3_FAULTS, type S3Fault, type S3FaultKind } from './s3/s3-faults.js';
export type { S3Operation } from './s3/s3-request.js';
export { SeededRandom, withSeed } from './seeded-random.js';
export type { BackendTarget, OpenedBackend, TestRunner } from './suite/runner.js';
