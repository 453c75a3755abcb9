import { createHash } from 'node:crypto';
import type { ObjectId } from '@infinitree/core';
import { sameBytes } from './same-bytes.js';

/** Each block of an entry has a digest of its own, so that a part can be checked without the rest. */
const BLOCK = 65_536;
const DIGEST = 16;
const FOOTER = 32;
const MAGIC = new TextEncoder().encode('infcache');

/**
 * No object is larger than 4 MiB. What is far larger was put there by somebody else, and must not make this process
 * allocate whatever length it claims to have.
 */
export const MAX_OBJECT_BYTES = 64 * 1024 * 1024;

/**
 * An object as it lies in the cache: its bytes, 16 bytes of SHA-256 for each block of 64 KiB, and a footer of 32 bytes:
 * `infcache`, the object's length, and a digest of id, length and block digests.
 *
 * The digests tell accidents: what a disk has lost or changed, and what a power cut has torn, since copies are not synced.
 * They are no protection from whoever writes into the directory, who can compute them as well. The cache has no key
 * and wants none; of that the tree's own tags tell, and the tree asks again past the cache.
 */
export function tailOf(id: ObjectId, bytes: Uint8Array): Uint8Array {
  const count = Math.ceil(bytes.length / BLOCK);
  const tail = new Uint8Array(count * DIGEST + FOOTER);
  for (let block = 0; block < count; block++) {
    tail.set(digestOf(id, block, bytes.subarray(block * BLOCK, (block + 1) * BLOCK)), block * DIGEST);
  }
  const footer = tail.subarray(count * DIGEST);
  footer.set(MAGIC);
  new DataView(footer.buffer, footer.byteOffset).setBigUint64(8, BigInt(bytes.length));
  footer.set(footerDigest(id, tail), 16);
  return tail;
}

/** How long the file of an object of this length is. */
export function entrySize(length: number): number {
  return length + Math.ceil(length / BLOCK) * DIGEST + FOOTER;
}

/** Where an entry's object ends, by the length of its file; `undefined` for a file that is no entry. */
export function objectLength(fileSize: number): number | undefined {
  const body = fileSize - FOOTER;
  const length = body - Math.ceil(body / (BLOCK + DIGEST)) * DIGEST;
  return body >= 0 && length >= 0 && length <= MAX_OBJECT_BYTES && entrySize(length) === fileSize ? length : undefined;
}

/** The part of an object that has to be read so that the bytes `[start, end)` of it can be checked. */
export function wholeBlocks(start: number, end: number, length: number): readonly [number, number] {
  if (end <= start) return [0, 0];
  return [Math.floor(start / BLOCK) * BLOCK, Math.min(Math.ceil(end / BLOCK) * BLOCK, length)];
}

/** Whether a tail belongs to this object and is as it was written. */
export function isTail(id: ObjectId, length: number, tail: Uint8Array): boolean {
  const footer = tail.subarray(tail.length - FOOTER);
  const view = new DataView(footer.buffer, footer.byteOffset);
  if (!sameBytes(footer.subarray(0, 8), MAGIC) || view.getBigUint64(8) !== BigInt(length)) return false;
  return sameBytes(footer.subarray(16), footerDigest(id, tail));
}

/** Whether these whole blocks, which begin at `start`, are as they were written. */
export function areBlocks(id: ObjectId, start: number, blocks: Uint8Array, tail: Uint8Array): boolean {
  for (let at = 0; at < blocks.length; at += BLOCK) {
    const block = (start + at) / BLOCK;
    const digest = digestOf(id, block, blocks.subarray(at, at + BLOCK));
    if (!sameBytes(digest, tail.subarray(block * DIGEST, (block + 1) * DIGEST))) return false;
  }
  return true;
}

/** The place is part of it: a block under another id, or in another place, is not the one that was written. */
function digestOf(id: ObjectId, block: number, bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(`${id} ${block} `).update(bytes).digest().subarray(0, DIGEST);
}

function footerDigest(id: ObjectId, tail: Uint8Array): Uint8Array {
  const before = tail.subarray(0, tail.length - DIGEST);
  return createHash('sha256').update(`${id} footer `).update(before).digest().subarray(0, DIGEST);
}
