import type { FilePort, OpenFile } from '@infinitree/backend-directory';
import type { Faults } from './faults.js';
import type { Operation } from './operation.js';

interface Written {
  readonly file: OpenFile;
  readonly position: number;
  readonly before: Uint8Array;
}

/** What was written to each file and is not synced yet. Shared by all programs, since anybody's sync is for all. */
export class Unsynced {
  readonly #writes = new Map<string, Written[]>();
  /** How often something was lost. */
  losses = 0;

  add(path: string, written: Written): void {
    this.#writes.set(path, [...(this.#writes.get(path) ?? []), written]);
  }

  synced(path: string): void {
    this.#writes.delete(path);
  }

  async lose(path: string): Promise<void> {
    const written = this.#writes.get(path) ?? [];
    if (written.length > 0) this.losses += 1;
    for (const { file, position, before } of written.reverse()) await file.write(before, position);
    this.#writes.delete(path);
  }
}

/** A file system of which every operation may go wrong. */
export function faultyFiles(disk: FilePort, faults: Faults, unsynced: Unsynced): FilePort {
  const at = <T>(kind: string, path: string, work: (files: FilePort) => Promise<T>, more: Partial<Operation<T>> = {}) =>
    faults.run({ kind, path, make: () => work(disk), elsewhere: work, ...more });
  return {
    async open(path, mode) {
      const undo = (file: OpenFile): Promise<void> => file.close();
      const file = await at(`open ${mode}`, path, (files) => files.open(path, mode), { undo });
      faults.openFiles += 1;
      return faultyFile(file, path, faults, unsynced);
    },
    link: (path, name) => at('link', name, (files) => files.link(path, name)),
    unlink: (path) => at('unlink', path, (files) => files.unlink(path)),
    mkdir: (path) => at('mkdir', path, (files) => files.mkdir(path)),
    readdir: (path) => at('readdir', path, (files) => files.readdir(path)),
    syncFolder: (path) => at('syncFolder', path, (files) => files.syncFolder(path)),
    stat: (path) => at('stat', path, (files) => files.stat(path)),
    fileSystemType: (path) => at('statfs', path, (files) => files.fileSystemType(path)),
  };
}

function faultyFile(file: OpenFile, path: string, faults: Faults, unsynced: Unsynced): OpenFile {
  const run = <T>(kind: string, make: () => Promise<T>, more: Partial<Operation<T>> = {}): Promise<T> =>
    faults.run({ kind, path, make, ...more });
  const write = async (bytes: Uint8Array, position: number): Promise<number> => {
    const before = new Uint8Array(bytes.length);
    await file.read(before, position);
    unsynced.add(path, { file, position, before });
    return file.write(bytes, position);
  };
  const sync = (kind: 'sync' | 'datasync') => () => {
    const make = async (): Promise<void> => {
      await file[kind]();
      unsynced.synced(path);
    };
    return run(kind, make, { lose: () => unsynced.lose(path) });
  };
  return {
    read: (target, position) => run('read', () => file.read(target, position)),
    write: (bytes, position) => {
      const part = async (share: number): Promise<number> => {
        const taken = Math.ceil(bytes.length * share);
        return taken === 0 ? 0 : write(bytes.subarray(0, taken), position);
      };
      return run('write', () => write(bytes, position), { part });
    },
    stat: () => run('fstat', () => file.stat()),
    sync: sync('sync'),
    datasync: sync('datasync'),
    async close() {
      // Whatever a close says, the descriptor is gone; but for what has to be written to lose what was not synced.
      faults.openFiles -= 1;
      await run('close', async () => undefined);
    },
  };
}
