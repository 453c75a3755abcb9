// Backends by directory or URL; importing them registers their schemes.
import { pathToFileURL } from 'node:url';
import { DirectoryBackend } from '@infinitree/backend-directory';
import '@infinitree/backend-cache';
import '@infinitree/backend-minio';
import '@infinitree/backend-s3';
import { type Backend, openBackend } from '@infinitree/core';

/** The storage of a run, as every process of it opens it. */
export function openStorage(storage: string): Promise<Backend> {
  return storage.includes('://') ? openBackend(storage) : DirectoryBackend.open(storage);
}

/** The same bucket with a folder of its own in it. */
export function withFolder(url: string, folder: string): string {
  const inner = new URL(url);
  inner.pathname = `${inner.pathname.replace(/\/$/, '')}/${folder}`;
  return inner.href;
}

/** It behind a cache in a directory that all who open it share, with room for a few dozen objects. */
export function behindCache(url: string, directory: string, mode: string): string {
  const cache = new URL(pathToFileURL(directory).href.replace(/^file:/, 'cache:'));
  for (const [name, value] of Object.entries({ max: '4MiB', mode, upstream: url })) cache.searchParams.set(name, value);
  return cache.href;
}
