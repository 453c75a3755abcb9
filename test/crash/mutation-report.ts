import type { ChildProcess } from 'node:child_process';
import type { SourceEdit } from './mutation-kinds.js';
import type { Verdict } from './mutation-run.js';
import type { Mutation } from './mutations.js';

/** What a process is asked to try. */
export interface Trial {
  readonly mutation: string;
  readonly seed: number;
}

/** Starts a process that answers trials, made of sources with that edit. */
export type StartTrials = (edit?: SourceEdit) => Promise<ChildProcess>;

/** Tries all of them in that many processes, and resolves to how many came out otherwise than the list says. */
export async function tryMutations(
  mutations: readonly Mutation[],
  { seed, processes }: { readonly seed: number; readonly processes: number },
  start: StartTrials,
  write: (line: string) => void,
): Promise<number> {
  const left = [...mutations];
  const verdicts: Verdict[] = [];
  const lane = async (): Promise<void> => {
    const child = await start();
    for (let mutation = left.shift(); mutation !== undefined; mutation = left.shift()) {
      const special = mutation.edit === undefined ? undefined : await start(mutation.edit);
      const verdict = await ask(special ?? child, { mutation: mutation.name, seed });
      special?.disconnect();
      verdicts.push(verdict);
      write(line(mutation, verdict));
    }
    child.disconnect();
  };
  await Promise.all(Array.from({ length: processes }, lane));
  const wrong = verdicts.filter(({ expected }) => !expected).length;
  const caught = verdicts.filter((verdict) => verdict.caught !== undefined).length;
  write(`${verdicts.length} mistakes, ${caught} noticed, ${wrong} not as listed`);
  return wrong;
}

function ask(child: ChildProcess, trial: Trial): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`a process ended with ${String(code)} at: ${trial.mutation}`));
    child.once('exit', ended);
    child.once('message', (verdict) => {
      // One process answers many trials.
      child.off('exit', ended);
      resolve(verdict as Verdict);
    });
    child.send(trial);
  });
}

function line({ name, harmless }: Mutation, { states, caught, made, expected }: Verdict): string {
  const unnoticed = made ? 'not noticed' : 'there was no occasion for it';
  const outcome = caught ?? `${unnoticed}${harmless === undefined ? '' : `, since ${harmless}`}`;
  return `${expected ? 'as listed' : 'NOT AS LISTED'}: ${name} (${states} states)\n    ${outcome}`;
}
