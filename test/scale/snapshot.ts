import { type FilePort, nodeFiles } from '@infinitree/backend-directory';
import { Infinitree, registerIndex, SnapshotMap } from '@infinitree/core';
import { check, keyOf, type Scenario, timed, withBackend } from './scenario.js';

class Settings {
  map = new SnapshotMap<number, { readonly id: number; readonly name: string }>();
}
registerIndex(Settings, { fields: [{ property: 'map', name: 'map' }] });

const entry = (id: number, name = `setting ${id}`) => ({ id, name });

/** The operating system's files, with a count of what is written to them. */
class CountedFiles implements FilePort {
  bytes = 0;
  readonly open: FilePort['open'] = async (path, mode) => {
    const file = await nodeFiles.open(path, mode);
    return {
      ...file,
      write: async (bytes, position) => {
        const count = await file.write(bytes, position);
        this.bytes += count;
        return count;
      },
    };
  };
  readonly link = nodeFiles.link;
  readonly unlink = nodeFiles.unlink;
  readonly mkdir = nodeFiles.mkdir;
  readonly readdir = nodeFiles.readdir;
  readonly syncFolder = nodeFiles.syncFolder;
  readonly stat = nodeFiles.stat;
  readonly fileSystemType = nodeFiles.fileSystemType;
}

export const snapshot: Scenario = {
  title: 'one entry of a snapshot field changes',
  unit: 'entries',
  full: 1_000_000,
  small: 100_000,
  bytesEach: 40,
  steps: {
    change: {
      async run(job) {
        const files = new CountedFiles();
        return withBackend(
          job,
          async (backend) => {
            const tree = await Infinitree.create(Settings, { backend, key: keyOf(job) });
            for (let i = 0; i < job.size; i++) tree.index.map.set(i, entry(i));
            const all = await timed('commit all', () => tree.commit());
            files.bytes = 0;
            tree.index.map.set(job.size / 2, entry(job.size / 2, 'changed'));
            const one = await timed('commit one', () => tree.commit());
            const figure = { what: 'written by it', value: files.bytes / 1024, unit: 'KiB', atMost: 64 } as const;
            await tree.close();
            return [all.figure, one.figure, figure];
          },
          { fileSystem: files },
        );
      },
    },
    reopen: {
      run: (job) =>
        withBackend(job, async (backend) => {
          const tree = await Infinitree.open(Settings, { backend, key: keyOf(job), readonly: true });
          const { figure } = await timed('load', () => tree.load());
          const { map } = tree.index;
          check(map.size === job.size && map.get(job.size / 2)?.name === 'changed', 'the change is there');
          check(map.get(0)?.name === 'setting 0', 'all else is as it was');
          await tree.close();
          return [figure];
        }),
    },
  },
};
