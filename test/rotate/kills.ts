import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { SeededRandom } from '@infinitree/testing';
import { differences, opened, type Place } from './orchard.js';
import type { Task } from './worker.js';

const HOUR_MS = 3_600_000;
/** Each process that comes through without being killed tells how long that takes. */
const MOST_TRIES = 6;
/** Of a mebibyte in so many the content is compared after each kill; of all at the end. */
const LOOKED_AT = 64;

export interface Killing {
  readonly program: string;
  readonly place: Place;
  readonly random: SeededRandom;
  readonly kills: number;
  /** About how long a rotation of each kind takes, in milliseconds. */
  readonly takesMs: Readonly<Record<Task['policy'], number>>;
  readonly say: (line: string) => void;
}

export interface Killed {
  readonly kills: number;
  /** How many processes ended before they were killed. */
  readonly through: number;
  readonly complaints: readonly string[];
  /** By how much the clock of whoever comes next is to be ahead. */
  readonly aheadMs: number;
}

/** Has processes give a tree new keys, and kills each at a random point; looks at the tree after each of them. */
export async function kill({ program, place, random, kills, takesMs, say }: Killing): Promise<Killed> {
  const complaints: string[] = [];
  let [done, through, aheadMs] = [0, 0, 0];
  for (let nth = 0; done < kills && nth < kills * MOST_TRIES; nth++) {
    const policy = random.int(3) === 0 ? 'index' : 'all';
    const afterMs = random.int(Math.ceil(takesMs[policy]));
    aheadMs += HOUR_MS;
    const end = await oneChild(program, { place, nth, aheadMs, policy }, afterMs);
    if (end === 'killed') done += 1;
    else if (end === 'done') through += 1;
    else complaints.push(`a process failed: ${end}`);
    const { keyEpoch, wrong } = await look(place, nth + 1, (aheadMs += HOUR_MS));
    complaints.push(...wrong.map((what) => `after process ${nth + 1}: ${what}`));
    say(`${policy}, after ${afterMs} ms: ${end}; the tree opens in key epoch ${keyEpoch}`);
  }
  if (done < kills) complaints.push(`only ${done} processes were killed`);
  return { kills: done, through, complaints, aheadMs };
}

/** How a process ended that was killed so long after it began, or had come through by then. */
async function oneChild(program: string, task: Task, afterMs: number): Promise<string> {
  const child = fork(program, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const said: string[] = [];
  child.on('message', (message: string) => said.push(message));
  const exited = once(child, 'exit');
  child.send(task);
  await once(child, 'message');
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  await Promise.race([exited, ended(child)]);
  clearTimeout(timer);
  if (child.connected) child.disconnect();
  await exited;
  const last = said.at(-1) ?? '';
  return last === 'begun' ? 'killed' : last;
}

/** Resolves once it says how it came out. */
function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (message !== 'begun') resolve();
    });
  });
}

/** Opens the tree by the next of its keys, as whoever comes next does, and commits; what was replaced goes by that. */
async function look(place: Place, nth: number, aheadMs: number): Promise<{ keyEpoch: number; wrong: string[] }> {
  const wrong: string[] = [];
  try {
    await using handle = await opened(place, nth, aheadMs);
    const { tree } = handle;
    wrong.push(...(await differences(tree, place, LOOKED_AT)));
    tree.index.notes.set('seen', String(nth));
    await tree.commit(`seen ${nth}`);
    // Nobody else is at it, so that what was left behind is as old as it has to be.
    await tree.gc({ olderThan: 0 });
    return { keyEpoch: tree.keyEpoch, wrong };
  } catch (error) {
    return { keyEpoch: -1, wrong: [...wrong, error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
}
