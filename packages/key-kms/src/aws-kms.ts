import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { InfinitreeError, type KmsCall, type KmsProvider } from '@infinitree/core';
import { type AwsKmsOptions, clientConfigOf, keyIdOf } from './options.js';
import { asTrouble } from './trouble.js';

export type { AwsKmsOptions } from './options.js';

/**
 * A key of AWS KMS, symmetric, for encryption. Nothing is asked of the service before a tree is opened or created with it. Who
 * may create or change keys needs `kms:Encrypt` and `kms:Decrypt`, who opens trees `kms:Decrypt` alone.
 *
 * @example
 * import { AwsKms } from '@infinitree/key-kms';
 * const kms = new AwsKms({ keyId: 'arn:aws:kms:eu-central-1:111122223333:alias/orders' });
 * const key = Key.fromKms(kms, { finder: { username: 'importer' }, context: { tree: 'orders' } });
 */
export class AwsKms implements KmsProvider {
  readonly keyId: string;
  readonly #client: KMSClient;

  /** Throws `INVALID_ARGUMENT` for options that cannot be meant. */
  constructor(options: AwsKmsOptions) {
    this.keyId = keyIdOf(options);
    this.#client = new KMSClient(clientConfigOf(options));
  }

  async wrap(secret: Uint8Array, { context, signal }: KmsCall): Promise<Uint8Array> {
    const input = { KeyId: this.keyId, Plaintext: secret, EncryptionContext: { ...context } };
    return this.#ask('kms:Encrypt', async () => {
      return (await this.#client.send(new EncryptCommand(input), { abortSignal: signal })).CiphertextBlob;
    });
  }

  /** With the one key that this is for: else whoever stores a tree could have one unwrapped that is not of its owner. */
  async unwrap(wrapped: Uint8Array, { context, signal }: KmsCall): Promise<Uint8Array> {
    const input = { KeyId: this.keyId, CiphertextBlob: wrapped, EncryptionContext: { ...context } };
    return this.#ask('kms:Decrypt', async () => {
      return (await this.#client.send(new DecryptCommand(input), { abortSignal: signal })).Plaintext;
    });
  }

  /** Gives its connections up. Keys that were made with it open no more trees then. */
  close(): void {
    this.#client.destroy();
  }

  async #ask(action: string, send: () => Promise<Uint8Array | undefined>): Promise<Uint8Array> {
    try {
      const given = await send();
      if (given !== undefined) return given;
    } catch (error) {
      throw asTrouble(action, this.keyId, error);
    }
    throw new InfinitreeError('BACKEND', `${action} with ${this.keyId} was answered with nothing. Check the endpoint.`);
  }
}
