import { sameBytes } from '../../bytes/compare.js';
import { InfinitreeError } from '../../errors.js';
import type { ObjectId } from '../../format/ids.js';
import { requireBytes, requireObjectId } from '../arguments.js';
import type { Cancel, CasHeads } from '../backend.js';
import type { BucketObjectKind, BucketPutAnswer, WriteCondition } from './bucket-port.js';
import { type Bucket, readObject, removeObjects, strange } from './bucket-requests.js';
import type { Conditions } from './conditions.js';

/** The writes to a bucket, and what became of them where the answer alone does not tell. */
export class BucketWrites {
  readonly #bucket: Bucket;
  readonly #conditions: Conditions;
  readonly #unsafeSingleWriter: boolean;

  constructor(bucket: Bucket, conditions: Conditions, unsafeSingleWriter: boolean) {
    this.#bucket = bucket;
    this.#conditions = conditions;
    this.#unsafeSingleWriter = unsafeSingleWriter;
  }

  /**
   * Stores a new object. The client sends again what got no answer, so a refusal may come from an earlier sending of this
   * very call; then what stands there tells.
   */
  async create(
    what: string,
    kind: BucketObjectKind,
    id: ObjectId,
    bytes: Uint8Array,
    options: Cancel | undefined,
  ): Promise<void> {
    requireObjectId(id);
    requireBytes(bytes);
    const condition = await this.#conditionOfCreation(what, id, options);
    const answer = await this.#put(id, bytes, kind, condition, false, options);
    if (answer.outcome === 'stored') return;
    const attempts = answer.outcome === 'refused' ? answer.attempts : 1;
    await this.#settle(what, id, bytes, attempts, options);
  }

  /** Heads by conditional writes, each of which is sent once and no more. */
  heads(): CasHeads {
    const { gate } = this.#bucket;
    return {
      read: (id, options) =>
        gate.call('heads.read', options, async () => {
          requireObjectId(id);
          const found = await readObject(this.#bucket, 'heads.read', id, 'twice', options, options?.range);
          return found && { bytes: found.bytes, etag: found.version };
        }),
      cas: (id, bytes, etag, options) =>
        gate.call('heads.cas', options, async () => {
          requireObjectId(id);
          requireBytes(bytes);
          return this.#swap(id, bytes, etag, options);
        }),
      remove: (id, options) =>
        gate.call('heads.remove', options, async () => {
          requireObjectId(id);
          await removeObjects(this.#bucket, 'heads.remove', [id], options);
        }),
    };
  }

  async #swap(id: ObjectId, bytes: Uint8Array, etag: string | null, options: Cancel | undefined) {
    if (!(await this.#conditions.enforced(etag === null ? 'thorough' : 'quick', options))) {
      // The only writer there is looks before it writes.
      if (((await this.#versionOf(id, options)) ?? null) !== etag) return undefined;
      return versionIn(await this.#put(id, bytes, 'heads', 'none', true, options));
    }
    const condition = etag === null ? 'absent' : { version: etag };
    try {
      return versionIn(await this.#put(id, bytes, 'heads', condition, true, options));
    } catch (error) {
      if (!this.#bucket.port.isAnswer(error)) throw error;
      return this.#afterwards(id, bytes, etag, error, options);
    }
  }

  /**
   * What became of a head that the store has answered by an error of its own. Some answer so to whoever loses a race, and
   * then what stands there tells. Where it stands unchanged, nobody knows.
   */
  async #afterwards(
    id: ObjectId,
    bytes: Uint8Array,
    etag: string | null,
    error: unknown,
    options: Cancel | undefined,
  ): Promise<string | undefined> {
    const found = await readObject(this.#bucket, 'heads.cas', id, 'twice', options).catch(() => {
      throw error;
    });
    if ((found?.version ?? null) === etag) throw error;
    return found !== undefined && sameBytes(found.bytes, bytes) ? found.version : undefined;
  }

  async #conditionOfCreation(what: string, id: ObjectId, options: Cancel | undefined): Promise<WriteCondition> {
    // Ids are drawn at random: where the store ignores the condition, the next head is refused, and nothing was overwritten.
    if (!this.#unsafeSingleWriter || (await this.#conditions.enforced('quick', options))) return 'absent';
    if ((await this.#versionOf(id, options)) !== undefined) throw exists(what, id);
    return 'none';
  }

  /** What it means that an id is said to be taken. */
  async #settle(
    what: string,
    id: ObjectId,
    bytes: Uint8Array,
    attempts: number,
    options: Cancel | undefined,
  ): Promise<void> {
    if (attempts === 1) {
      if ((await this.#versionOf(id, options)) !== undefined) throw exists(what, id);
    } else {
      const found = await readObject(this.#bucket, what, id, 'twice', options);
      if (found !== undefined && sameBytes(found.bytes, bytes)) return;
      if (found !== undefined) throw exists(what, id);
    }
    throw strange(what, id, 'the store refuses to overwrite what it does not have');
  }

  #put(
    id: ObjectId,
    bytes: Uint8Array,
    kind: BucketObjectKind,
    condition: WriteCondition,
    once: boolean,
    options: Cancel | undefined,
  ): Promise<BucketPutAnswer> {
    const { port, gate } = this.#bucket;
    return gate.request(options, () => port.put(id, bytes, { kind, condition, once, signal: options?.signal }));
  }

  #versionOf(id: ObjectId, options: Cancel | undefined): Promise<string | undefined> {
    return this.#bucket.gate.request(options, () => this.#bucket.port.version(id, { signal: options?.signal }));
  }
}

function versionIn(answer: BucketPutAnswer): string | undefined {
  return answer.outcome === 'stored' ? answer.version : undefined;
}

function exists(what: string, id: ObjectId): InfinitreeError {
  return new InfinitreeError('EXISTS', `${what}: ${id} is already there.`);
}
