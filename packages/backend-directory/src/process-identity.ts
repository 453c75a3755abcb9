import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from './trouble.js';

/** What tells one process from every other one, as far as the platform says. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** A hash of the machine's id: two machines may both be called "localhost". */
  readonly machine?: string;
  /** Changes with every start of the machine. */
  readonly boot?: string;
  /** Containers count their processes on their own: equal numbers in two of these are two processes. */
  readonly pidNamespace?: string;
  /** When the process was started, in ticks since the boot: process numbers are used again. */
  readonly started?: string;
}

/** What is asked of the system; a test answers in its place. */
export interface SystemPort {
  readonly pid: number;
  hostname(): string;
  /** `undefined` where the file is not there or may not be read. */
  readText(path: string): string | undefined;
  readLink(path: string): string | undefined;
  /** Whether there is a process of this number that this one can see. */
  alive(pid: number): boolean;
}

export const nodeSystem: SystemPort = {
  pid: process.pid,
  hostname,
  readText: (path) => attempt(() => readFileSync(path, 'utf8')),
  readLink: (path) => attempt(() => readlinkSync(path)),
  alive(pid) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // EPERM: there is one, and it is somebody else's.
      return errnoOf(error) !== 'ESRCH';
    }
  },
};

/** The identity of this process. */
export function ownIdentity(system: SystemPort): ProcessIdentity {
  const machine = system.readText('/etc/machine-id')?.trim();
  const boot = system.readText('/proc/sys/kernel/random/boot_id')?.trim();
  const pidNamespace = system.readLink('/proc/self/ns/pid');
  const started = startTime(system, 'self');
  return {
    pid: system.pid,
    host: system.hostname(),
    // Hashed, as its manual asks: the id itself is meant to stay on the machine.
    ...(machine ? { machine: createHash('sha256').update(machine).digest('hex').slice(0, 16) } : {}),
    ...(boot ? { boot } : {}),
    ...(pidNamespace ? { pidNamespace } : {}),
    ...(started ? { started } : {}),
  };
}

/**
 * Whether `other` is surely gone, as seen by `own`. In doubt it is not: a lock that stays too long costs its user a
 * glance, a lock taken from somebody alive costs a session.
 */
export function isGone(system: SystemPort, own: ProcessIdentity, other: ProcessIdentity): boolean {
  if (other.host !== own.host || other.machine !== own.machine) return false;
  if (other.boot !== own.boot) return other.boot !== undefined && own.boot !== undefined;
  if (other.pidNamespace !== own.pidNamespace) return false;
  if (!system.alive(other.pid)) return true;
  const started = startTime(system, String(other.pid));
  return started !== undefined && other.started !== undefined && started !== other.started;
}

/** Field 22 of `/proc/<pid>/stat`. Field 2 is the program's name, which may hold blanks and brackets itself. */
function startTime(system: SystemPort, pid: string): string | undefined {
  const stat = system.readText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** What a platform does not have is not known; that is an answer and no trouble. */
function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
