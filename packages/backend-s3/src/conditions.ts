import { randomBytes } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { type Cancel, InfinitreeError } from '@infinitree/core';
import { abortable } from './reading.js';
import { extrasFor, type Store } from './store.js';
import { isAbsent, isDenied, statusOf } from './trouble.js';

type Condition = Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>;

/** What a write on a condition came to. */
type Outcome = { readonly outcome: 'held' | 'refused'; readonly etag: string };

/** A version that nothing has. */
const NO_VERSION = '0'.repeat(32);

/**
 * Whether the store enforces the conditions of writes. Some ignore the headers, and then two writers would overwrite each
 * other without a word. Found out by trying, once for each backend: before the first head of a tree thoroughly, before
 * a later one by a single request.
 */
export class Conditions {
  readonly #store: Store;
  #known: Promise<boolean> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether they are enforced; where they are not, and the caller did not take that upon him, `UNSUPPORTED`. */
  async enforced(depth: 'thorough' | 'quick', options: Cancel | undefined): Promise<boolean> {
    // One that fails says nothing, and is made again.
    this.#known ??= this.#probe(depth, options).catch((error: unknown) => {
      this.#known = undefined;
      throw error;
    });
    const enforced = await this.#known;
    if (!enforced && !this.#store.settings.unsafeSingleWriter) throw unsupported();
    return enforced;
  }

  async #probe(depth: 'thorough' | 'quick', options: Cancel | undefined): Promise<boolean> {
    const key = `${this.#store.settings.prefix}probe-${randomBytes(16).toString('hex')}`;
    if (depth === 'quick') {
      const refused = (await this.#put(key, 0, { IfMatch: NO_VERSION }, options)).outcome === 'refused';
      // What is enforced leaves nothing behind.
      if (!refused) await this.#remove(key, options);
      return refused;
    }
    try {
      return await this.#thorough(key, options);
    } finally {
      await this.#remove(key, options);
    }
  }

  async #thorough(key: string, options: Cancel | undefined): Promise<boolean> {
    const first = await this.#put(key, 1, { IfNoneMatch: '*' }, options);
    const again = await this.#put(key, 2, { IfNoneMatch: '*' }, options);
    if (first.outcome === 'refused' || again.outcome === 'held') return false;
    const next = await this.#put(key, 3, { IfMatch: plain(first.etag) }, options);
    const outdated = await this.#put(key, 4, { IfMatch: plain(first.etag) }, options);
    return next.outcome === 'held' && outdated.outcome === 'refused';
  }

  async #put(key: string, content: number, condition: Condition, options: Cancel | undefined): Promise<Outcome> {
    const { clients, settings, gate } = this.#store;
    const input = { Bucket: settings.bucket, Key: key, Body: Uint8Array.of(content), ...condition };
    const command = new PutObjectCommand({ ...extrasFor(this.#store, 'heads'), ...input });
    try {
      const { ETag: etag = '' } = await gate.request(() => clients.once.send(command, abortable(options)));
      return { outcome: 'held', etag };
    } catch (error) {
      // 501: it says by itself that it cannot. Anything else says nothing about conditions.
      if (statusOf(error) !== 412 && statusOf(error) !== 501 && !isAbsent(error)) throw error;
      return { outcome: statusOf(error) === 501 ? 'held' : 'refused', etag: '' };
    }
  }

  async #remove(key: string, options: Cancel | undefined): Promise<void> {
    const { clients, settings, gate } = this.#store;
    const command = new DeleteObjectCommand({ Bucket: settings.bucket, Key: key });
    try {
      await gate.request(() => clients.patient.send(command, abortable(options)));
    } catch (error) {
      // Who may not delete can have a tree all the same; one byte stays behind, under a name that is no id.
      if (!isDenied(error)) throw error;
    }
  }
}

/** A version as conditions name it: without quotes, which some stores take for a part of it. */
export function plain(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}

function unsupported(): InfinitreeError {
  return new InfinitreeError(
    'UNSUPPORTED',
    'This store does not enforce conditional writes (If-None-Match and If-Match of PutObject), so that two writers would ' +
      'overwrite each other. Use one that does; or, where there is certainly never more than one writer, say ' +
      '`unsafeSingleWriter: true`.',
  );
}
