import { type Change, contentsAfter } from './contents.js';

/** Commits that were asked for in one moment and share one write: all of them are stored, or none. */
export type Write = readonly (readonly [label: string, change: Change])[];

/** What must be in storage at one moment. */
export interface Expectation {
  /** Whether `create` was acknowledged. */
  readonly created: boolean;
  /** The commits that were acknowledged, or shown to anybody, oldest first. */
  readonly sure: readonly string[];
  /** Writes of which nobody knows whether they took effect. */
  readonly open: readonly Write[];
  /**
   * Whether a successor has claimed its epoch and not yet synced what it builds upon: until then who opens the tree
   * may miss the last write before. Who commits does not.
   */
  readonly hiding: boolean;
  /** Whether who committed last has closed the tree: then the last commit has its mark, and nobody hides it. */
  readonly closed: boolean;
}

/**
 * What a tree holds after some commits, by the write of the last one: the same is asked for in each of a thousand states.
 */
const knownContents = new WeakMap<Write, Map<string, string>>();

/** What was promised to whom, and when: by the number of operations that the disk had seen. */
export class Chronicle {
  readonly #moments: { readonly at: number; readonly expected: Expectation }[];
  readonly #writes: Map<string, Write>;

  constructor(
    start: Expectation = { created: false, sure: [], open: [], hiding: false, closed: false },
    writes: ReadonlyMap<string, Write> = new Map(),
  ) {
    this.#moments = [{ at: 0, expected: start }];
    this.#writes = new Map(writes);
  }

  get now(): Expectation {
    return this.#moments.at(-1)!.expected;
  }

  /** What must be there after that many operations. */
  after(operations: number): Expectation {
    return this.#moments[this.numberAfter(operations)]!.expected;
  }

  /** Tells apart what must be there after different numbers of operations. */
  numberAfter(operations: number): number {
    return this.#moments.findLastIndex(({ at }) => at <= operations);
  }

  /** A chronicle that begins with what must be there after that many operations. */
  from(operations: number): Chronicle {
    return new Chronicle(this.after(operations), this.#writes);
  }

  created(at: number): void {
    this.#add(at, { created: true });
  }

  begun(at: number, write: Write): void {
    for (const [label] of write) this.#writes.set(label, write);
    this.#add(at, { open: [...this.now.open, write] });
  }

  /** Refused for good: it is not there and never will be. */
  refused(at: number, write: Write): void {
    if (write.some(([label]) => this.now.sure.includes(label))) {
      throw new Error(`${labelsOf(write)} was refused, and had been shown or acknowledged before`);
    }
    this.#add(at, { open: this.now.open.filter((other) => other !== write) });
  }

  /** Somebody looked, and these commits were shown: from now on they are there. */
  shown(at: number, labels: readonly string[]): void {
    const complaint = this.complaint(this.now, labels);
    if (complaint !== undefined) throw new Error(complaint);
    if (labels.length < this.now.sure.length) return;
    const closed = this.now.closed && labels.length === this.now.sure.length;
    this.#add(at, { sure: labels, closed, open: this.now.open.filter((write) => !labels.includes(write[0]![0])) });
  }

  /** The last of these commits was acknowledged. Late perhaps: others may have taken it over and gone on meanwhile. */
  acknowledged(at: number, labels: readonly string[]): void {
    if (!startsWith(this.now.sure, labels)) this.shown(at, labels);
  }

  closed(at: number): void {
    this.#add(at, { closed: true });
  }

  hiding(at: number, hiding: boolean): void {
    this.#add(at, { hiding });
  }

  /** What is wrong with finding these commits; `undefined` where nothing is. */
  complaint({ sure, open, hiding }: Expectation, found: readonly string[]): string | undefined {
    const what = `found ${found.join(' ') || 'no commits'}; sure are ${sure.join(' ') || 'none'}`;
    if (!startsWith(found, sure)) {
      const before = sure.slice(0, sure.length - (this.#writes.get(sure.at(-1) ?? '')?.length ?? 0));
      const hidden = hiding && startsWith(found, before) && found.length === before.length;
      return hidden ? undefined : what;
    }
    let rest = found.slice(sure.length);
    let left = open;
    while (rest.length > 0) {
      const write = left.find((candidate) =>
        startsWith(
          rest,
          candidate.map(([label]) => label),
        ),
      );
      if (write === undefined) return `${what}, on their way ${open.map(labelsOf).join(' or ') || 'none'}`;
      left = left.filter((other) => other !== write);
      rest = rest.slice(write.length);
    }
    return undefined;
  }

  /** What a tree holds after these commits. */
  contents(labels: readonly string[]): string {
    const last = this.#writes.get(labels.at(-1) ?? '');
    const known = last && (knownContents.get(last) ?? new Map<string, string>());
    const name = labels.join(' ');
    const contents = known?.get(name) ?? contentsAfter(labels.map((label) => this.#change(label)));
    if (last !== undefined) knownContents.set(last, known!.set(name, contents));
    return contents;
  }

  #change(label: string): Change {
    return this.#writes.get(label)!.find(([other]) => other === label)![1];
  }

  #add(at: number, changed: Partial<Expectation>): void {
    this.#moments.push({ at, expected: { ...this.now, ...changed } });
  }
}

function startsWith(list: readonly string[], start: readonly string[]): boolean {
  return start.every((item, i) => item === list[i]);
}

function labelsOf(write: Write): string {
  return write.map(([label]) => label).join('+');
}
