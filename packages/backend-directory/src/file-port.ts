/** What is known about a file or folder without reading it. */
export interface FileStat {
  readonly size: number;
  /** Last change of the content in milliseconds, by the clock of the file system. */
  readonly modified: number;
  /** How many names the file has. */
  readonly links: number;
  readonly folder: boolean;
  /** The same for two stats exactly if they are of one and the same file or folder. */
  readonly identity: string;
}

/** An open file. All positions are given, so that calls do not depend on one another. */
export interface OpenFile {
  /** Reads up to `target.length` bytes from `position` on; resolves to how many there were, 0 at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Writes up to `bytes.length` bytes at `position`; resolves to how many were taken, which may be fewer. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  stat(): Promise<FileStat>;
  /** Content and everything that is known about the file reach the disk. */
  sync(): Promise<void>;
  /** Content reaches the disk. Enough where neither the length nor a name changes. */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** `create`: for writing, only if the name is free; `read`; `update`: for writing into what is there. */
export type OpenMode = 'create' | 'read' | 'update';

/**
 * Everything this backend asks of a file system, and nothing else: what is not here is not done. Narrow, so that a
 * test can record the operations, make any of them fail, or stand a simulated disk in its place. Rejections carry a
 * `code` as those of `node:fs` do; nothing else about them is relied upon.
 */
export interface FilePort {
  /** Files are made for their owner alone. Rejects with `EEXIST` for `create`, `ENOENT` otherwise. */
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  /** A second name for a file; `EEXIST` where that name is taken. Rename is not here: it replaces silently. */
  link(path: string, name: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes one folder, for its owner alone; `EEXIST` where there is something, `ENOENT` without its parent. */
  mkdir(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
  /** Names made in or taken from a folder reach the disk. */
  syncFolder(path: string): Promise<void>;
  stat(path: string): Promise<FileStat>;
  /** The number of the file system's type as Linux knows it; `undefined` on platforms where it says nothing. */
  fileSystemType(path: string): Promise<number | undefined>;
}
