import type { Infinitree, Ref } from '@infinitree/core';
import { formatBytes, formatCount } from '@infinitree/example-terminal';
import type { Files } from './files.js';

/** The files of a version: the first few with their sizes and times, and what all of them come to. */
export async function listing(tree: Infinitree<Files>, version: Ref, shown: number): Promise<string[]> {
  await using then = await tree.at(version);
  const lines: string[] = [];
  let count = 0;
  let total = 0;
  for await (const [path, { size, mtime }] of then.entries('files')) {
    count += 1;
    total += size;
    if (count > shown) continue;
    const time = mtime.toISOString().slice(0, 16).replace('T', ' ');
    lines.push(`${formatBytes(size).padStart(10)}  ${time}  ${path}`);
  }
  if (count > shown) lines.push(`… and ${formatCount(count - shown)} more`);
  lines.push(`${formatCount(count)} files, ${formatBytes(total)}`);
  return lines;
}
