import { type Change, contentsAfter } from '../crash/contents.js';

/** A commit by its message. */
export type Entry = readonly [label: string, change: Change];

/** What was promised by now, against which everything that is shown is held. */
export class Ledger {
  /** Whether `create` was acknowledged, or a tree was shown. */
  created = false;
  /** Rises whenever something is promised. */
  promises = 0;
  /** Commits that were acknowledged or shown, oldest first. */
  #sure: Entry[] = [];
  /** How many of these were stored by one write, at the end. */
  #last = 0;
  /** Whether that may have no mark. */
  #isUnmarked = false;
  /** What may have been stored in place of one another: each of them whole, or none. */
  #open: (readonly Entry[])[] = [];

  copy(): Ledger {
    const copy = new Ledger();
    copy.created = this.created;
    copy.#sure = [...this.#sure];
    return copy;
  }

  get labels(): readonly string[] {
    return this.#sure.map(([label]) => label);
  }

  /** Entries are on their way. */
  begun(entries: readonly Entry[]): void {
    this.#open.push(entries);
  }

  /** Nothing of what was on its way is stored, or ever will be. */
  refused(): void {
    this.#open = [];
  }

  /** These were acknowledged; `isUnmarked`: although a write failed, which can have been that of the mark only. */
  stored(entries: readonly Entry[], isUnmarked = false): void {
    const shown = entries.every(([label], i) => label === this.#sure.at(i - entries.length)?.[0]);
    if (!shown) this.#sure.push(...entries);
    this.#last = entries.length;
    this.#isUnmarked = isUnmarked;
    this.#open = [];
    this.promises += 1;
  }

  /**
   * Somebody was shown these commits; what was in doubt and is among them is sure from now on, and may have no mark.
   * `isClaimed`: a successor is on its way. It hides a last write without mark from whoever opens the tree, until its head is
   * there. `hasLost`: that mark was written, and may be lost.
   */
  shown(labels: readonly string[], { isClaimed = false, hasLost = false } = {}): void {
    const sure = this.labels;
    const isHidden = isClaimed && (hasLost || this.#isUnmarked);
    if (isHidden && same(labels, sure.slice(0, sure.length - this.#last))) return;
    const rest = labels.slice(sure.length);
    const isLonger = sure.every((label, i) => label === labels[i]);
    const found = this.#open.find((entries) => same(labelsOf(entries), rest));
    if (!isLonger || (rest.length > 0 && found === undefined)) {
      const open = this.#open.map((entries) => labelsOf(entries).join('+')).join(' or ') || 'nothing';
      throw new Error(`shown were ${list(labels)}; sure are ${list(sure)}, and on its way is ${open}`);
    }
    if (found !== undefined && rest.length > 0) this.stored(found, true);
  }

  /** What a tree holds after the first commits. */
  contents(commits = this.#sure.length): string {
    return contentsAfter(this.#sure.slice(0, commits).map(([, change]) => change));
  }
}

export function labelsOf(entries: readonly Entry[]): string[] {
  return entries.map(([label]) => label);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, i) => label === b[i]);
}

function list(labels: readonly string[]): string {
  return labels.join(' ') || 'none';
}
