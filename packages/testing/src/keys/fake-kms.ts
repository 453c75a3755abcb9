import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { InfinitreeError, type KmsCall, type KmsProvider } from '@infinitree/core';

const CIPHER = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;
const NAME = 32;

export interface KmsLogEntry {
  readonly verb: 'wrap' | 'unwrap';
  readonly keyId: string;
  readonly context: Readonly<Record<string, string>>;
}

/**
 * A key management service in memory, for tests of what asks one: keys by their ids, of which old versions still unwrap;
 * context that is authenticated; permissions that can be taken away. Its keys are as safe as the memory of the process.
 */
export class FakeKms {
  readonly #keys = new Map<string, Buffer[]>();
  readonly #denied = new Set<string>();
  /** Every call, oldest first. */
  readonly log: KmsLogEntry[] = [];

  /** What a tree is given to reach the service by; the key is made when it is used first. */
  provider(keyId = 'test-key'): KmsProvider {
    return {
      keyId,
      wrap: async (secret, call) => this.#wrap(keyId, secret, call),
      unwrap: async (wrapped, call) => this.#unwrap(keyId, wrapped, call),
    };
  }

  /** Gives a key new material. What was wrapped before is unwrapped by the old one. */
  rotate(keyId = 'test-key'): void {
    this.#versions(keyId).push(randomBytes(32));
  }

  /** Takes a permission away, or gives it back. */
  allow(verb: KmsLogEntry['verb'], allowed: boolean): void {
    if (allowed) this.#denied.delete(verb);
    else this.#denied.add(verb);
  }

  #wrap(keyId: string, secret: Uint8Array, { context }: KmsCall): Uint8Array {
    this.#enter({ verb: 'wrap', keyId, context });
    const versions = this.#versions(keyId);
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv(CIPHER, versions.at(-1) as Buffer, nonce).setAAD(bytesOf(context));
    const sealed = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    return Uint8Array.from(Buffer.concat([nameOf(keyId), Buffer.of(versions.length - 1), nonce, sealed]));
  }

  #unwrap(keyId: string, wrapped: Uint8Array, { context }: KmsCall): Uint8Array {
    this.#enter({ verb: 'unwrap', keyId, context });
    const bytes = Buffer.from(wrapped);
    const version = this.#versions(keyId)[bytes[NAME] ?? 255];
    if (version === undefined || !bytes.subarray(0, NAME).equals(nameOf(keyId))) throw wrongKey(keyId);
    const [from, to] = [NAME + 1 + NONCE, bytes.length - TAG];
    const cipher = createDecipheriv(CIPHER, version, bytes.subarray(NAME + 1, from), { authTagLength: TAG });
    cipher.setAAD(bytesOf(context)).setAuthTag(bytes.subarray(to));
    try {
      return Uint8Array.from(Buffer.concat([cipher.update(bytes.subarray(from, to)), cipher.final()]));
    } catch (cause) {
      throw wrongKey(keyId, cause);
    }
  }

  #enter(entry: KmsLogEntry): void {
    this.log.push(entry);
    if (!this.#denied.has(entry.verb)) return;
    throw new InfinitreeError('BACKEND', `The fake KMS denies ${entry.verb} with ${entry.keyId}.`, { denied: true });
  }

  #versions(keyId: string): Buffer[] {
    const versions = this.#keys.get(keyId) ?? [randomBytes(32)];
    this.#keys.set(keyId, versions);
    return versions;
  }
}

function nameOf(keyId: string): Buffer {
  return createHash('sha256').update(keyId).digest();
}

/** Whatever the order of its members. */
function bytesOf(context: KmsCall['context']): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort()));
}

function wrongKey(keyId: string, cause?: unknown): InfinitreeError {
  return new InfinitreeError('WRONG_KEY', `The fake KMS did not wrap that with ${keyId} in this context.`, { cause });
}
