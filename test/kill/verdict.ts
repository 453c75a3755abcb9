import type { Commit } from '@infinitree/core';
import { ACCOUNTS, movesOf } from './bank.js';
import type { Note } from './notes.js';

/** What the tree says in the end. */
export interface Final {
  readonly commits: readonly Commit[];
  readonly balances: readonly number[];
  readonly epoch: number;
}

type Acknowledged = Note & { readonly kind: 'acknowledged' };

/** Compares what was witnessed with what the tree says in the end. Gives what does not agree. */
export function judge(witnessed: readonly (readonly Note[])[], final: Final): string[] {
  const notes = witnessed.flat();
  const log = new Log(final);
  return [
    ...log.complaints,
    ...notes.flatMap((note) => complaintOf(note, log)),
    ...wonTwice(notes),
    ...witnessed.flatMap(goesBack),
  ];
}

/** The final log, and what the books said after each commit of it. */
class Log {
  readonly complaints: string[] = [];
  readonly #commits: readonly Commit[];
  readonly #balances: string[] = [];
  readonly #messages: ReadonlySet<string>;

  constructor({ commits, balances }: Final) {
    this.#commits = commits;
    this.#messages = new Set(commits.map(({ message }) => message));
    if (this.#messages.size !== commits.length) this.complaints.push('a commit is in the log twice');
    const now: number[] = Array.from({ length: ACCOUNTS }, () => 0);
    for (const [i, commit] of commits.entries()) {
      if (commit.sequence !== i + 1) this.complaints.push(`sequence ${commit.sequence} stands at place ${i + 1}`);
      if (commit.parent !== commits[i - 1]?.id) this.complaints.push(`commit ${commit.message} has another parent`);
      for (const [account, amount] of movesOf(commit)) now[account]! += amount;
      this.#balances.push(now.join());
    }
    if (now.join() !== balances.join()) {
      this.complaints.push(`the books say ${balances.join()}, and the log adds up to ${now.join()}`);
    }
  }

  has(token: string): boolean {
    return this.#messages.has(token);
  }

  /** The commit of a sequence, where it has this id. */
  find(sequence: number, id: string): Commit | undefined {
    const commit = this.#commits[sequence - 1];
    return commit?.id === id ? commit : undefined;
  }

  balancesAfter(sequence: number): string | undefined {
    return this.#balances[sequence - 1];
  }
}

function complaintOf(note: Note, log: Log): string[] {
  switch (note.kind) {
    case 'acknowledged':
      if (log.find(note.sequence, note.id)?.message === note.token) return [];
      return [`${note.token} was acknowledged as commit ${note.sequence}, and is not in the log`];
    case 'refused':
      return log.has(note.token) ? [`${note.token} was refused with ${note.code}, and is in the log`] : [];
    case 'shown':
    case 'seen': {
      if (log.find(note.sequence, note.id) === undefined)
        return [`commit ${note.sequence} was shown, and has vanished`];
      if (note.kind === 'shown') return [];
      const expected = log.balancesAfter(note.sequence);
      const found = note.balances.join();
      return found === expected ? [] : [`after commit ${note.sequence} the books said ${found}, not ${expected ?? ''}`];
    }
    case 'failed':
      return [note.what];
    case 'begun':
    case 'unknown':
    case 'opened':
    case 'locked':
    case 'collected':
    case 'late':
      return [];
  }
}

/** Epochs in which two handles were acknowledged a commit, and places in the order of heads that were given twice. */
function wonTwice(notes: readonly Note[]): string[] {
  const complaints: string[] = [];
  const handles = new Map<string, string>();
  const places = new Set<string>();
  for (const { token, head } of notes.filter((note): note is Acknowledged => note.kind === 'acknowledged')) {
    if (head === undefined) continue;
    const [, epoch = '', headSequence = ''] = head.split('.');
    const handle = token.slice(0, token.lastIndexOf('.'));
    // Where heads stand in slots there are no epochs.
    if (epoch !== '0' && (handles.get(epoch) ?? handle) !== handle) complaints.push(`epoch ${epoch} was won twice`);
    if (places.has(headSequence)) complaints.push(`head sequence ${headSequence} was given twice`);
    handles.set(epoch, handle);
    places.add(headSequence);
  }
  return complaints;
}

/** Sequences that one worker was acknowledged in another order. */
function goesBack(notes: readonly Note[]): string[] {
  const sequences = notes.filter((note) => note.kind === 'acknowledged').map(({ sequence }) => sequence);
  return sequences.some((sequence, i) => i > 0 && sequence <= sequences[i - 1]!) ? [`${sequences.join()} go back`] : [];
}
