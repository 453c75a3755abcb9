import { randomFillSync } from 'node:crypto';

const RANDOM_SIZE = 16;
const ID_SIZE = 32;
const TAG_SIZE = 16;
/** Random bytes are asked for in pieces: many small requests would take longer than all else. */
const POOL = 65_536;

/**
 * What of an open tree is looked at, which its users do not see.
 *
 * @typedef {object} Inside
 * @property {{ suite: { hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array }, find(label: string): Uint8Array }} keys
 * @property {() => Promise<IndexSize>} index
 *
 * @typedef {{ packs: number, runs: number, blocks: number, indexObjects: number, indexBytes: number }} IndexSize
 */

/** @param {object} tree @returns {Inside} */
export function insideOf(tree) {
  const { session } = /** @type {any} */ (tree);
  return { keys: session.context.keys, index: () => indexOf(session) };
}

/** How large the index is: what was folded, what large commits since have written, and what rides in the head. @param {any} session */
async function indexOf(session) {
  const { base, tail } = session.snapshot;
  const bodies = tail.list();
  const changes = bodies.flatMap((/** @type {any} */ body) => body.changes);
  const placed = changes.flatMap((/** @type {any} */ { run }) => (run === undefined ? [] : [run]));
  const parts = [...base.packs, ...placed];
  const runs = [...base.packs.flatMap((/** @type {any} */ pack) => pack.runs), ...placed].map(({ run }) => run);
  let blocks = 0;
  for (const run of runs) blocks += (await session.blocks.blocks(run)).length;
  return {
    packs: base.packs.length,
    runs: runs.length,
    blocks,
    indexObjects: new Set(parts.flatMap(({ objects }) => objects)).size,
    indexBytes: [
      ...parts.map(({ bytes }) => bytes),
      ...bodies.map((/** @type {any} */ body) => body.encoded.length),
    ].reduce((sum, bytes) => sum + bytes, 0),
  };
}

/**
 * Makes up what storage would hold, without any of it: ids that the tree takes for its own, and pointers as its writers give them.
 * Collecting garbage and checking a tree tell its own ids from others, so random ones would be left out there.
 */
export class MadeUp {
  #keys;
  #pretend;
  #pool = Buffer.alloc(POOL);
  #at = POOL;

  /** @param {Inside} inside @param {(id: Uint8Array) => void} pretend told of each id */
  constructor({ keys }, pretend) {
    this.#keys = keys;
    this.#pretend = pretend;
  }

  /** The id of a further storage object. */
  object() {
    const id = new Uint8Array(ID_SIZE);
    const random = this.#random(RANDOM_SIZE);
    id.set(random);
    id.set(this.#keys.suite.hmac(this.#keys.find('ownId'), random).subarray(0, ID_SIZE - RANDOM_SIZE), RANDOM_SIZE);
    this.#pretend(id);
    return id;
  }

  /** A pointer to a chunk that was not compressed. @param {Uint8Array} object @param {number} offset @param {number} size */
  pointer(object, offset, size) {
    return { object, offset, size, tag: this.#random(TAG_SIZE), codec: 0 };
  }

  /** @param {number} size */
  #random(size) {
    if (this.#at + size > POOL) {
      randomFillSync(this.#pool);
      this.#at = 0;
    }
    this.#at += size;
    return Uint8Array.from(this.#pool.subarray(this.#at - size, this.#at));
  }
}
