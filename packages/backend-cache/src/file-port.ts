/** What is known about a file without reading it. */
export interface FileStat {
  readonly size: number;
  /** Last change in milliseconds, by the clock of the file system. */
  readonly modified: number;
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
  close(): Promise<void>;
}

/**
 * Everything that the cache asks of a file system. Narrow, so that a test can record it, make any of it fail, or stand a
 * simulated disk in its place. Rejections carry a `code` as those of `node:fs` do.
 */
export interface FilePort {
  /** `create`: for writing, only if the name is free. Files are for their owner alone. */
  open(path: string, mode: 'create' | 'read'): Promise<OpenFile>;
  /** A second name for a file; `EEXIST` where that name is taken. */
  link(path: string, name: string): Promise<void>;
  /** Another name, in whose place nothing else stays. */
  rename(path: string, name: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes one folder, for its owner alone; `EEXIST` where there is something, `ENOENT` without its parent. */
  mkdir(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
  /** Names made in or taken from a folder reach the disk. */
  syncFolder(path: string): Promise<void>;
  stat(path: string): Promise<FileStat>;
  /** Makes a file as new as one that was just written. Where it is left out, a restart forgets what was used last. */
  touch?(path: string): Promise<void>;
}
