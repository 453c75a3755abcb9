import { createCipheriv } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Infinitree } from '@infinitree/core';
import { formatBytes, type Progress } from '@infinitree/example-terminal';
import type { Files } from './files.js';
import { Sha256 } from './hashing.js';

const PIECE = 64 * 1024;

/** Streams bytes into a blob and, once it is committed, out of it again, and tells how much memory that took. */
export async function streaming(tree: Infinitree<Files>, size: number, progress: Progress): Promise<string[]> {
  const memory = new PeakMemory();
  const [stored, found] = [new Sha256(), new Sha256()];

  const ref = await tree.blobs.put(Readable.from(stored.of(noise(size))), {
    onProgress: ({ done }) => {
      memory.look();
      progress.update(done, 'stored');
    },
  });
  tree.index.files.set('streamed', { ref, size: ref.size, mtime: new Date(), sha256: stored.hex() });
  await tree.commit('Streamed');

  let read = 0;
  const sink = new Writable({
    write(bytes: Uint8Array, _encoding, next) {
      memory.look();
      progress.update((read += bytes.length), 'read');
      next();
    },
  });
  await pipeline(tree.blobs.get(ref), (source: AsyncIterable<Uint8Array>) => found.of(source), sink);
  progress.clear();

  if ((await tree.get('files', 'streamed'))?.sha256 !== found.hex())
    throw new Error('What was read is not what was stored.');
  return [
    `${formatBytes(ref.size)} in ${ref.chunks.length} chunks stored and ${formatBytes(read)} read, both the same`,
    `memory meanwhile: at most ${formatBytes(memory.growth)} more than before`,
  ];
}

/** Bytes that nothing makes smaller, the same ones every time. */
async function* noise(size: number): AsyncGenerator<Uint8Array, void, undefined> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(PIECE);
  for (let left = size; left > 0; left -= PIECE) yield cipher.update(zeros.subarray(0, Math.min(left, PIECE)));
}

/** The largest resident set, as far as anybody looked. */
class PeakMemory {
  readonly #before = process.memoryUsage.rss();
  #peak = this.#before;

  look(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }

  get growth(): number {
    return this.#peak - this.#before;
  }
}
