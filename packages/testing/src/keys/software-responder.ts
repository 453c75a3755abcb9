import { createHmac } from 'node:crypto';
import type { Responder } from '@infinitree/core';

/**
 * A device that answers challenges by HMAC-SHA1 (RFC 2104), in software: for tests of what asks one. Whoever has the secret can
 * do the same, so it protects nothing.
 */
export class SoftwareResponder implements Responder {
  readonly #secret: Uint8Array;
  /** Every challenge it was sent, oldest first. */
  readonly challenges: Uint8Array[] = [];

  /** Copies the secret, which may have any length. */
  constructor(secret: Uint8Array) {
    this.#secret = secret.slice();
  }

  async respond(challenge: Uint8Array): Promise<Uint8Array> {
    this.challenges.push(challenge);
    return new Uint8Array(createHmac('sha1', this.#secret).update(challenge).digest());
  }
}
