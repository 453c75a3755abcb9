import { join } from 'node:path';
import { type Cancel, type ObjectId, type RangeOptions, requireObjectIds } from '@infinitree/core';
import type { Context } from './context.js';
import { fileSystemNow } from './file-system-clock.js';
import { idsAmong, isSpreadName } from './layout.js';
import type { OpenHeads } from './open-heads.js';
import { readFile } from './reading.js';
import { errnoOf, unless } from './trouble.js';

/** Who may not sync a folder, or reads from a medium that cannot be written to, makes do with reading. */
const NOT_OURS_TO_SYNC = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The files below `objects`, whatever they hold. `what` is the caller's verb, for messages. */
export class ObjectFiles {
  readonly #context: Context;
  readonly #heads: OpenHeads;

  constructor(context: Context, heads: OpenHeads) {
    this.#context = context;
    this.#heads = heads;
  }

  create(what: string, id: ObjectId, bytes: Uint8Array, options: Cancel | undefined): Promise<boolean> {
    const { guard, creation, layout } = this.#context;
    const path = layout.object(id);
    return guard.call(what, path, options, (step) => creation.createFile(path, bytes, step));
  }

  read(what: string, id: ObjectId, options: RangeOptions | undefined): Promise<Uint8Array | undefined> {
    const { guard, files, folders, layout } = this.#context;
    const path = layout.object(id);
    return guard.call(what, path, options, (step) => folders.find(() => readFile(files, path, step, options?.range)));
  }

  /**
   * As `read`, and what it gives stays. Who linked the file may have been stopped before the folder was synced; then it is
   * for everybody to see, and a power cut takes it away, with all that has been built upon it since.
   */
  async readForGood(what: string, id: ObjectId, options: RangeOptions | undefined): Promise<Uint8Array | undefined> {
    const { guard, files, layout } = this.#context;
    const bytes = await this.read(what, id, options);
    if (bytes === undefined) return undefined;
    const folder = layout.spread(id);
    await guard.call(what, folder, options, async () => {
      await files.syncFolder(folder).catch((error: unknown) => {
        if (!NOT_OURS_TO_SYNC.has(errnoOf(error) ?? '')) throw error;
      });
    });
    return bytes;
  }

  /**
   * Unlinks, then syncs each folder once. Also where there was nothing to unlink: an earlier call may have got as far as
   * that and failed to sync, and this one must not resolve before the removal is durable.
   */
  remove(what: string, ids: readonly ObjectId[], options: Cancel | undefined): Promise<void> {
    const { guard, folders, layout } = this.#context;
    requireObjectIds(ids);
    const places = ids.map((id) => ({ id, folder: layout.spread(id), path: layout.object(id) }));
    return guard.call(what, places[0]?.path ?? layout.objects, options, async (step) => {
      for (const { id, path } of places) {
        step();
        await this.#heads.forget(id);
        await folders.unlink(path);
      }
      for (const folder of new Set(places.map((place) => place.folder))) {
        step();
        await folders.syncIfThere(folder);
      }
    });
  }

  /** Milliseconds since each file was last written, by the clock of the file system. */
  async ages(ids: readonly ObjectId[], options: Cancel | undefined): Promise<(number | undefined)[]> {
    const { guard, files, folders, layout, creation } = this.#context;
    requireObjectIds(ids);
    const paths = ids.map((id) => layout.object(id));
    return guard.call('ages', layout.objects, options, async (step) => {
      if (paths.length === 0) return [];
      const now = await fileSystemNow(files, creation);
      const ages: (number | undefined)[] = [];
      for (const path of paths) {
        step();
        const found = await folders.find(() => unless('ENOENT', files.stat(path)));
        ages.push(found && Math.max(0, now - found.modified));
      }
      return ages;
    });
  }

  /** One sub-folder at a time: a listing of all of them at once would be as large as the tree. */
  async *list(what: string, options: Cancel | undefined): AsyncIterable<ObjectId> {
    const { guard, folders, layout } = this.#context;
    const spread = await guard.call(what, layout.objects, options, () => folders.entries(layout.objects));
    for (const prefix of spread.filter(isSpreadName)) {
      const folder = join(layout.objects, prefix);
      const names = await guard.call(what, folder, options, () => this.#entriesOf(folder));
      for (const id of idsAmong(names, prefix)) {
        guard.step(what, options);
        yield id;
      }
    }
  }

  async #entriesOf(folder: string): Promise<string[]> {
    try {
      return await this.#context.folders.entries(folder);
    } catch (error) {
      // A stray file that happens to be called like one of the folders: nothing of ours can be inside.
      if (errnoOf(error) === 'ENOTDIR') return [];
      throw error;
    }
  }
}
