import { constants, type Stats } from 'node:fs';
import { link, mkdir, open, readdir, rename, stat, unlink, utimes } from 'node:fs/promises';
import type { FilePort, FileStat } from './file-port.js';

/** A pipe under the name of an object would hold up whoever opens it, and a link would have another file read. */
const PLAIN = constants.O_NONBLOCK | constants.O_NOFOLLOW;

const FLAGS = {
  create: constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY,
  read: constants.O_RDONLY | PLAIN,
} as const;

/** Nobody but the owner needs to see even the ciphertext. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** The files of the operating system. */
export const nodeFiles: FilePort = {
  async open(path, mode) {
    const handle = await open(path, FLAGS[mode], FILE_MODE);
    return {
      read: async (target, position) => (await handle.read(target, 0, target.length, position)).bytesRead,
      write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
      stat: async () => fromStats(await handle.stat()),
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  link: (path, name) => link(path, name),
  rename: (path, name) => rename(path, name),
  unlink: (path) => unlink(path),
  mkdir: async (path) => {
    await mkdir(path, FOLDER_MODE);
  },
  readdir: (path) => readdir(path),
  syncFolder,
  stat: async (path) => fromStats(await stat(path)),
  async touch(path) {
    const now = new Date();
    await utimes(path, now, now);
  },
};

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folder for syncing; NTFS keeps names in its journal, which it writes in order by itself.
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function fromStats(stats: Stats): FileStat {
  return { size: stats.size, modified: stats.mtimeMs };
}
