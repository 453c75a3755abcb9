import type { Infinitree } from '@infinitree/core';
import { formatCount } from '@infinitree/example-terminal';
import type { Flights } from './flights.js';

/** The tree as it was after one of its commits, counted from 1. */
export async function afterCommit(tree: Infinitree<Flights>, number: number): Promise<string[]> {
  const commits = await tree.commits();
  const commit = commits[number - 1];
  if (commit === undefined) throw new Error(`There is no commit ${number}.`);
  await using before = await tree.at(commit);

  let count = 0;
  for await (const _ of before.entries('flights', { keysOnly: true })) count += 1;
  const lines = [`${commit.id.slice(0, 8)}, commit ${number} of ${commits.length}: ${formatCount(count)} flights`];
  for await (const [[minute, row], { delay }] of before.entries('flights', { reverse: true, limit: 1 })) {
    lines.push(`the last of them: row ${formatCount(row)}, left at ${clock(minute)}, ${delay} minutes late`);
  }
  return lines;
}

function clock(minute: number): string {
  return `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
}
