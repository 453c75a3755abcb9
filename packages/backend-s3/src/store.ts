import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { ObjectId } from '@infinitree/core';
import type { Clients } from './client.js';
import type { Gate } from './gate.js';
import type { S3ObjectKind, Settings } from './options.js';

/** What every part of this backend works with. */
export interface Store {
  readonly settings: Settings;
  readonly clients: Clients;
  readonly gate: Gate;
}

/** Names an object of this storage. Objects, key objects and heads share one prefix: nobody shall tell them apart. */
export function nameOfObject({ settings }: Store, id: ObjectId): { Bucket: string; Key: string } {
  return { Bucket: settings.bucket, Key: `${settings.prefix}${id}` };
}

/** What goes with an object that is written, by its kind. */
export function extrasFor({ settings }: Store, kind: S3ObjectKind): Partial<PutObjectCommandInput> {
  const storageClass = settings.storageClass?.[kind];
  return { ...settings.encryption, ...(storageClass === undefined ? {} : { StorageClass: storageClass }) };
}

/** What a read must say where the caller keeps the key of the server's encryption. */
export function keyForReading({
  settings,
}: Store): Pick<PutObjectCommandInput, 'SSECustomerAlgorithm' | 'SSECustomerKey'> {
  const { SSECustomerAlgorithm, SSECustomerKey } = settings.encryption ?? {};
  return SSECustomerKey === undefined ? {} : { SSECustomerAlgorithm: SSECustomerAlgorithm ?? 'AES256', SSECustomerKey };
}
