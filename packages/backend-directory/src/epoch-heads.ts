import { type Cancel, type EpochHeads, type ObjectId, requireObjectIds } from '@infinitree/core';
import type { Context } from './context.js';
import { idsAmong } from './layout.js';
import type { ObjectFiles } from './object-files.js';
import type { OpenHeads } from './open-heads.js';

/** Heads by claimed epochs, in files. A claim is the name of an empty file; a head is an object that may be appended to. */
export function epochHeads(
  { folders, layout, creation, guard }: Context,
  objects: ObjectFiles,
  open: OpenHeads,
  durability: EpochHeads['durability'],
): EpochHeads {
  return {
    durability,
    async claim(name: ObjectId, options?: Cancel) {
      const path = layout.epoch(name);
      return guard.call('heads.claim', path, options, (step) => creation.createEmpty(path, step));
    },
    // Asked for every commit: one listing of one folder, and nothing else.
    async claims(options?: Cancel) {
      return guard.call('heads.claims', layout.epochs, options, async () =>
        idsAmong(await folders.entries(layout.epochs)),
      );
    },
    async release(names: readonly ObjectId[], options?: Cancel) {
      requireObjectIds(names);
      const paths = names.map((name) => layout.epoch(name));
      await guard.call('heads.release', layout.epochs, options, async (step) => {
        for (const path of paths) {
          step();
          await folders.unlink(path);
        }
      });
    },
    create: async (id, bytes, options) => objects.create('heads.create', id, bytes, options),
    read: async (id, options) => objects.read('heads.read', id, options),
    append: async (id, offset, bytes, options) => open.append(id, offset, bytes, options),
    sync: async (id, options) => open.sync(id, options),
    remove: async (id, options) => objects.remove('heads.remove', [id], options),
    list: (options) => objects.list('heads.list', options),
  };
}
