import { toHex } from '../../bytes/hex.js';
import { InfinitreeError } from '../../errors.js';
import type { Cancel } from '../backend.js';
import type { BucketPutAnswer, WriteCondition } from './bucket-port.js';
import type { Bucket } from './bucket-requests.js';

/** A version that nothing has. */
const NO_VERSION = '0'.repeat(32);

/**
 * Whether a store enforces the conditions of writes. Some ignore the headers, and then two writers would overwrite each
 * other without a word. Found out by trying, once for each backend: before the first head of a tree thoroughly, before
 * a later one by a single request.
 */
export class Conditions {
  readonly #bucket: Bucket;
  readonly #unsafeSingleWriter: boolean;
  readonly #randomBytes: (length: number) => Uint8Array;
  #known: Promise<boolean> | undefined;

  constructor(bucket: Bucket, unsafeSingleWriter: boolean, randomBytes: (length: number) => Uint8Array) {
    this.#bucket = bucket;
    this.#unsafeSingleWriter = unsafeSingleWriter;
    this.#randomBytes = randomBytes;
  }

  /** Whether they are enforced; where they are not, and the caller did not take that upon him, `UNSUPPORTED`. */
  async enforced(depth: 'thorough' | 'quick', options: Cancel | undefined): Promise<boolean> {
    // One that fails says nothing, and is made again.
    this.#known ??= this.#probe(depth, options).catch((error: unknown) => {
      this.#known = undefined;
      throw error;
    });
    const enforced = await this.#known;
    if (enforced || this.#unsafeSingleWriter) return enforced;
    // It may have been a single wrong answer: who calls again has it tried again.
    this.#known = undefined;
    throw unsupported();
  }

  async #probe(depth: 'thorough' | 'quick', options: Cancel | undefined): Promise<boolean> {
    // No id, so that no listing shows it.
    const name = `probe-${toHex(this.#randomBytes(16))}`;
    if (depth === 'quick') {
      const { outcome } = await this.#put(name, 0, { version: NO_VERSION }, options);
      // What is enforced leaves nothing behind.
      if (outcome === 'stored') await this.#remove(name, options);
      return outcome === 'refused';
    }
    try {
      return await this.#thorough(name, options);
    } finally {
      await this.#remove(name, options);
    }
  }

  async #thorough(name: string, options: Cancel | undefined): Promise<boolean> {
    const first = await this.#put(name, 1, 'absent', options);
    const again = await this.#put(name, 2, 'absent', options);
    if (first.outcome !== 'stored' || again.outcome !== 'refused') return false;
    const next = await this.#put(name, 3, first, options);
    const outdated = await this.#put(name, 4, first, options);
    return next.outcome === 'stored' && outdated.outcome === 'refused';
  }

  #put(
    name: string,
    content: number,
    condition: WriteCondition,
    options: Cancel | undefined,
  ): Promise<BucketPutAnswer> {
    const { port, gate } = this.#bucket;
    const request = { kind: 'heads', condition, once: true, signal: options?.signal } as const;
    return gate.request(options, () => port.put(name, Uint8Array.of(content), request));
  }

  async #remove(name: string, options: Cancel | undefined): Promise<void> {
    const { port, gate } = this.#bucket;
    try {
      await gate.request(options, () => port.remove(name, { signal: options?.signal }));
    } catch (error) {
      // Who may not delete can have a tree all the same; one byte stays behind.
      if (!port.isDenied(error)) throw error;
    }
  }
}

function unsupported(): InfinitreeError {
  return new InfinitreeError(
    'UNSUPPORTED',
    'This store does not enforce conditional writes (If-None-Match and If-Match of PutObject), so that two writers would ' +
      'overwrite each other. Use one that does; or, where there is certainly never more than one writer, say ' +
      '`unsafeSingleWriter: true`.',
  );
}
