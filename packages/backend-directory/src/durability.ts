import type { EpochHeads } from '@infinitree/core';
import type { FilePort } from './file-port.js';
import { unless } from './trouble.js';

/**
 * The file systems, by their number in Linux, of which it is known that they are local and that a positional write and
 * `fdatasync` into an existing file keep their promise. An allow-list: of a network or FUSE mount nobody knows what a
 * server does with a sync, or when another client sees it.
 */
const LOCAL: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext2, ext3, ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0xf2f52010, 'f2fs'],
  [0xca451a4e, 'bcachefs'],
  [0x3153464a, 'jfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
]);

/**
 * `'append'` where the file system is known to be local, `'object'` elsewhere. macOS and Windows do not tell Node what a
 * path lies on, so there it is `'object'` too: slower, and right on a network share as well. Who knows better says so
 * when opening.
 */
export async function durabilityOf(files: FilePort, root: string): Promise<EpochHeads['durability']> {
  // ENOSYS: sandboxes and emulations that have no statfs.
  const type = await unless('ENOSYS', files.fileSystemType(root));
  return type !== undefined && LOCAL.has(type) ? 'append' : 'object';
}
