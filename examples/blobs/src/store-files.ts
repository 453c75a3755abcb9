import { createReadStream } from 'node:fs';
import type { Commit, Infinitree } from '@infinitree/core';
import type { Progress } from '@infinitree/example-terminal';
import type { Files } from './files.js';
import { Sha256 } from './hashing.js';
import { KnownChunks } from './known-chunks.js';
import type { SourceFile } from './walk.js';

/** What storing a version came to. */
export interface StoredVersion {
  /** Absent where nothing had changed. */
  readonly commit: Commit | undefined;
  readonly bytesRead: number;
  /** Paths whose bytes changed, or that are gone. */
  readonly changed: readonly string[];
  /** Chunks that the version before had not. */
  readonly newChunks: number;
  /** Their bytes, once compressed. */
  readonly newBytes: number;
}

/**
 * Stores files as one commit. Every file is read, and what is in the tree already is not stored again: chunks by
 * `dedup`, entries because they are left as they are.
 */
export async function storeFiles(
  tree: Infinitree<Files>,
  files: readonly SourceFile[],
  message: string,
  progress: Progress,
): Promise<StoredVersion> {
  const known = await KnownChunks.of(tree);
  const changed: string[] = [];
  let bytesRead = 0;
  let newChunks = 0;
  let newBytes = 0;
  for (const { path, location, mtime } of files) {
    const sha256 = new Sha256();
    const ref = await tree.blobs.put(sha256.of(createReadStream(location)), {
      dedup: true,
      onProgress: ({ done }) => progress.update(bytesRead + done, path),
    });
    bytesRead += ref.size;
    const added = known.add(ref);
    newChunks += added.chunks;
    newBytes += added.bytes;
    const file = { ref, size: ref.size, mtime, sha256: sha256.hex() };
    if ((await tree.get('files', path))?.sha256 === file.sha256) continue;
    tree.index.files.set(path, file);
    changed.push(path);
  }
  changed.push(...(await removeOthers(tree, files)));
  const commit = await tree.commit(message);
  return { commit, bytesRead, changed, newChunks, newBytes };
}

/** Deletes what is in the tree and not among the files. */
async function removeOthers(tree: Infinitree<Files>, files: readonly SourceFile[]): Promise<string[]> {
  const paths = new Set(files.map(({ path }) => path));
  const gone: string[] = [];
  for await (const [path] of tree.entries('files', { keysOnly: true })) if (!paths.has(path)) gone.push(path);
  for (const path of gone) tree.index.files.delete(path);
  return gone;
}
