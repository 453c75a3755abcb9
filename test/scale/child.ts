import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Figure, Job, Report, Step } from './scenario.js';

/** What a child is told to do, and what it says. */
export interface Order {
  readonly scenario: string;
  readonly step: string;
  readonly job: Job;
}
type Message = { readonly progress: string } | { readonly figures: readonly Figure[] } | { readonly error: string };

/** The argument by which this program knows that it is a child. */
export const CHILD = '--child';

/** Runs a step in a fresh process. */
export async function inFreshProcess(order: Order, report: Report): Promise<readonly Figure[]> {
  const child = fork(fileURLToPath(import.meta.url), [CHILD], { stdio: ['ignore', 2, 2, 'ipc'] });
  child.send(order);
  return new Promise((resolve, reject) => {
    let answer: Message | undefined;
    child.on('message', (message: Message) => {
      if ('progress' in message) report(message.progress);
      else answer = message;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (answer !== undefined && 'figures' in answer) resolve(answer.figures);
      else
        reject(
          new Error(
            answer !== undefined && 'error' in answer ? answer.error : `it ended with ${signal ?? String(code)}`,
          ),
        );
    });
  });
}

/** Does in this process what it is told, and ends it. */
export function obey(steps: (order: Order) => Step): void {
  const say = (message: Message): Promise<void> =>
    new Promise((resolve) => void process.send?.(message, undefined, undefined, () => resolve()));
  const work = async (order: Order): Promise<void> => {
    const { run, maxRss } = steps(order);
    try {
      const figures = await run(order.job, (progress) => void say({ progress }));
      const bound = maxRss === undefined ? {} : { atMost: maxRss };
      const memory = {
        what: 'peak memory',
        value: process.resourceUsage().maxRSS / 1024,
        unit: 'MiB',
        ...bound,
      } as const;
      await say({ figures: [...figures, memory] });
    } catch (error) {
      await say({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    process.disconnect();
  };
  process.once('message', (order: Order) => void work(order));
}
