import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import type {
  BucketGet,
  BucketPage,
  BucketPort,
  BucketPut,
  BucketPutAnswer,
  Cancel,
  StoredBytes,
  WriteCondition,
} from '@infinitree/core';
import { BrokenAnswer } from '@infinitree/core';
import type { Clients } from './client.js';
import { getObject } from './get-object.js';
import type { Settings } from './options.js';
import { asTrouble, attemptsOf, isAbsent, isAnswer, isDenied, statusOf } from './trouble.js';

type Named = { readonly Bucket: string; readonly Key: string };

/** The requests to S3, by the commands of the SDK. */
export class S3Port implements BucketPort {
  readonly #settings: Settings;
  readonly #clients: Clients;

  constructor(settings: Settings, clients: Clients) {
    this.#settings = settings;
    this.#clients = clients;
  }

  async put(name: string, bytes: Uint8Array, { kind, condition, once, signal }: BucketPut): Promise<BucketPutAnswer> {
    const { storageClass, encryption } = this.#settings;
    const input = { ...encryption, StorageClass: storageClass?.[kind], ...this.#named(name), Body: bytes };
    const client = once ? this.#clients.once : this.#clients.patient;
    try {
      const answer = await client.send(new PutObjectCommand({ ...input, ...headersOf(condition) }), abortable(signal));
      // An error that comes with a status of success has no version.
      if (answer.ETag === undefined) throw new BrokenAnswer('the answer is not that of an object store');
      return { outcome: 'stored', version: answer.ETag };
    } catch (error) {
      const status = statusOf(error);
      if (status === 412) return { outcome: 'refused', attempts: attemptsOf(error) };
      // So a store says that the version of what is not there cannot match.
      if (typeof condition === 'object' && isAbsent(error)) return { outcome: 'refused', attempts: 1 };
      if (condition !== 'none' && status === 501) return { outcome: 'unable' };
      throw error;
    }
  }

  get(name: string, { range, signal }: BucketGet): Promise<StoredBytes | undefined> {
    const input = { ...this.#named(name), ...this.#keyForReading() };
    return getObject(this.#clients.patient, input, range, abortable(signal));
  }

  async version(name: string, { signal }: Cancel): Promise<string | undefined> {
    return unlessAbsent(async () => {
      const command = new HeadObjectCommand({ ...this.#named(name), ...this.#keyForReading() });
      return (await this.#clients.patient.send(command, abortable(signal))).ETag ?? '';
    });
  }

  /** Both moments are told by the store, in one answer. */
  async age(name: string, { signal }: Cancel): Promise<number | undefined> {
    const command = new HeadObjectCommand({ ...this.#named(name), ...this.#keyForReading() });
    let now = Number.NaN;
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { headers } = result.response as { headers: Readonly<Record<string, string>> };
        now = Date.parse(headers['date'] ?? '');
        return result;
      },
      { step: 'deserialize', name: 'dateOfAnswer', priority: 'low' },
    );
    return unlessAbsent(async () => {
      const { LastModified: modified } = await this.#clients.patient.send(command, abortable(signal));
      const age = now - (modified?.getTime() ?? Number.NaN);
      if (Number.isNaN(age)) throw new BrokenAnswer('the answer does not tell the time');
      return Math.max(0, age);
    });
  }

  /** By a request for each: many stores refuse or half understand the one that names several, and deleting is free. */
  async remove(name: string, { signal }: Cancel): Promise<boolean> {
    const answer = await unlessAbsent(() =>
      this.#clients.patient.send(new DeleteObjectCommand(this.#named(name)), abortable(signal)),
    );
    return answer === undefined || answer.$metadata.httpStatusCode === 204;
  }

  /** What lies deeper than the prefix belongs to others, and is not walked through. */
  async list(from: string | undefined, { signal }: Cancel): Promise<BucketPage> {
    const { bucket, prefix } = this.#settings;
    const input = { Bucket: bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: from };
    const answer = await this.#clients.patient.send(new ListObjectsV2Command(input), abortable(signal));
    const { IsTruncated: more, NextContinuationToken: next, Contents: contents = [] } = answer;
    // An error that comes with a status of success would look like the end of the list.
    if (more === undefined || (more && (next === undefined || next === from))) {
      throw new BrokenAnswer('the answer is not that of an object store');
    }
    return { names: contents.map(({ Key = '' }) => Key.slice(prefix.length)), next: more ? next : undefined };
  }

  isAnswer(error: unknown): boolean {
    return isAnswer(error);
  }

  isDenied(error: unknown): boolean {
    return isDenied(error);
  }

  trouble(what: string, error: unknown) {
    return asTrouble(what, `${this.#settings.bucket}/${this.#settings.prefix}`, error);
  }

  async close(): Promise<void> {
    this.#clients.patient.destroy();
    this.#clients.once.destroy();
  }

  /** Objects, key objects and heads share one prefix: nobody shall tell them apart. */
  #named(name: string): Named {
    return { Bucket: this.#settings.bucket, Key: `${this.#settings.prefix}${name}` };
  }

  /** What a read must say where the caller keeps the key of the server's encryption. */
  #keyForReading(): Pick<PutObjectCommandInput, 'SSECustomerAlgorithm' | 'SSECustomerKey'> {
    const { SSECustomerAlgorithm, SSECustomerKey } = this.#settings.encryption ?? {};
    return SSECustomerKey === undefined
      ? {}
      : { SSECustomerAlgorithm: SSECustomerAlgorithm ?? 'AES256', SSECustomerKey };
  }
}

/** A version goes without its quotes, which some stores take for a part of it. */
function headersOf(condition: WriteCondition): Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'> {
  if (condition === 'none') return {};
  return condition === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.version.replace(/^"(.*)"$/, '$1') };
}

async function unlessAbsent<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function abortable(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
