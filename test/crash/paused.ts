import type { Kind } from './contents.js';
import type { Program } from './program.js';

/** A commit that is held up. */
export interface Paused {
  /** It has stopped, or has ended before that. */
  readonly reached: Promise<void>;
  /** Lets it go on to its end, or to the first of its file operations before which that is so, where it stops again. */
  goOn(until?: () => boolean): Promise<void>;
}

/** Begins a commit that stops before its n-th file operation, or ends before that. */
export function pausedAt(program: Program, nth: number, kind: Kind): Paused {
  let wake = (): void => undefined;
  let ended = false;
  const stopBefore = (operation: number, isPlace: () => boolean): Promise<void> =>
    new Promise((reached) => {
      const look = async (): Promise<void> => {
        // What this program does after its commit is not held up.
        if (ended) return;
        if (!isPlace()) {
          program.before(1, look);
          return;
        }
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        reached();
        await woken;
      };
      program.before(operation, look);
    });
  const stopped = stopBefore(nth, () => true);
  const committed = program.commit(kind).finally(() => {
    ended = true;
  });
  const goOn = async (until?: () => boolean): Promise<void> => {
    const again = until === undefined ? [] : [stopBefore(1, until)];
    wake();
    await Promise.race([committed, ...again]);
  };
  return { reached: Promise.race([stopped, committed]).then(() => undefined), goOn };
}
