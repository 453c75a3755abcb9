import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeBucket } from './fake-bucket.js';
import { deliver, refusalBy } from './faulty-answer.js';
import { emptyAnswer, errorAnswer, listAnswer, objectAnswer, type S3Answer, writeAnswer, xml } from './s3-answer.js';
import { type S3Fault, type S3FaultKind, S3FaultPlan } from './s3-faults.js';
import { readRequest, type S3Operation, type S3Request } from './s3-request.js';
import { refuseSignature, type S3Account } from './signature.js';

export interface FakeS3Options extends Partial<S3Account> {
  /** Buckets that are there from the beginning. Default: `bucket`. */
  readonly buckets?: readonly string[];
  /** Whether it enforces conditional writes (default), or ignores the headers as some stores do. */
  readonly conditions?: 'enforced' | 'ignored';
  /** The most keys of one page of a listing. Default: 1000. */
  readonly pageSize?: number;
  /** Where it listens, on loopback. Default: a free port. */
  readonly port?: number;
  /** The clock of the store, in milliseconds. */
  readonly now?: () => number;
}

/** One request that was answered, or was left without an answer. */
export interface S3LogEntry {
  readonly operation: S3Operation | undefined;
  readonly bucket: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly status: number;
  readonly fault: S3FaultKind | undefined;
}

/**
 * An object store on a port of its own that speaks S3: real HTTP, signatures of version 4 that are checked, conditional
 * writes, ranges, pages. What it holds is in memory. Requests can be made to go wrong.
 *
 * @example
 * const s3 = await FakeS3.start();
 * s3.fail({ kind: 'reset-after', operation: 'PutObject', nth: 2 }); // it takes effect, and its answer is lost
 */
export class FakeS3 implements AsyncDisposable {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly log: S3LogEntry[] = [];
  /** How many connections were made so far. */
  connections = 0;
  readonly #server: Server;
  readonly #buckets = new Map<string, FakeBucket>();
  readonly #faults = new S3FaultPlan();
  readonly #options: FakeS3Options;

  private constructor(options: FakeS3Options) {
    this.#options = options;
    this.accessKeyId = options.accessKeyId ?? 'fake-access-key';
    this.secretAccessKey = options.secretAccessKey ?? 'fake-secret-key';
    for (const name of options.buckets ?? ['bucket']) this.#buckets.set(name, new FakeBucket());
    this.#server = createServer((message, response) => void this.#serve(message, response));
    this.#server.on('connection', () => {
      this.connections += 1;
    });
  }

  static async start(options: FakeS3Options = {}): Promise<FakeS3> {
    const fake = new FakeS3(options);
    await new Promise<void>((resolve) => fake.#server.listen(options.port ?? 0, '127.0.0.1', resolve));
    return fake;
  }

  /** What clients are to be told; bucket names are part of the path. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Adds a fault; `nth` counts from the next request on. */
  fail(fault: S3Fault): void {
    this.#faults.add(fault);
  }

  /** Takes faults away, those about one bucket if one is named: the trouble is over. */
  heal(bucket?: string): void {
    this.#faults.clear(bucket);
  }

  /** What a bucket holds; it is made where it is missing. */
  bucket(name: string): FakeBucket {
    const bucket = this.#buckets.get(name) ?? new FakeBucket();
    this.#buckets.set(name, bucket);
    return bucket;
  }

  /** Makes a bucket with the same objects. */
  copyBucket(from: string, to: string): void {
    this.#buckets.set(to, new FakeBucket(this.bucket(from)));
  }

  dropBucket(name: string): void {
    this.#buckets.delete(name);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message);
    if (request === undefined) return;
    const fault = this.#faults.due(request);
    const answer = this.#answer(request, fault);
    const { operation, bucket, key, headers, body } = request;
    const entry = { operation, bucket, key, headers, bytesIn: body.length, fault };
    this.log.push({ ...entry, bytesOut: answer.body.length, status: answer.status });
    deliver(request, response, { ...answer, headers: { ...answer.headers, date: this.#now().toUTCString() } }, fault);
  }

  #answer(request: S3Request, fault: S3FaultKind | undefined): S3Answer {
    return refuseSignature(request, this) ?? refusalBy(fault) ?? this.#act(request, fault);
  }

  #act(request: S3Request, fault: S3FaultKind | undefined): S3Answer {
    const { operation, key, headers, body } = request;
    if (operation === undefined) return errorAnswer(501, 'NotImplemented');
    if (operation === 'CreateBucket') {
      this.bucket(request.bucket);
      return emptyAnswer(200);
    }
    const bucket = this.#buckets.get(request.bucket);
    if (bucket === undefined) return errorAnswer(404, 'NoSuchBucket');
    switch (operation) {
      case 'PutObject': {
        const ignored = this.#options.conditions === 'ignored' || fault === 'conditions-ignored';
        const conditions = ignored ? {} : { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] };
        return writeAnswer(bucket.put(key, body, this.#now(), conditions));
      }
      case 'GetObject':
      case 'HeadObject':
        return objectAnswer(bucket.get(key, fault === 'stale-read'), headers['range']);
      case 'DeleteObject':
        bucket.delete(key);
        return emptyAnswer(204);
      case 'ListObjectsV2':
        return listAnswer(bucket, request, this.#options.pageSize ?? Infinity);
      case 'GetBucketLocation':
        return xml(200, '<LocationConstraint></LocationConstraint>');
      case 'HeadBucket':
        return emptyAnswer(200);
    }
  }

  #now(): Date {
    return new Date((this.#options.now ?? Date.now)());
  }
}
