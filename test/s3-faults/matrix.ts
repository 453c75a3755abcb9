import { FakeS3, type FakeS3Options, S3_FAULTS, type S3FaultKind } from '@infinitree/testing';
import { type Access, Bucket } from './bucket.js';
import { checkInTheEnd } from './final-check.js';
import { Ledger } from './ledger.js';
import { WORKLOADS, type Workload } from './workloads.js';
import { type Terms, Writer } from './writer.js';

/** One request of one workload going wrong, once or as often as it is sent in one call. */
export interface MatrixCase {
  readonly workload: string;
  readonly kind: S3FaultKind;
  readonly nth: number;
  readonly times: number;
}

export interface Outcome {
  readonly met: ReadonlyMap<string, number>;
  /** What is wrong. */
  readonly finding: string | undefined;
}

const READS = ['GetObject', 'HeadObject', 'ListObjectsV2'];
/** Faults of which the answers to some requests alone can show something. */
const ONLY: Partial<Readonly<Record<S3FaultKind, readonly string[]>>> = {
  'half-body': ['GetObject', 'ListObjectsV2'],
  'short-length': ['GetObject', 'ListObjectsV2'],
  'extra-bytes': ['GetObject', 'ListObjectsV2'],
  'stale-read': READS,
  'conditions-ignored': ['PutObject'],
};
/** Answers that show less than there is: nobody can tell them from the truth at once. */
const LIES: readonly S3FaultKind[] = ['not-found', 'stale-read'];
const SILENT_MS = 150;
const PATIENT_MS = 20_000;

/** Runs cases on one fake. */
export class Matrix implements AsyncDisposable {
  readonly #s3: FakeS3;
  readonly #access: Access;
  readonly #prepared = new Map<string, Promise<{ bucket: Bucket | undefined; ledger: Ledger }>>();

  private constructor(s3: FakeS3, access: Access) {
    this.#s3 = s3;
    this.#access = access;
  }

  /** `fake`: the store; `access`: of all programs that use it. */
  static async start(fake: FakeS3Options = {}, access: Access = {}): Promise<Matrix> {
    return new Matrix(await FakeS3.start(fake), access);
  }

  /** All cases, by the requests that are made where none goes wrong. */
  async cases(): Promise<MatrixCase[]> {
    const cases: MatrixCase[] = [];
    for (const workload of Object.keys(WORKLOADS)) {
      const asked: string[] = [];
      const { finding } = await this.#play(workload, PATIENT_MS, termsFor(workload), (bucket) => bucket.asked, asked);
      if (finding !== undefined) throw new Error(`${workload}: ${finding}`);
      for (const kind of S3_FAULTS) {
        // Two writers and a condition that is ignored once are what no client can notice.
        if (kind === 'conditions-ignored' && WORKLOADS[workload]!.contended === true) continue;
        for (const [i, operation] of asked.entries()) {
          if (ONLY[kind]?.includes(operation) === false) continue;
          for (const times of [1, 3]) cases.push({ workload, kind, nth: i + 1, times });
        }
      }
    }
    return cases;
  }

  async run({ workload, kind, nth, times }: MatrixCase): Promise<Outcome> {
    const timeoutMs = kind.startsWith('silent') ? SILENT_MS : PATIENT_MS;
    const terms = termsFor(workload, kind);
    return this.#play(workload, timeoutMs, terms, (bucket) => bucket.fail({ kind, nth, times }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const prepared of this.#prepared.values()) {
      // One that could not be prepared has been told as what it was prepared for.
      const made = await prepared.catch(() => undefined);
      made?.bucket?.drop();
    }
    await this.#s3.close();
  }

  async #play(
    name: string,
    timeoutMs: number,
    terms: Terms,
    begin: (bucket: Bucket) => unknown,
    asked: string[] = [],
  ): Promise<Outcome> {
    const workload = WORKLOADS[name]!;
    const before = await this.#before(name, workload);
    const bucket = new Bucket(this.#s3, timeoutMs, before.bucket, this.#access);
    const ledger = before.ledger.copy();
    const writers = [new Writer('first', bucket, ledger, terms)];
    const other = (): Writer => {
      const writer = new Writer('second', bucket, ledger, terms);
      writers.push(writer);
      return writer;
    };
    const work = async (): Promise<void> => {
      begin(bucket);
      await workload.run(writers[0]!, other);
      asked.push(...bucket.asked);
      await checkInTheEnd(bucket, ledger);
    };
    const finding = await work().then(
      () => undefined,
      (error: unknown) => describe(error),
    );
    bucket.heal();
    await Promise.allSettled(writers.map((writer) => writer.end()));
    bucket.drop();
    this.#s3.log.length = 0;
    return { met: terms.met, finding };
  }

  #before(name: string, { prepare }: Workload) {
    const known = this.#prepared.get(name);
    if (known !== undefined) return known;
    const made = (async () => {
      const ledger = new Ledger();
      if (prepare === undefined) return { bucket: undefined, ledger };
      const bucket = new Bucket(this.#s3, PATIENT_MS, undefined, this.#access);
      const writer = new Writer('before', bucket, ledger, termsFor(name));
      await prepare(writer);
      await writer.end();
      return { bucket, ledger };
    })();
    this.#prepared.set(name, made);
    return made;
  }
}

/** Codes that fit a fault. A commit may be of unknown outcome whatever it is. */
export function termsFor(workload: string, kind?: S3FaultKind): Terms {
  const codes = new Set<string>();
  if (kind !== undefined) for (const code of ['BACKEND', 'COMMIT_UNKNOWN']) codes.add(code);
  if (kind === 'conditions-ignored' || kind === 'precondition-failed' || kind === 'not-found') codes.add('UNSUPPORTED');
  if (kind !== undefined && LIES.includes(kind)) {
    for (const code of ['CONFLICT', 'ROLLBACK', 'CORRUPT', 'NOT_FOUND', 'WRONG_KEY']) codes.add(code);
  }
  return { codes, contended: WORKLOADS[workload]?.contended === true, met: new Map() };
}

export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (caused by ${describe(error.cause)})`;
}

export function nameOf({ workload, kind, nth, times }: MatrixCase): string {
  return [workload, kind, nth, times].join(':');
}
