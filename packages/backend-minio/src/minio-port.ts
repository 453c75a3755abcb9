import { setTimeout as wait } from 'node:timers/promises';
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
import { Client, type ClientOptions } from 'minio';
import type { Settings } from './options.js';
import { receive } from './receive.js';
import { type Exchange, Transport } from './transport.js';
import { asTrouble, Rejection } from './trouble.js';

const PAGE = 1000;

/** The requests to a bucket, by the client of MinIO. */
export class MinioPort implements BucketPort {
  readonly #settings: Settings;
  readonly #transport: Transport;
  readonly #client: Client;

  constructor(settings: Settings) {
    const { host, port, tls, region, credentials } = settings;
    const transport = new Transport(settings);
    this.#settings = settings;
    this.#transport = transport;
    this.#client = new Client({
      endPoint: host.replace(/^\[(.*)\]$/, '$1'),
      ...(port === undefined ? {} : { port }),
      useSSL: tls,
      region,
      accessKey: credentials.accessKey,
      secretKey: credentials.secretKey,
      ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
      // Only the one form of it is used.
      transport: transport as unknown as NonNullable<ClientOptions['transport']>,
      transportAgent: transport.agent,
      // Its own attempts cannot be left out for heads, and are told on the console.
      retryOptions: { disableRetry: true },
    });
  }

  async put(
    name: string,
    bytes: Uint8Array,
    { kind: _, condition, once, signal }: BucketPut,
  ): Promise<BucketPutAnswer> {
    const { bucket, headers } = this.#settings;
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const all = { ...headers, ...headersOf(condition) };
    try {
      const { etag } = await this.#send({ signal }, once ? 1 : undefined, () =>
        this.#client.putObject(bucket, this.#key(name), body, body.length, { ...all }),
      );
      // An error that comes with a status of success has no version.
      if (etag === '') throw new BrokenAnswer('the answer is not that of an object store');
      return { outcome: 'stored', version: etag };
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      if (error.status === 412) return { outcome: 'refused', attempts: error.attempts };
      // So a store says that the version of what is not there cannot match.
      if (typeof condition === 'object' && error.isAbsent) return { outcome: 'refused', attempts: 1 };
      if (condition !== 'none' && error.status === 501) return { outcome: 'unable' };
      throw error;
    }
  }

  async get(name: string, { range, signal }: BucketGet): Promise<StoredBytes | undefined> {
    const [key, { bucket }] = [this.#key(name), this.#settings];
    try {
      return await this.#send({ signal }, undefined, async (exchange) => {
        const stream = await (range === undefined
          ? this.#client.getObject(bucket, key)
          : this.#client.getPartialObject(bucket, key, range[0], range[1] - range[0]));
        return receive(stream, exchange.headers ?? {}, range);
      });
    } catch (error) {
      // It begins behind the end of what is there.
      if (error instanceof Rejection && range !== undefined && error.status === 416) {
        return { bytes: new Uint8Array(0), version: '' };
      }
      if (error instanceof Rejection && error.isAbsent) return undefined;
      throw error;
    }
  }

  async version(name: string, { signal }: Cancel): Promise<string | undefined> {
    const { bucket } = this.#settings;
    return this.#send({ signal }, undefined, async () => {
      return (await this.#client.statObject(bucket, this.#key(name))).etag;
    }).catch(absent);
  }

  /** Both moments are told by the store, in one answer. */
  async age(name: string, { signal }: Cancel): Promise<number | undefined> {
    const { bucket } = this.#settings;
    return this.#send({ signal }, undefined, async (exchange) => {
      const { lastModified } = await this.#client.statObject(bucket, this.#key(name));
      const age = Date.parse(exchange.headers?.date ?? '') - lastModified.getTime();
      if (Number.isNaN(age)) throw new BrokenAnswer('the answer does not tell the time');
      return Math.max(0, age);
    }).catch(absent);
  }

  async remove(name: string, { signal }: Cancel): Promise<boolean> {
    const { bucket } = this.#settings;
    const isDone = await this.#send({ signal }, undefined, async (exchange) => {
      await this.#client.removeObject(bucket, this.#key(name));
      return exchange.status === 204;
    }).catch(absent);
    return isDone ?? true;
  }

  /** What lies deeper than the prefix belongs to others, and is not walked through. */
  async list(from: string | undefined, { signal }: Cancel): Promise<BucketPage> {
    const { bucket, prefix } = this.#settings;
    const page = await this.#send({ signal }, undefined, async (exchange) => {
      try {
        return await this.#client.listObjectsV2Query(bucket, prefix, from ?? '', '/', PAGE, '');
      } catch (error) {
        // An error that comes with a status of success is no listing.
        if (exchange.status === 200) throw new BrokenAnswer('the answer is not that of an object store', error);
        throw error;
      }
    });
    const next = page.isTruncated ? page.nextContinuationToken : undefined;
    if (page.isTruncated && (next === undefined || next === '' || next === from)) {
      throw new BrokenAnswer('the answer does not tell where the next page begins');
    }
    return { names: page.objects.map((item) => (item.name ?? '').slice(prefix.length)), next };
  }

  isAnswer(error: unknown): boolean {
    return error instanceof Rejection && (error.status === 409 || (error.status ?? 0) >= 500);
  }

  isDenied(error: unknown): boolean {
    return error instanceof Rejection && error.isDenied;
  }

  trouble(what: string, error: unknown) {
    const { host, bucket, prefix } = this.#settings;
    return asTrouble(what, `${host}/${bucket}/${prefix}`, error);
  }

  async close(): Promise<void> {
    this.#transport.agent.destroy();
  }

  #key(name: string): string {
    return `${this.#settings.prefix}${name}`;
  }

  /** Makes a request, and again while it fails by what may pass; once more each time, and after a longer wait. */
  async #send<T>(
    { signal }: Cancel,
    attempts: number | undefined,
    work: (exchange: Exchange) => Promise<T>,
  ): Promise<T> {
    const { maxAttempts, retryDelayMs } = this.#settings;
    for (let attempt = 1; ; attempt++) {
      const exchange: Exchange = { signal };
      try {
        return await this.#transport.during(exchange, () => work(exchange));
      } catch (error) {
        // What breaks off is asked for again by whoever knows what it is about.
        if (error instanceof BrokenAnswer) throw error;
        const rejection = new Rejection(error, exchange, attempt);
        const isLast = attempt >= (attempts ?? maxAttempts) || signal?.aborted === true;
        if (isLast || !rejection.passes || rejection.status === 409) throw rejection;
        // Half of it at random, so that not everybody comes again at once.
        await wait(retryDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
      }
    }
  }
}

/** A version goes without its quotes, which some stores take for a part of it. */
function headersOf(condition: WriteCondition): Record<string, string> {
  if (condition === 'none') return {};
  return condition === 'absent' ? { 'If-None-Match': '*' } : { 'If-Match': condition.version };
}

function absent(error: unknown): undefined {
  if (error instanceof Rejection && error.isAbsent) return undefined;
  throw error;
}
