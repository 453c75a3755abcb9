import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** Magic numbers of statfs(2), where it is worth naming them. */
const FILE_SYSTEMS = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlayfs'],
  [0x01021994, 'tmpfs'],
]);

/** What figures depend on, and nothing that names the machine. @param {string} dir an existing folder of the disk measured */
export async function describeMachine(dir) {
  const { type: magic } = await statfs(dir);
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    os: `${type()} ${release().split('.').slice(0, 2).join('.')}`,
    fileSystem: FILE_SYSTEMS.get(magic) ?? `0x${magic.toString(16)}`,
    node: process.version,
    /** Runnable processes before the first run, on average over the last minute. */
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
