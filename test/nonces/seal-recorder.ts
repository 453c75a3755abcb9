import crypto, { createHash } from 'node:crypto';
import type { Primitives } from '../../packages/core/src/crypto/primitives.js';
import { loadSodium } from '../../packages/core/src/crypto/sodium-suite.js';

type Bytes = Uint8Array;
type Call = (...args: never[]) => unknown;

const { createCipheriv, createDecipheriv } = crypto;
const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');

/**
 * Writes down what is sealed under which key and nonce, whichever handle does it, in one provider of the suite and below
 * the other: whatever a suite is composed of has to come by here. Nothing is forgotten between handles, so the programs of one test
 * may be processes that know nothing of one another.
 */
export class SealRecorder {
  /** Pairs of a key and a nonce that were used for two different messages, and keys used for both seals and padding. */
  readonly repeated: string[] = [];
  /** Boxes that opened although nobody was seen sealing them: what the recorder does not see proves nothing. */
  readonly unseen: string[] = [];
  opened = 0;
  readonly #sealed = new Map<string, string>();
  readonly #sealingKeys = new Set<string>();
  readonly #streamKeys = new Set<string>();
  readonly #restore: (() => void)[] = [];

  /** How many different pairs of a key and a nonce there were. */
  get pairs(): number {
    return this.#sealed.size;
  }

  get streams(): number {
    return this.#streamKeys.size;
  }

  async install(): Promise<void> {
    const sodium = await loadSodium();
    const { seal, open, keyStream } = sodium;
    const watched: Pick<Primitives, 'seal' | 'open' | 'keyStream'> = {
      seal: (key, nonce, aad, plain) => {
        this.#seal(key, nonce, aad, plain);
        return seal(key, nonce, aad, plain);
      },
      open: (key, nonce, aad, sealed) => {
        const plain = open(key, nonce, aad, sealed);
        // What does not open is not noted.
        if (plain !== undefined) this.#open(key, nonce, sealed.length);
        return plain;
      },
      keyStream: (key, target) => {
        this.#stream(key);
        keyStream(key, target);
      },
    };
    Object.assign(sodium, watched);
    this.#restore.push(() => Object.assign(sodium, { seal, open, keyStream }));
    crypto.createCipheriv = ((algorithm: string, key: Bytes, nonce: Bytes, options: never) => {
      const cipher = createCipheriv(algorithm as 'chacha20-poly1305', key, nonce, options);
      if (algorithm === 'chacha20') this.#stream(key);
      else this.#watch(cipher, key, nonce);
      return cipher;
    }) as typeof createCipheriv;
    crypto.createDecipheriv = ((algorithm: string, key: Bytes, nonce: Bytes, options: never) => {
      const decipher = createDecipheriv(algorithm as 'chacha20-poly1305', key, nonce, options);
      const final = decipher.final.bind(decipher);
      decipher.final = (() => {
        const rest = final();
        this.#open(key, nonce, undefined);
        return rest;
      }) as typeof decipher.final;
      return decipher;
    }) as typeof createDecipheriv;
    this.#restore.push(() => Object.assign(crypto, { createCipheriv, createDecipheriv }));
  }

  uninstall(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  #watch(cipher: crypto.CipherChaCha20Poly1305 | crypto.CipherCCM, key: Bytes, nonce: Bytes): void {
    let aad: Bytes = new Uint8Array(0);
    const [setAAD, update] = [cipher.setAAD.bind(cipher), cipher.update.bind(cipher)] as Call[];
    Object.assign(cipher, {
      setAAD: (bytes: never) => {
        aad = bytes;
        return setAAD?.(bytes);
      },
      update: (plain: never) => {
        this.#seal(key, nonce, aad, plain);
        return update?.(plain);
      },
    });
  }

  #seal(key: Bytes, nonce: Bytes, aad: Bytes, plain: Bytes): void {
    const pair = `${hex(key)} ${hex(nonce)}`;
    const message = createHash('sha256').update(`${aad.length} ${plain.length} `).update(aad).update(plain);
    const digest = message.digest('base64');
    const before = this.#sealed.get(pair);
    // Sealing the same message again gives the same bytes, which tell nothing new.
    if (before !== undefined && before !== digest) this.#repeats(pair, aad, plain);
    this.#sealed.set(pair, digest);
    this.#sealingKeys.add(hex(key));
    if (this.#streamKeys.has(hex(key))) this.repeated.push(`${hex(key)} seals, and pads`);
  }

  #stream(key: Bytes): void {
    this.#streamKeys.add(hex(key));
    if (this.#sealingKeys.has(hex(key))) this.repeated.push(`${hex(key)} pads, and seals`);
  }

  #open(key: Bytes, nonce: Bytes, length: number | undefined): void {
    this.opened += 1;
    const pair = `${hex(key)} ${hex(nonce)}`;
    if (!this.#sealed.has(pair)) this.unseen.push(`${pair}, ${length ?? 'many'} bytes`);
  }

  #repeats(pair: string, aad: Bytes, plain: Bytes): void {
    const stack = new Error('here').stack?.split('\n').filter((line) => line.includes('/packages/'));
    this.repeated.push(`${pair}: ${aad.length} + ${plain.length} bytes\n${stack?.slice(0, 8).join('\n') ?? ''}`);
  }
}
