import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Task } from './worker.js';

/** Longer than any worker takes to finish what it is at, on the slowest machine. */
const PATIENCE_MS = 60_000;

/** A worker as its employer sees it. */
export interface Hand {
  start(task: Task): void;
  /** Lets it finish what it is at. Rejects where it has ended by itself, or does not end at all. */
  stop(): Promise<void>;
  /** Ends it at once, wherever it is. */
  kill(): Promise<void>;
}

/** A worker that is a process: it can be held up and killed. */
export class ProcessHand implements Hand {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #answers = new Set<() => void>();
  #killed = false;
  readonly ready: Promise<void>;

  constructor(program: string) {
    this.#child = fork(program, [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#ended = once(this.#child, 'exit');
    this.#child.on('message', () => {
      for (const answered of this.#answers) answered();
      this.#answers.clear();
    });
    this.ready = this.#answer();
  }

  get pid(): number {
    return this.#child.pid!;
  }

  start(task: Task): void {
    this.#child.send(task);
  }

  async stop(): Promise<void> {
    const done = this.#answer();
    this.#child.send('stop');
    await done;
  }

  /** Stops it where it is, until `resume`. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.#killed = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** For when nothing can be awaited any more. */
  killNow(): void {
    this.#child.kill('SIGKILL');
  }

  #answer(): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#answers.add(resolve));
    const ended = this.#ended.then((how) => {
      if (!this.#killed) throw new Error(`worker ${this.pid} has ended by itself: ${String(how)}`);
    });
    return inTime(Promise.race([answered, ended]), `worker ${this.pid}`);
  }
}

/** A worker that is a thread of this process. */
export class ThreadHand implements Hand {
  readonly #thread: Worker;
  readonly ready: Promise<unknown>;

  constructor(program: string) {
    this.#thread = new Worker(program);
    this.ready = inTime(once(this.#thread, 'message'), `thread ${this.#thread.threadId}`);
  }

  start(task: Task): void {
    this.#thread.postMessage(task);
  }

  async stop(): Promise<void> {
    const done = inTime(this.#done(), `thread ${this.#thread.threadId}`);
    this.#thread.postMessage('stop');
    await done;
  }

  async kill(): Promise<void> {
    await this.#thread.terminate();
  }

  async #done(): Promise<void> {
    for (;;) {
      const [message] = (await once(this.#thread, 'message')) as [unknown];
      if (message === 'done') return;
    }
  }
}

/** Rejects where something hangs. */
async function inTime<T>(work: Promise<T>, who: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${who} hangs`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** How many processes are there before they are wanted: to start one takes longer than what happens in between. */
const SPARE = 6;

/** The processes of a run. Those that wait for work are used again; none outlives the run, however it ends. */
export class Crew implements AsyncDisposable {
  readonly program: string;
  readonly #all = new Set<ProcessHand>();
  #idle: ProcessHand[] = [];
  readonly #onExit = () => {
    for (const hand of this.#all) hand.killNow();
  };

  constructor(program: string) {
    this.program = program;
    process.on('exit', this.#onExit);
  }

  async hire(): Promise<ProcessHand> {
    const hand = this.#idle.shift() ?? this.#begin();
    while (this.#idle.length < SPARE) this.#idle.push(this.#begin());
    await hand.ready;
    return hand;
  }

  #begin(): ProcessHand {
    const hand = new ProcessHand(this.program);
    this.#all.add(hand);
    return hand;
  }

  /** Takes back one that has stopped working. */
  keep(hand: ProcessHand): void {
    this.#idle.unshift(hand);
  }

  async kill(hand: ProcessHand): Promise<void> {
    this.#all.delete(hand);
    await hand.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const hand of [...this.#all]) await this.kill(hand);
    process.off('exit', this.#onExit);
  }
}
