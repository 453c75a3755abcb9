import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  linkSync,
  mkdirSync,
  open as openElsewhere,
  openSync,
  read,
  readdirSync,
  readSync,
  type Stats,
  statSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, stat, statfs, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { FilePort, FileStat, OpenFile, OpenMode } from './file-port.js';
import { QuickCalls } from './quick-calls.js';

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

/** Up to this size copying to or from the page cache takes less time than handing it to another thread, in bytes. */
const COPY_NOW = 131_072;

/** The first syncs of a file are made elsewhere, whatever they take. */
const EXPECTED_SYNC_MS = 2;
/** The first of all others is made in place: what is not in memory is on a disk that may take ten times this, once. */
const EXPECTED_MS = 0.5;

/**
 * The same files where they are known to be on a disk of this machine. What is in the operating system's memory there is
 * done in place: 7 µs for a page, a name or a folder with few of them, against 60 µs by way of the thread pool, and a turn of the
 * event loop, which may have other things to do. On a network share the same calls could hold it for as long as the network
 * does.
 */
export function localFiles(): FilePort {
  const calls = new QuickCalls(EXPECTED_MS);
  const either =
    <A extends unknown[], R>(inPlace: (...given: A) => R, elsewhere: (...given: A) => Promise<R>) =>
    (...given: A): Promise<R> =>
      calls.make(
        () => inPlace(...given),
        () => elsewhere(...given),
      );
  const opened = either(openSync, promisify(openElsewhere));
  return {
    open: async (path, mode) => localFile(await opened(path, FLAGS[mode], FILE_MODE), calls),
    link: either(linkSync, link),
    unlink: either(unlinkSync, unlink),
    mkdir: either(
      (path: string) => {
        mkdirSync(path, FOLDER_MODE);
      },
      (path) => nodeFiles.mkdir(path),
    ),
    // Asked for with each commit, of a folder that has a few names. What it throws has to be a rejection.
    readdir: async (path) => readdirSync(path),
    stat: either(
      (path: string) => fromStats(statSync(path)),
      (path) => nodeFiles.stat(path),
    ),
    async syncFolder(path) {
      if (process.platform === 'win32') return;
      const fd = await opened(path, FOLDER_FLAGS);
      try {
        await syncElsewhere(fd);
      } finally {
        closeSync(fd);
      }
    },
    fileSystemType: (path) => nodeFiles.fileSystemType(path),
  };
}

const readElsewhere = promisify(read);
const writeElsewhere = promisify(write);
const syncElsewhere = promisify(fsync);
const datasyncElsewhere = promisify(fdatasync);

/**
 * Knows its file by number alone: an object that stands for a file takes as long to make as to read a block. The number is the
 * next file's once it is closed, so closing waits for what is under way on other threads.
 */
function localFile(fd: number, calls: QuickCalls): OpenFile {
  const syncs = new QuickCalls(EXPECTED_SYNC_MS);
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;
  const onThread = async <T>(call: () => Promise<T>): Promise<T> => {
    const work = call();
    underWay.add(work);
    try {
      return await work;
    } finally {
      underWay.delete(work);
    }
  };
  const open = (): number => {
    if (isClosed) throw new Error('This file was closed.');
    return fd;
  };
  return {
    async read(target, position) {
      const elsewhere = () =>
        onThread(async () => (await readElsewhere(open(), target, 0, target.length, position)).bytesRead);
      if (target.length > COPY_NOW) return elsewhere();
      return calls.make(() => readSync(open(), target, 0, target.length, position), elsewhere);
    },
    async write(bytes, position) {
      // Into memory in any case: what it waits for is the sync.
      if (bytes.length <= COPY_NOW) return writeSync(open(), bytes, 0, bytes.length, position);
      return onThread(async () => (await writeElsewhere(open(), bytes, 0, bytes.length, position)).bytesWritten);
    },
    stat: async () => fromStats(fstatSync(open())),
    sync: () => onThread(() => syncElsewhere(open())),
    datasync: () =>
      syncs.make(
        () => fdatasyncSync(open()),
        () => onThread(() => datasyncElsewhere(open())),
      ),
    async close() {
      open();
      isClosed = true;
      await Promise.allSettled(underWay);
      closeSync(fd);
    },
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
