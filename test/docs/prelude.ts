// What snippets of the documentation use without saying where it comes from, because the reader knows.
import { CacheBackend } from '@infinitree/backend-cache';
import {
  type Backend,
  CustomField,
  copyTree,
  Dropbox,
  Infinitree,
  InfinitreeError,
  isInfinitreeError,
  Key,
  LimitedBackend,
  MemoryBackend,
  MeteredBackend,
  RetryingBackend,
  registerBackend,
  Serialized,
  SnapshotList,
  SnapshotMap,
  SnapshotSet,
  type Strategy,
  VersionedList,
  VersionedMap,
  VersionedSet,
} from '@infinitree/core';
import { defineIndex, Field, Index, Skip } from '@infinitree/schema';
import {
  backendSuite,
  crashStates,
  DelayedBackend,
  FailingBackend,
  FakeS3,
  fieldSuite,
  SimulatedDisk,
} from '@infinitree/testing';

export type { Backend, Strategy };
export {
  backendSuite,
  CacheBackend,
  CustomField,
  copyTree,
  crashStates,
  DelayedBackend,
  Dropbox,
  defineIndex,
  FailingBackend,
  FakeS3,
  Field,
  fieldSuite,
  Index,
  Infinitree,
  InfinitreeError,
  isInfinitreeError,
  Key,
  LimitedBackend,
  MemoryBackend,
  MeteredBackend,
  RetryingBackend,
  registerBackend,
  Serialized,
  SimulatedDisk,
  Skip,
  SnapshotList,
  SnapshotMap,
  SnapshotSet,
  VersionedList,
  VersionedMap,
  VersionedSet,
};

export interface PlantHealth {
  temperature: number;
  id?: number;
}

@Index()
export class Measurements {
  @Field() lastTime = new Serialized<number>(0);
  @Field() measurements = new VersionedMap<number, PlantHealth>();
  @Skip() currentTime = 0;
}

export declare const backend: Backend;
export declare const key: Key;
export declare const tree: Infinitree<Measurements>;
export declare const map: VersionedMap<number, PlantHealth>;
export declare const lastTime: Serialized<number>;
export declare function print(...values: readonly unknown[]): void;
export declare function createIt(): void;

/** Somebody's own backend. */
export declare class PigeonBackend {
  static open(loft: URL | string, options?: object): Promise<Backend>;
}
export declare function freshLoft(): string;
export declare function sameLoft(): string;
export declare function removeLoft(): Promise<void>;
