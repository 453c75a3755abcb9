import { constants, readdirSync, type Stats, writeSync } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, stat, statfs, unlink } from 'node:fs/promises';
import type { FilePort, FileStat, OpenFile, OpenMode } from './file-port.js';
import { QuickSync } from './quick-sync.js';

/**
 * Who may write into the directory may put anything under the name of an object. A pipe would hold up whoever opens it for
 * ever, and with it a thread of the pool; a link would have another file read or written to. Windows has neither flag, and
 * what is undefined sets no bit.
 */
const PLAIN = constants.O_NONBLOCK | constants.O_NOFOLLOW;

const FLAGS: Readonly<Record<OpenMode, number>> = {
  create: constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY,
  read: constants.O_RDONLY | PLAIN,
  update: constants.O_RDWR | PLAIN,
};

/** A folder may be a link, to another disk for example. */
const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY;

/** Nobody but the owner needs to see even the ciphertext: sizes and times of files tell when something was written. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** The files of the operating system. */
export const nodeFiles: FilePort = {
  open: async (path, mode) => openFile(await open(path, FLAGS[mode], FILE_MODE)),
  link: (path, name) => link(path, name),
  unlink: (path) => unlink(path),
  mkdir: async (path) => {
    await mkdir(path, FOLDER_MODE);
  },
  readdir: (path) => readdir(path),
  syncFolder,
  stat: async (path) => fromStats(await stat(path)),
  async fileSystemType(path) {
    // macOS numbers its types as they are loaded, Windows has none.
    return process.platform === 'linux' ? (await statfs(path)).type >>> 0 : undefined;
  },
};

/** Up to this size a write into the page cache takes less time than handing it to another thread, in bytes. */
const WRITE_NOW = 65_536;

/**
 * The same files where they are known to be on a disk of this machine. What a commit does besides its sync touches only
 * the operating system's memory there: 7 µs for a page or for a folder with few names, against 60 µs by way of the
 * thread pool. On a network share the same calls could hold the event loop for as long as the network does.
 */
export const localFiles: FilePort = {
  ...nodeFiles,
  open: async (path, mode) => localFile(await open(path, FLAGS[mode], FILE_MODE)),
  // biome-ignore lint/suspicious/useAwait: what it throws has to be a rejection
  readdir: async (path) => readdirSync(path),
};

function localFile(handle: FileHandle): OpenFile {
  const file = openFile(handle);
  const syncs = new QuickSync();
  return {
    ...file,
    write: async (bytes, position) =>
      bytes.length <= WRITE_NOW ? writeSync(handle.fd, bytes, 0, bytes.length, position) : file.write(bytes, position),
    datasync: () => syncs.datasync(handle.fd),
  };
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folder for syncing; NTFS keeps names in its journal, which it writes in order by itself.
  if (process.platform === 'win32') return;
  const folder = await open(path, FOLDER_FLAGS);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function openFile(handle: FileHandle): OpenFile {
  return {
    read: async (target, position) => (await handle.read(target, 0, target.length, position)).bytesRead,
    write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    stat: async () => fromStats(await handle.stat()),
    sync: () => handle.sync(),
    datasync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

function fromStats(stats: Stats): FileStat {
  return {
    size: stats.size,
    modified: stats.mtimeMs,
    links: stats.nlink,
    folder: stats.isDirectory(),
    identity: `${stats.dev}:${stats.ino}`,
  };
}
