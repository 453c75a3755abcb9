import sodium from 'libsodium-wrappers-sumo';
import { offHeap } from '../bytes/off-heap.js';
import { InfinitreeError } from '../errors.js';

/** libsodium as its WebAssembly exports it, by addresses in its memory; lengths of 64 bits come in two halves. */
interface RawSodium {
  /** All of its memory. Another array whenever that has grown. */
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(address: number): void;
  _crypto_auth_hmacsha256(out: number, input: number, length: number, high: number, key: number): number;
  _crypto_auth_hmacsha256_statebytes(): number;
  _crypto_auth_hmacsha256_init(state: number, key: number, length: number): number;
  _crypto_auth_hmacsha256_update(state: number, input: number, length: number, high: number): number;
  _crypto_auth_hmacsha256_final(state: number, out: number): number;
  _crypto_pwhash(
    out: number,
    outLength: number,
    outHigh: number,
    password: number,
    length: number,
    high: number,
    salt: number,
    opsLimit: number,
    opsHigh: number,
    memLimit: number,
    algorithm: number,
  ): number;
  _crypto_scalarmult(out: number, secretKey: number, publicKey: number): number;
  _crypto_sign_ed25519_seed_keypair(publicKey: number, secretKey: number, seed: number): number;
  /** The length of the signature is stored nowhere: its address is 0. */
  _crypto_sign_ed25519_detached(
    signature: number,
    signatureLength: 0,
    message: number,
    length: number,
    high: number,
    secretKey: number,
  ): number;
  _crypto_sign_ed25519_verify_detached(
    signature: number,
    message: number,
    length: number,
    high: number,
    publicKey: number,
  ): number;
  _crypto_hash_sha256(out: number, input: number, length: number, high: number): number;
  _crypto_stream_chacha20_xor_ic(
    out: number,
    input: number,
    length: number,
    high: number,
    nonce: number,
    counter: number,
    counterHigh: number,
    key: number,
  ): number;
  /** The length of the tag is stored nowhere, and there is no secret nonce: both addresses are 0. */
  _crypto_aead_chacha20poly1305_ietf_encrypt_detached(
    out: number,
    tag: number,
    tagLength: 0,
    plaintext: number,
    length: number,
    high: number,
    aad: number,
    aadLength: number,
    aadHigh: number,
    secretNonce: 0,
    nonce: number,
    key: number,
  ): number;
  _crypto_aead_chacha20poly1305_ietf_decrypt_detached(
    out: number,
    secretNonce: 0,
    ciphertext: number,
    length: number,
    high: number,
    tag: number,
    aad: number,
    aadLength: number,
    aadHigh: number,
    nonce: number,
    key: number,
  ): number;
}

/** Room that stays reserved: for what goes into a small commit. */
const KEPT = 16_384;

/**
 * A piece of libsodium's linear memory for the input and output of one call, zeroed behind it.
 *
 * The wrappers of the library reserve memory for each argument of each call, and leave keys and plaintext in it until it is
 * overwritten. This takes two thirds of their time for what a small commit seals, and leaves nothing.
 */
export class SodiumMemory {
  readonly raw: RawSodium;
  readonly #kept: number;
  #begin: number;
  #next: number;
  #end: number;

  /** To be called once libsodium is ready. */
  constructor() {
    this.raw = (sodium as unknown as { readonly libsodium: RawSodium }).libsodium;
    this.#kept = this.#reserve(KEPT);
    this.#begin = this.#kept;
    this.#next = this.#kept;
    this.#end = this.#kept;
  }

  /** To be called first, with all the bytes that will be put and left. */
  begin(size: number): void {
    this.#begin = size <= KEPT ? this.#kept : this.#reserve(size);
    this.#next = this.#begin;
    this.#end = this.#begin + size;
  }

  /** Copies bytes in, behind what is there, and tells where they are. */
  put(bytes: Uint8Array): number {
    const address = this.leave(bytes.length);
    this.raw.HEAPU8.set(bytes, address);
    return address;
  }

  /** Leaves room for output, behind what is there. */
  leave(size: number): number {
    const address = this.#next;
    this.#next += size;
    // What lies behind it is somebody else's, and nobody would notice.
    if (this.#next > this.#end) throw new RangeError('More was put into the memory of libsodium than was reserved.');
    return address;
  }

  /** A copy of what stands there. */
  take(address: number, length: number): Uint8Array {
    return this.raw.HEAPU8.slice(address, address + length);
  }

  /** The same of a secret, which is to be overwritten once it was used. */
  takeSecret(address: number, length: number): Uint8Array {
    const secret = offHeap(length);
    secret.set(this.raw.HEAPU8.subarray(address, address + length));
    return secret;
  }

  /** To be called last, whatever came of it. */
  end(): void {
    this.raw.HEAPU8.fill(0, this.#begin, this.#next);
    if (this.#begin !== this.#kept) this.raw._free(this.#begin);
    this.#begin = this.#kept;
    this.#next = this.#kept;
    this.#end = this.#kept;
  }

  #reserve(size: number): number {
    const address = this.raw._malloc(size);
    if (address === 0) throw new InfinitreeError('INVALID_ARGUMENT', `There is no memory for ${size} bytes.`);
    return address;
  }
}
