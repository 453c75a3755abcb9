import { isWellFormed } from '../bytes/well-formed.js';
import { InfinitreeError } from '../errors.js';
import { MAX_QUESTION } from '../format/key-header.js';
import { type Asking, ask, timeoutOf } from './ask.js';
import { KEY_SIZE } from './primitives.js';
import type { Answered, SecondStage } from './second-stage.js';
import type { Suite } from './suite.js';

/** What each call of a KMS says besides. */
export interface KmsCall {
  /**
   * What a wrapped secret belongs to. A secret that was wrapped with one context MUST NOT be unwrapped with another.
   * The KMS sees it, and may write it down.
   */
  readonly context: Readonly<Record<string, string>>;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * A key management service, as far as a tree needs one: it holds a key that does not leave it, and decides who may use
 * it. It is asked when a tree is opened, created or given the key, and at no commit.
 *
 * Reject with `WRONG_KEY` where the service says that this key, with this context, did not wrap what was given; with `BACKEND`
 * and `denied` where a permission is missing, which the message names; with `BACKEND` and `retryable` for what may pass.
 */
export interface KmsProvider {
  /** Names the key in messages. */
  readonly keyId: string;
  /** Wraps a secret of 32 bytes, which is zeroed afterwards, into 380 bytes at most. */
  wrap(secret: Uint8Array, call: KmsCall): Promise<Uint8Array>;
  /** The secret that was wrapped: 32 bytes, which the caller zeroes. */
  unwrap(wrapped: Uint8Array, call: KmsCall): Promise<Uint8Array>;
}

/** Part of every context, so that nothing else that a KMS has wrapped is taken for the secret of a tree. */
const PURPOSE = { infinitree: 'key object' };

/** The second stage of a key that a KMS holds. Throws `INVALID_ARGUMENT` for what is no provider or no context. */
export function kmsStage(
  provider: KmsProvider,
  options: { readonly context?: Readonly<Record<string, string>> | undefined; readonly timeoutMs?: number | undefined },
): SecondStage {
  requireProvider(provider);
  const { keyId } = provider;
  const context = contextOf(options.context);
  const asked = { name: `the KMS, about its key ${keyId}`, timeoutMs: timeoutOf(options.timeoutMs) };

  async function answer(question: Uint8Array, asking: Asking): Promise<Uint8Array> {
    const secret = await ask(asked, asking, (signal) => provider.unwrap(question.slice(), { context, signal }));
    if (secret instanceof Uint8Array && secret.length === KEY_SIZE) return secret;
    throw new InfinitreeError('BACKEND', `The KMS did not give a secret of ${KEY_SIZE} bytes for its key ${keyId}.`);
  }

  async function wrapped(secret: Uint8Array, asking: Asking): Promise<Uint8Array> {
    const given = await ask(asked, asking, (signal) => provider.wrap(secret, { context, signal }));
    if (given instanceof Uint8Array && given.length > 0 && given.length <= MAX_QUESTION) return given.slice();
    throw new InfinitreeError(
      'BACKEND',
      `The KMS did not give a wrapped secret of 1 to ${MAX_QUESTION} bytes for its key ${keyId}.`,
    );
  }

  return {
    async pose(suite: Suite, random: Uint8Array, asking: Asking): Promise<Answered> {
      // A copy is wrapped, so that nobody but us has what the answer is compared with.
      const copy = random.slice();
      try {
        const question = await wrapped(copy, asking);
        // Who may wrap may not be allowed to unwrap, and must not be given a tree that nobody can open.
        const secret = await answer(question, asking);
        if (suite.equal(secret, random)) return { question, answer: secret };
        secret.fill(0);
        throw new InfinitreeError('WRONG_KEY', `The KMS gave back another secret than its key ${keyId} had wrapped.`);
      } finally {
        copy.fill(0);
        random.fill(0);
      }
    },
    answer,
  };
}

function requireProvider(provider: unknown): void {
  const { keyId, wrap, unwrap } = (provider ?? {}) as { readonly [name in keyof KmsProvider]?: unknown };
  if (typeof keyId === 'string' && typeof wrap === 'function' && typeof unwrap === 'function') return;
  throw new InfinitreeError('INVALID_ARGUMENT', 'A provider of a KMS has a keyId and the methods wrap() and unwrap().');
}

function contextOf(context: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const given: unknown = context;
  const isObject = typeof given === 'object' && given !== null;
  const entries: [unknown, unknown][] = isObject ? Object.entries(context) : [];
  const isText = (part: unknown) => typeof part === 'string' && part !== '' && isWellFormed(part);
  if (!isObject || !entries.every((entry) => entry.every(isText))) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'The context of a KMS is an object of strings that are not empty.');
  }
  if (entries.some(([name]) => name === 'infinitree')) {
    throw new InfinitreeError('INVALID_ARGUMENT', 'The name "infinitree" is taken in the context of a KMS.');
  }
  return Object.freeze({ ...PURPOSE, ...context });
}
