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
 * @property {() => Promise<number[]>} blocks  how many entries each block of each run has
 *
 * @typedef {{ packs: number, runs: number, blocks: number, indexObjects: number, indexBytes: number, runIndexBytes: number }} IndexSize
 */

/** @param {object} tree @returns {Inside} */
export function insideOf(tree) {
  const { session } = /** @type {any} */ (tree);
  return { keys: session.context.keys, index: () => indexOf(session), blocks: () => blocksOf(session) };
}

/** What was folded, and what large commits since have written. @param {any} session */
function partsOf({ snapshot: { base, tail } }) {
  const bodies = tail.list();
  const changes = bodies.flatMap((/** @type {any} */ body) => body.changes);
  const placed = changes.flatMap((/** @type {any} */ { run }) => (run === undefined ? [] : [run]));
  const runs = [...base.packs.flatMap((/** @type {any} */ pack) => pack.runs), ...placed].map(({ run }) => run);
  return { packs: base.packs, parts: [...base.packs, ...placed], runs, bodies };
}

/** @param {any} session */
async function blocksOf(session) {
  const counts = [];
  for (const run of partsOf(session).runs) {
    for (const { count } of await session.blocks.blocks(run)) counts.push(count);
  }
  return counts;
}

/** How large the index is, with what rides in the head. @param {any} session @returns {Promise<IndexSize>} */
async function indexOf(session) {
  const { packs, parts, runs, bodies } = partsOf(session);
  const sum = (/** @type {number[]} */ numbers) => numbers.reduce((a, b) => a + b, 0);
  const blocks = (await blocksOf(session)).length;
  const inHead = bodies.map((/** @type {any} */ { encoded }) => encoded.length);
  const segments = runs.flatMap(({ index }) => index.segments);
  return {
    packs: packs.length,
    runs: runs.length,
    blocks,
    indexObjects: new Set(parts.flatMap(({ objects }) => objects)).size,
    indexBytes: sum([...parts.map(({ bytes }) => bytes), ...inHead]),
    runIndexBytes: sum(segments.map(({ length }) => length)),
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
