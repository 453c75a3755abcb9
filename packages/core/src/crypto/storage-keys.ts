import { concat } from '../bytes/concat.js';
import { toHex } from '../bytes/hex.js';
import { ByteWriter } from '../bytes/writer.js';
import { InfinitreeError } from '../errors.js';
import { idBytes } from '../format/id-bytes.js';
import type { ObjectId } from '../format/ids.js';
import { OBJECT_SEAL, OBJECT_SEAL_SIZE } from '../format/object-seal.js';
import { encodedLabel } from './derive.js';
import { keyPairOf } from './key-pair.js';
import { checkSizes, KEY_SIZE } from './primitives.js';
import type { Suite } from './suite.js';

/** Whose object it is, and which. */
export interface ObjectOfTree {
  readonly treeId: Uint8Array;
  readonly keyEpoch: number;
  readonly objectId: ObjectId;
}

/** An object that is being filled. */
export interface SealedObject {
  /** What pointers into it carry. */
  readonly seal: Uint8Array;
  /** Its key, until it is handed to `forget`. */
  readonly key: Uint8Array;
}

/** Keys of objects that a reader keeps: neighbours are read in a row, and X25519 takes as long as a small chunk. */
const KEPT_KEYS = 64;

const EPHEMERAL_KEY_SIZE = OBJECT_SEAL.ephemeralKey[1];

/**
 * The storage key pair of a split tree: what storage objects are sealed to, and, where it is known, what opens them. Shows
 * nothing of itself in JSON, or where it is printed.
 *
 * Each object has an ephemeral key pair of its own, so that who has filled one cannot make its key again. Per object, not
 * per chunk: the place of a chunk is a sufficient nonce under a key that no other object has.
 */
export class StorageKeys {
  readonly publicKey: Uint8Array;
  /** Names the key with which the tree was opened, and stands in each seal. Another one after resealing. */
  writer: Uint8Array;
  readonly #suite: Suite;
  readonly #secretKey: Uint8Array | undefined;
  /** Keys of objects that are being filled. */
  readonly #filling = new Set<Uint8Array>();
  /** Keys of objects that were read, by all that they depend on; read first stands first. */
  readonly #known = new Map<string, Uint8Array>();
  #wiped = false;

  private constructor(suite: Suite, writer: Uint8Array, publicKey: Uint8Array, secretKey?: Uint8Array) {
    checkSizes(publicKey);
    this.#suite = suite;
    this.writer = writer.slice();
    this.publicKey = publicKey.slice();
    this.#secretKey = secretKey;
  }

  /** Of who reads: both halves. Copies what it is given. */
  static ofReader(suite: Suite, writer: Uint8Array, secretKey: Uint8Array): StorageKeys {
    checkSizes(secretKey);
    const own = secretKey.slice();
    return new StorageKeys(suite, writer, keyPairOf(suite, own).publicKey, own);
  }

  /** Of who only writes. Copies what it is given. */
  static ofWriter(suite: Suite, writer: Uint8Array, publicKey: Uint8Array): StorageKeys {
    return new StorageKeys(suite, writer, publicKey);
  }

  /** Whether it opens what was sealed. */
  get opens(): boolean {
    return this.#secretKey !== undefined;
  }

  /** A copy of the secret half, for sealing it into a key object and nothing else; the caller zeroes it. */
  copySecretKey(): Uint8Array | undefined {
    this.#refuseWiped();
    return this.#secretKey?.slice();
  }

  /**
   * Begins an object, whose key exists until `forget` or `wipe`.
   *
   * @param ephemeralSecret 32 bytes that never come twice, which are zeroed.
   */
  begin(object: ObjectOfTree, ephemeralSecret: Uint8Array): SealedObject {
    this.#refuseWiped();
    const { secretKey, publicKey } = keyPairOf(this.#suite, ephemeralSecret);
    const seal = concat(publicKey, this.writer);
    const key = this.#agree(object, seal, secretKey, this.publicKey);
    secretKey.fill(0);
    if (key === undefined) {
      throw new InfinitreeError(
        'CORRUPT',
        'The storage key of the tree is no key. Whoever made it so had its root secret.',
      );
    }
    this.#filling.add(key);
    return { seal, key };
  }

  /** To be called once nothing more is sealed into an object. From then on this handle cannot make its key again. */
  forget(key: Uint8Array): void {
    key.fill(0);
    this.#filling.delete(key);
  }

  /**
   * The key of an object that was sealed to this pair, for the caller to zero; `undefined` for what is no seal. Throws
   * `UNSUPPORTED` where the secret half is not known.
   */
  keyOf(object: ObjectOfTree, seal: Uint8Array): Uint8Array | undefined {
    this.#refuseWiped();
    if (this.#secretKey === undefined) throw cannotRead();
    if (seal.length !== OBJECT_SEAL_SIZE) return undefined;
    const name = `${toHex(object.treeId)} ${object.keyEpoch} ${object.objectId} ${toHex(seal)}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known.slice();
    const key = this.#agree(object, seal, this.#secretKey, seal.subarray(0, EPHEMERAL_KEY_SIZE));
    if (key === undefined) return undefined;
    this.#known.set(name, key);
    const [oldest] = this.#known.size > KEPT_KEYS ? this.#known : [];
    if (oldest !== undefined) {
      oldest[1].fill(0);
      this.#known.delete(oldest[0]);
    }
    return key.slice();
  }

  /** Zeroes the secret half and the keys of all objects. */
  wipe(): void {
    this.#wiped = true;
    this.#secretKey?.fill(0);
    for (const key of [...this.#filling, ...this.#known.values()]) key.fill(0);
    this.#filling.clear();
    this.#known.clear();
  }

  toJSON(): string {
    return '[StorageKeys]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'StorageKeys { [redacted] }';
  }

  #refuseWiped(): void {
    // Without this, a late caller would go on under keys of zero bytes, which everybody knows.
    if (this.#wiped) throw new InfinitreeError('CLOSED', 'The tree is closed and its keys are wiped.');
  }

  /** The same from either side: of the writer by the ephemeral secret, of a reader by the secret half of the pair. */
  #agree(
    { treeId, keyEpoch, objectId }: ObjectOfTree,
    seal: Uint8Array,
    secretKey: Uint8Array,
    other: Uint8Array,
  ): Uint8Array | undefined {
    const shared = this.#suite.x25519(secretKey, other);
    if (shared === undefined) return undefined;
    const ephemeralKey = seal.subarray(0, EPHEMERAL_KEY_SIZE);
    const epoch = new ByteWriter(4).u32(keyEpoch).bytes;
    const writer = seal.subarray(EPHEMERAL_KEY_SIZE);
    const info = concat(encodedLabel('sealedObject'), treeId, epoch, idBytes(objectId), writer);
    const key = this.#suite.hkdf(shared, concat(ephemeralKey, this.publicKey), info, KEY_SIZE);
    shared.fill(0);
    return key;
  }
}

/** Reading what stands apart, through a handle that only writes. */
export function cannotRead(): InfinitreeError {
  return new InfinitreeError(
    'UNSUPPORTED',
    'The tree was opened with Key.splitWriter(), which writes values apart and blobs, and cannot read them once they are ' +
      'flushed. Open it with Key.splitReader() to read them.',
  );
}
