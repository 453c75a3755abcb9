import { InfinitreeError, isInfinitreeError } from '@infinitree/core';

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'Check the owner and the permissions of the cache directory and what is in it.',
  EPERM: 'Check the owner and the permissions of the cache directory and what is in it.',
  EROFS: 'The file system is mounted read-only: put the cache elsewhere.',
  ENOSPC: 'The file system is full: give the cache a smaller budget, or free some space.',
  EDQUOT: 'The quota is used up: give the cache a smaller budget, or free some space.',
  EMFILE: 'This process has too many files open: close some, or raise its limit (ulimit -n).',
  EIO: 'The disk reports an error: check the system log. A cache may be removed as a whole while nobody uses it.',
  ENOTDIR: 'Something that is no folder is where a folder of the cache should be.',
  ENOENT: 'Was the cache directory removed while it is in use?',
};

/** The `code` of an error of the file system, by name and never by class. */
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
  const done = work.then(() => true);
  return (await unless(code, done)) ?? false;
}

/** What the file system threw, as an error of ours. */
export function asTrouble(what: string, directory: string, error: unknown): InfinitreeError {
  if (isInfinitreeError(error)) return error;
  const code = errnoOf(error);
  const remedy = code === undefined ? undefined : REMEDIES[code];
  const message = `${what}: ${code ?? 'an unexpected error'} in the cache directory ${directory}.`;
  return new InfinitreeError('BACKEND', remedy === undefined ? message : `${message} ${remedy}`, {
    cause: error,
    retryable: code === 'EMFILE',
  });
}
