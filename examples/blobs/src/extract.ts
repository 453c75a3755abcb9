import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Infinitree, Ref } from '@infinitree/core';
import type { Files } from './files.js';
import { Sha256 } from './hashing.js';

/** What was extracted, and its hash, which is the one that was stored with it. */
export interface Extracted {
  readonly size: number;
  readonly sha256: string;
}

/** Writes a file as it was in a version to the disk. Throws where what lies there then is not what was stored. */
export async function extract(tree: Infinitree<Files>, version: Ref, path: string, target: string): Promise<Extracted> {
  await using then = await tree.at(version);
  const file = await then.get('files', path);
  if (file === undefined) throw new Error(`There was no ${path} in that version.`);
  await pipeline(tree.blobs.get(file.ref), createWriteStream(target));

  const written = new Sha256();
  let size = 0;
  for await (const bytes of written.of(createReadStream(target))) size += bytes.length;
  const sha256 = written.hex();
  if (sha256 !== file.sha256) throw new Error(`${target} has the SHA-256 ${sha256} instead of ${file.sha256}.`);
  return { size, sha256 };
}
