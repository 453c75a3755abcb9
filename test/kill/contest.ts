import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Infinitree } from '@infinitree/core';
import { Bank, KEY, OBJECT_SIZE, openBooks } from './bank.js';
import type { Order, Reply } from './contender.js';
import { openStorage } from './storage.js';

export interface ContestOptions {
  /** What contenders run. */
  readonly program: string;
  readonly rounds: number;
  /** The URL of an empty storage. */
  readonly storage: string;
}

export interface ContestReport {
  readonly notes: readonly never[];
  readonly rounds: number;
  readonly conflicts: number;
  /** How often somebody was not told at once. */
  readonly unknown: number;
  readonly commits: number;
  readonly complaints: readonly string[];
}

/**
 * Two processes that commit to one storage at the same moment, again and again. One has to win each round; the other one
 * is told so, takes over what the first one committed, and commits as well.
 */
export async function playContest({ program, rounds, storage }: ContestOptions): Promise<ContestReport> {
  await found(storage);
  const complaints: string[] = [];
  const won: string[] = [];
  let [conflicts, unknown] = [0, 0];
  await using pair = new Pair(program);
  await pair.both(() => ({ verb: 'open', storage }));
  for (let round = 1; round <= rounds; round++) {
    await pair.both(() => ({ verb: 'refresh' }));
    const replies = await pair.both((who) => ({ verb: 'commit', token: `${who} in round ${round}` }));
    unknown += replies[0].unknown + replies[1].unknown;
    const winners = [0, 1].filter((who) => replies[who]?.outcome === 'done');
    const losers = [0, 1].filter((who) => replies[who]?.outcome === 'CONFLICT');
    if (winners.length !== 1 || losers.length !== 1) {
      complaints.push(`round ${round}: ${JSON.stringify(replies)}`);
      continue;
    }
    conflicts += 1;
    const [winner, loser] = [winners[0] as 0 | 1, losers[0] as 0 | 1];
    await pair.one(loser, { verb: 'refresh' });
    const again = await pair.one(loser, { verb: 'commit', token: `${loser} after round ${round}` });
    unknown += again.unknown;
    if (again.outcome !== 'done') complaints.push(`after round ${round}: ${JSON.stringify(again)}`);
    won.push(`${winner} in round ${round}`, `${loser} after round ${round}`);
  }
  await pair.both(() => ({ verb: 'close' }));
  const log = await messagesIn(storage);
  if (log.slice(1).join() !== won.join()) complaints.push(`the log says ${log.join()}, and not ${won.join()}`);
  return { notes: [], rounds, conflicts, unknown, commits: log.length, complaints };
}

class Pair implements AsyncDisposable {
  readonly #children: readonly [ChildProcess, ChildProcess];

  constructor(program: string) {
    const begin = () => fork(program, [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#children = [begin(), begin()];
  }

  async one(who: 0 | 1, order: Order): Promise<Reply> {
    const child = this.#children[who];
    const replied = once(child, 'message') as Promise<[Reply]>;
    child.send(order);
    const [reply] = await replied;
    if (typeof reply.outcome === 'object') throw new Error(`contender ${who}: ${reply.outcome.failed}`);
    return reply;
  }

  both(order: (who: 0 | 1) => Order): Promise<[Reply, Reply]> {
    return Promise.all([this.one(0, order(0)), this.one(1, order(1))]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.disconnect();
  }
}

async function found(storage: string): Promise<void> {
  const backend = await openStorage(storage);
  const tree = await Infinitree.create(Bank, { backend, key: KEY, objectSize: OBJECT_SIZE });
  await openBooks(tree);
  await tree.close();
  await backend.close();
}

async function messagesIn(storage: string): Promise<string[]> {
  const backend = await openStorage(storage);
  const tree = await Infinitree.open(Bank, { backend, key: KEY, readonly: true });
  const messages = (await tree.commits()).map(({ message }) => message);
  await tree.close();
  await backend.close();
  return messages;
}
