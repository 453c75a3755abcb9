import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CacheBackend, type CacheOptions } from '@infinitree/backend-cache';
import { S3Backend, type S3Options } from '@infinitree/backend-s3';
import { type Backend, Infinitree } from '@infinitree/core';
import type { FakeS3, S3Fault } from '@infinitree/testing';
import { KEY, Notes } from './notes.js';

/** Sends again at once: the suite is about what comes of it, not about waiting. */
const atOnce: NonNullable<S3Options['retryStrategy']> = {
  acquireInitialRetryToken: async () => token(0),
  async refreshRetryTokenForRetry(before, { errorType }) {
    const count = before.getRetryCount() + 1;
    if (count >= 3 || errorType === 'CLIENT_ERROR') throw new Error('no further attempt');
    return token(count);
  },
  recordSuccess: () => undefined,
};

function token(count: number) {
  return { getRetryCount: () => count, getRetryDelay: () => 0 };
}

/** How programs see a bucket. */
export interface Access extends Partial<S3Options> {
  /** Through a cache in a directory of each program's own; default: directly. */
  readonly cache?: CacheOptions['mode'];
}

/** Room for a few dozen of the smallest objects, so that some have to go. */
const CACHE_BYTES = 2 * 1024 * 1024;

let made = 0;

/** A bucket of its own for one case, on a fake that all cases share. */
export class Bucket {
  readonly #s3: FakeS3;
  readonly name: string;
  readonly #from: number;
  readonly #timeoutMs: number;
  readonly #cache: CacheOptions['mode'] | undefined;
  readonly #options: Partial<S3Options>;

  /** `before`: what is in it at first. `access`: of all programs that use it. */
  constructor(s3: FakeS3, timeoutMs: number, before?: Bucket, { cache, ...options }: Access = {}) {
    this.#cache = cache;
    this.#options = options;
    this.#s3 = s3;
    this.name = `bucket-${made++}`;
    this.#from = s3.log.length;
    this.#timeoutMs = timeoutMs;
    if (before === undefined) s3.bucket(this.name);
    else s3.copyBucket(before.name, this.name);
  }

  /** A backend for a program of that name, which finds in its cache what it has left there. */
  async open(program: string): Promise<Backend> {
    const upstream = this.#opened(this.name, this.#timeoutMs);
    if (this.#cache === undefined) return upstream;
    const directory = join(this.#folder, program);
    return CacheBackend.open({ upstream, directory, maxBytes: CACHE_BYTES, mode: this.#cache });
  }

  fail(fault: S3Fault): void {
    this.#s3.fail({ ...fault, bucket: this.name });
  }

  heal(): void {
    this.#s3.heal(this.name);
  }

  /** What was asked of it, by the names of the protocol. */
  get asked(): string[] {
    return this.#s3.log
      .slice(this.#from)
      .flatMap(({ bucket, operation }) => (bucket === this.name ? [operation ?? 'unknown'] : []));
  }

  /** The messages of all commits there are, as somebody sees them who is not disturbed; undefined where there is no tree. */
  async messages(): Promise<string[] | undefined> {
    const copy = `${this.name}-seen-${made++}`;
    this.#s3.copyBucket(this.name, copy);
    const backend = this.#opened(copy, 20_000);
    try {
      const tree = await Infinitree.open(Notes, { backend, key: KEY, readonly: true });
      const messages = (await tree.commits()).map(({ message }) => message);
      await tree.close();
      return messages;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'INFINITREE_NOT_FOUND') return undefined;
      throw error;
    } finally {
      await backend.close();
      this.#s3.dropBucket(copy);
    }
  }

  drop(): void {
    this.heal();
    this.#s3.dropBucket(this.name);
    if (this.#cache !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  get #folder(): string {
    return join(tmpdir(), `infinitree-s3-faults-${process.pid}-${this.name}`);
  }

  #opened(bucket: string, timeoutMs: number): S3Backend {
    const { endpoint, accessKeyId, secretAccessKey } = this.#s3;
    const credentials = { accessKeyId, secretAccessKey };
    return new S3Backend({ bucket, endpoint, credentials, retryStrategy: atOnce, timeoutMs, ...this.#options });
  }
}
