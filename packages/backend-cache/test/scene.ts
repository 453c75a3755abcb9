import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInfinitreeError, isObjectId, MemoryBackend, type ObjectId } from '@infinitree/core';
import { FailingBackend, SeededRandom } from '@infinitree/testing';
import { CacheBackend, type CacheOptions } from '../src/index.js';

export const KIB = 1024;

/** The n-th of a fixed row of ids that look as random as real ones. */
export function sampleId(n: number): ObjectId {
  const hex = Buffer.from(new SeededRandom(n).bytes(32)).toString('hex');
  if (!isObjectId(hex)) throw new Error(`${hex} is no id`);
  return hex;
}

/** The n-th of a fixed row of objects. */
export function sampleBytes(n: number, length = 64 * KIB): Uint8Array {
  return new SeededRandom(n ^ 0xcac4e).bytes(length);
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'resolved';
  } catch (error) {
    return isInfinitreeError(error) ? error.code.replace('INFINITREE_', '') : `not ours: ${String(error)}`;
  }
}

export async function idsOf(list: AsyncIterable<ObjectId>): Promise<ObjectId[]> {
  const ids: ObjectId[] = [];
  for await (const id of list) ids.push(id);
  return ids.sort();
}

/** A storage far away, a directory near by, and caches between them. */
export class Scene {
  readonly memory = new MemoryBackend();
  /** Through which all calls to the storage go. */
  readonly upstream = new FailingBackend(this.memory);
  readonly directory: string;
  readonly #open: CacheBackend[] = [];

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<Scene> {
    return new Scene(await mkdtemp(join(tmpdir(), 'infinitree-cache-')));
  }

  async end(): Promise<void> {
    this.upstream.heal();
    for (const cache of this.#open) await cache.close();
    await rm(this.directory, { recursive: true });
  }

  /** A cache as another process would have it: it does not close the storage of the others. */
  async cache(options: Partial<CacheOptions> = {}): Promise<CacheBackend> {
    const open = await CacheBackend.open({
      upstream: keptOpen(this.upstream),
      directory: this.directory,
      maxBytes: 64 * 1024 * KIB,
      ...options,
    });
    this.#open.push(open);
    return open;
  }

  /** Puts objects into the storage, past all caches. */
  async store(...numbers: readonly number[]): Promise<void> {
    for (const n of numbers) await this.memory.put(sampleId(n), sampleBytes(n));
  }

  /** The names in one of the cache's folders. */
  names(folder: 'cached' | 'pending' | 'incoming'): Promise<string[]> {
    return readdir(join(this.directory, folder)).then((names) => names.sort());
  }

  /** Bytes of all files in the directory. */
  async bytes(): Promise<number> {
    let sum = 0;
    for (const name of await readdir(this.directory, { recursive: true })) {
      const found = await stat(join(this.directory, name)).catch(() => undefined);
      if (found?.isFile() === true) sum += found.size;
    }
    return sum;
  }

  /** Changes the file of a copy, or of what waits to be sent. */
  async damage(n: number, change: (bytes: Buffer) => Uint8Array, folder = 'cached'): Promise<void> {
    const path = join(this.directory, folder, sampleId(n));
    await writeFile(path, change(await readFile(path)));
  }
}

/** The same storage in the hands of several processes, of which none closes it for the others. */
function keptOpen(backend: FailingBackend): FailingBackend {
  return new Proxy(backend, {
    get(target, key) {
      if (key === 'close') return async () => undefined;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
