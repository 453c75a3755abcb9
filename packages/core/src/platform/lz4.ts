import * as portableModule from 'lz4-wasm-nodejs';

/**
 * LZ4 blocks with the length of the plain bytes in front, four bytes little-endian: what both libraries write and read.
 * Callers bound that length before they call `decompress`, which allocates it, and check the length of what they get.
 */
export interface Lz4 {
  readonly name: 'native' | 'portable';
  compress(plain: Uint8Array): Uint8Array;
  /** Throws, an error or a string, where the block is malformed. */
  decompress(prefixed: Uint8Array): Uint8Array;
}

/** The part of lz4-napi that is used here; its own declarations need Node's `Buffer`. */
interface NativeModule {
  compressSync(plain: Uint8Array): Uint8Array;
  uncompressSync(prefixed: Uint8Array): Uint8Array;
}

/** WebAssembly: there wherever core is installed, and from the first call on. */
export const portableLz4: Lz4 = {
  name: 'portable',
  compress: (plain) => portableModule.compress(plain),
  decompress: (prefixed) => portableModule.decompress(prefixed),
};

/** What loading the native library takes, some 10 ms, it saves with as many bytes. Who opens a tree to look at a value has fewer. */
const WORTH_LOADING = 1_048_576;

let current = portableLz4;
let loading: Promise<Lz4> | undefined;
let handled = 0;

/** The fastest LZ4 that has been loaded so far, for a payload of so many bytes. */
export function lz4For(bytes: number): Lz4 {
  handled += bytes;
  if (handled >= WORTH_LOADING) loading ??= loadLz4();
  return current;
}

/**
 * Loads the native library where it is installed and makes it the current one. Waiting for it is never necessary, since
 * both write the same format. (Rejected: a top-level await, which would keep CommonJS programs from requiring core.)
 */
export function loadLz4(): Promise<Lz4> {
  loading ??= loadNativeLz4().then((native) => {
    current = native ?? portableLz4;
    return current;
  });
  return loading;
}

/** The native library; `undefined` where optional dependencies were left out, or there is none for the platform. */
export async function loadNativeLz4(
  load: () => Promise<{ default: unknown }> = () => import('lz4-napi'),
): Promise<Lz4 | undefined> {
  try {
    const native = (await load()).default as NativeModule;
    return {
      name: 'native',
      compress: (plain) => plainView(native.compressSync(plain)),
      decompress: (prefixed) => plainView(native.uncompressSync(prefixed)),
    };
  } catch {
    return undefined;
  }
}

/** A Uint8Array in place of a Buffer, whose `slice` and `toString` behave differently. */
function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
