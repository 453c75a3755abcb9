import { Infinitree } from '@infinitree/core';
import { CountingBackend } from '../counting-backend.js';
import { Files, KEY } from '../grow.js';
import { insideOf, MadeUp } from '../made-up.js';
import { shapeOf } from '../shapes.js';
import { number } from './limit.js';

const CHUNK = 1024 * 1024;
/** Parts that a value may have, and those of a pointer and of what is around them: see the limits of the format. */
const MAX_ITEMS = 4_194_304;
const POINTER_ITEMS = 6;
const REF_ITEMS = 4;
/** Chunks of the blob that is read. */
const LARGE = 8192;

/**
 * How many chunks a blob may have before its reference is refused, and what reading a few bytes of a large one takes.
 *
 * @returns {Promise<import('./limit.js').Finding[]>}
 */
export async function oneBlob() {
  const backend = new CountingBackend();
  const options = { backend, key: KEY };
  await (await Infinitree.create(Files, options)).close();
  const tree = await Infinitree.open(Files, options);
  const next = shapeOf('photos').values(new MadeUp(insideOf(tree), () => undefined));
  /** @param {unknown[]} chunks */
  const refOf = (chunks) => ({ size: chunks.length * CHUNK, chunkSize: CHUNK, chunks });
  const chunks = Array.from({ length: LARGE }, () => /** @type {any} */ (next()).chunks[0]);
  const most = Math.floor((MAX_ITEMS - REF_ITEMS) / POINTER_ITEMS);
  const isRight =
    isTaken(tree, refOf(new Array(most).fill(chunks[0]))) && !isTaken(tree, refOf(new Array(most + 1).fill(chunks[0])));
  if (!isRight) throw new Error('The most chunks of a blob are not as many as thought.');
  tree.index.files.set(1, refOf(chunks));
  await tree.commit();
  await tree.close();
  const reader = await Infinitree.open(Files, { ...options, readonly: true });
  backend.take();
  await reader.get('files', 1);
  const { bytesRead } = backend.take();
  await reader.close();
  return [
    {
      what: 'Chunks of one blob',
      measured: `a reference with ${number(most)} chunks of 1 MiB is taken, one with ${number(most + 1)} is refused`,
      limit: `${number(most / 1024)} GiB in one blob; put() refuses more as soon as it knows, and leaves 1,024 parts for what is around`,
      where: 'tree/storage/blob-bound.ts; codec/value-kind.ts, MAX_VALUE_ITEMS',
    },
    {
      what: 'The reference of a large blob',
      measured:
        `${number(bytesRead)} bytes are read for one with ${number(LARGE)} chunks, ${number(bytesRead / LARGE, 1)} each, whatever ` +
        'part of it is wanted',
      limit: 'grows with the blob, as its reference stands in one block',
      where: 'tree/write/block-plan.ts, rowsFrom()',
    },
  ];
}

/** @param {Infinitree<Files>} tree @param {unknown} ref */
function isTaken(tree, ref) {
  try {
    tree.index.files.set(0, ref);
    tree.index.files.delete(0);
    return true;
  } catch {
    return false;
  }
}
