/** Bytes of a storage object. */
export const OBJECT = 4 * 1024 * 1024;
const CHUNK = 1024 * 1024;
const VALUE = 4096;
/** Values of that many bytes share a chunk. */
const SHARED = 65_536;

/**
 * What stands in the index for what is stored. `bytes`: how much is stored for one entry. `isWalked`: whether collecting
 * garbage gets by without reading what is stored, which is not there: values that stand apart it has to read.
 *
 * @typedef {object} Shape
 * @property {string} what
 * @property {number} bytes
 * @property {boolean} isWalked
 * @property {boolean} shuffled  whether keys come in no order
 * @property {(made: import('./made-up.js').MadeUp) => () => unknown} values makes them one after the other
 */

/** @type {Readonly<Record<string, Shape>>} */
export const SHAPES = {
  chunks: {
    what: 'raw chunks of 4 MiB, a pointer each',
    bytes: OBJECT,
    isWalked: true,
    shuffled: false,
    values: (made) => () => made.pointer(made.object(), 0, OBJECT),
  },
  photos: {
    what: 'blobs of 1 MiB, a reference each; keys in no order',
    bytes: CHUNK,
    isWalked: true,
    shuffled: true,
    values: (made) => {
      const next = places(made, CHUNK);
      return () => ({ size: CHUNK, chunkSize: CHUNK, chunks: [next()] });
    },
  },
  values: {
    what: 'sparse values of 4 KiB, 16 in a chunk',
    bytes: VALUE,
    isWalked: false,
    shuffled: false,
    values: (made) => {
      const next = places(made, SHARED);
      let chunk = '';
      let at = SHARED / VALUE;
      return () => {
        if (at === SHARED / VALUE) [chunk, at] = [textOf(next()), 0];
        return { chunk, at: at++ };
      };
    },
  },
};

/** @param {string} name */
export function shapeOf(name) {
  const shape = SHAPES[name];
  if (shape !== undefined) return shape;
  throw new Error(`There is no shape ${name}.`);
}

/** Pointers to chunks that lie one behind the other. @param {import('./made-up.js').MadeUp} made @param {number} size */
function places(made, size) {
  let object = new Uint8Array(0);
  let offset = OBJECT;
  return () => {
    if (offset === OBJECT) [object, offset] = [made.object(), 0];
    offset += size;
    return made.pointer(object, offset - size, size);
  };
}

/** As the tree writes the place of values that stand apart: see the format. @param {ReturnType<import('./made-up.js').MadeUp['pointer']>} pointer */
function textOf({ object, offset, size, tag, codec }) {
  const bytes = Buffer.alloc(57);
  bytes.writeUInt8(codec, 0);
  bytes.set(object, 1);
  bytes.writeUInt32BE(offset, 33);
  bytes.writeUInt32BE(size, 37);
  bytes.set(tag, 41);
  return bytes.toString('hex');
}
