import { InfinitreeError, isInfinitreeError } from '@infinitree/core';

/** Trouble that may pass by itself. Not EIO: what a failed write or sync left behind is unknown, so again is no cure. */
const PASSING = new Set(['EAGAIN', 'EBUSY', 'EINTR', 'EMFILE', 'ENFILE', 'ETIMEDOUT']);

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'This process may not do that: check the owner and the permissions of the directory and what is in it.',
  EPERM: 'This process may not do that: check the owner and the permissions of the directory and what is in it.',
  EROFS: 'The file system is mounted read-only: remount it, or open the tree with `readonly: true`.',
  ENOSPC: 'The file system is full: free some space, then try again.',
  EDQUOT: 'The quota is used up: free some space, then try again.',
  EMFILE: 'This process has too many files open: close some, or raise its limit (ulimit -n).',
  ENFILE: 'The whole system has too many files open.',
  EIO: 'The disk or its connection reports an error: check the system log before you go on writing to it.',
  ENOTDIR: 'Something that is no folder is where a folder should be.',
  EISDIR: 'A folder is where a file should be.',
  ELOOP: 'A symbolic link is where a file should be: put the file itself there.',
};

/**
 * The `code` of an error of the file system. Asked for by name and never by class: an error made in another realm
 * (a worker, a test runner's sandbox) is an instance of another `Error`.
 */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Resolves to `undefined` in place of rejecting with this one code. */
export async function unless<T>(code: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (errnoOf(error) === code) return undefined;
    throw error;
  }
}

/** Whether the work was done; `false` where it ended with this one code. */
export async function doneUnless(code: string, work: Promise<void>): Promise<boolean> {
  return (
    (await unless(
      code,
      work.then(() => true),
    )) ?? false
  );
}

/** What the file system threw, as the error that the contract promises. Errors that are ours already pass unchanged. */
export function asTrouble(what: string, path: string, error: unknown): InfinitreeError {
  if (isInfinitreeError(error)) return error;
  const code = errnoOf(error);
  const remedy = code === undefined ? undefined : REMEDIES[code];
  const parts = [`${what}: ${code ?? 'an unexpected error'} at ${path}.`];
  if (remedy !== undefined) parts.push(remedy);
  return new InfinitreeError('BACKEND', parts.join(' '), {
    cause: error,
    retryable: code !== undefined && PASSING.has(code),
  });
}
