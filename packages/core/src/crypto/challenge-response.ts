import { InfinitreeError } from '../errors.js';
import { type Asking, ask, timeoutOf } from './ask.js';
import type { Answered, SecondStage } from './second-stage.js';

const CHALLENGE_SIZE = 32;
const RESPONSE_SIZE = 20;

/**
 * A device that holds a secret and answers challenges by HMAC-SHA1 (RFC 2104) under it, such as a YubiKey. It is asked when a
 * tree is opened, created or given the key, and at no commit.
 */
export interface Responder {
  /**
   * The response to a challenge of 32 bytes: 20 bytes, which the caller zeroes. The same challenge has the same
   * response. Rejects with `BACKEND` and `retryable` where somebody has to insert or touch the device first, and with
   * `UNSUPPORTED` where something has to be installed.
   */
  respond(challenge: Uint8Array, options: { readonly signal: AbortSignal }): Promise<Uint8Array>;
}

/** The second stage of a key whose secret is in a device. Throws `INVALID_ARGUMENT` for what is no responder. */
export function challengeResponse(responder: Responder, timeout: number | undefined): SecondStage {
  if (typeof (responder as Partial<Responder> | undefined)?.respond !== 'function') {
    throw new InfinitreeError('INVALID_ARGUMENT', 'A responder is an object with a method respond().');
  }
  const asked = { name: 'the device that answers challenges', timeoutMs: timeoutOf(timeout) };

  async function answer(question: Uint8Array, asking: Asking): Promise<Uint8Array> {
    if (question.length !== CHALLENGE_SIZE) {
      const found = `A key object has a challenge of ${question.length} bytes in place of ${CHALLENGE_SIZE}.`;
      throw new InfinitreeError('CORRUPT', `${found} Whoever else opens the tree can repair() it.`);
    }
    const response = await ask(asked, asking, (signal) => responder.respond(question.slice(), { signal }));
    if (response instanceof Uint8Array && response.length === RESPONSE_SIZE) return response;
    throw new InfinitreeError(
      'BACKEND',
      `The device did not answer with the ${RESPONSE_SIZE} bytes of an HMAC-SHA1. Check that its slot is set up for that.`,
    );
  }

  return {
    async pose(_, random, asking): Promise<Answered> {
      // Commands fill a challenge up to 64 bytes with zeros, and a device may take zeros at the end off again.
      random.set([(random[CHALLENGE_SIZE - 1] ?? 0) | 1], CHALLENGE_SIZE - 1);
      return { question: random, answer: await answer(random, asking) };
    },
    answer,
  };
}
