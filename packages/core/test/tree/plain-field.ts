/** What a key is to hold. */
export interface Op {
  /** Unset for a deletion. */
  readonly boxed: { readonly value: unknown } | undefined;
  /** Whether it was computed from what was committed. */
  readonly depends: boolean;
}

/** What one commit did to one field, or what is staged. Keys are numbers, of all fields: a list has its elements in order. */
export interface Changes {
  readonly cleared: boolean;
  readonly ops: ReadonlyMap<number, Op>;
}

const NOTHING: Changes = { cleared: false, ops: new Map() };

/** Where elements of a list go that are not committed: behind all that are. */
const STAGED = 1e12;
/** Room for the elements of one commit. */
const COMMIT = 1e6;

/** What one change after the other does. */
function compose(lower: Changes, upper: Changes): Changes {
  if (upper.cleared) return upper;
  const ops = new Map(lower.ops);
  for (const [key, op] of upper.ops) {
    ops.set(key, { ...op, depends: op.depends && (lower.ops.get(key)?.depends ?? !lower.cleared) });
  }
  return { cleared: lower.cleared, ops };
}

/** What changes make of nothing, one after the other, in the order of the keys. */
export function replay(all: readonly Changes[]): Map<number, unknown> {
  const content = new Map<number, unknown>();
  for (const { cleared, ops } of all) {
    if (cleared) content.clear();
    for (const [key, { boxed }] of ops) {
      if (boxed === undefined) content.delete(key);
      else content.set(key, boxed.value);
    }
  }
  return new Map([...content].sort(([a], [b]) => a - b));
}

function isNothing({ cleared, ops }: Changes): boolean {
  return !cleared && ops.size === 0;
}

/**
 * A field of one handle, as plainly as possible: a list of what every commit did to it, how far of that the handle has
 * seen, what it has staged or is about to store, and what it knows without asking.
 */
export class PlainField {
  /** Of all commits to this field, by whichever handle. */
  readonly #log: Changes[];
  readonly #isList: boolean;
  /** Whether it is a field that means all that it holds: what is staged is its difference to the last commit. */
  readonly isWhole: boolean;
  #seen: number;
  #flying = NOTHING;
  #staged = NOTHING;
  #conflicts = new Set<number>();
  #known: 'all' | 'none' | ReadonlySet<number>;
  #window: readonly [from: number, to: number] | undefined;
  #pushed = 0;

  constructor(log: Changes[], kind: { readonly isList: boolean; readonly isWhole: boolean }, isNew: boolean) {
    this.#log = log;
    this.#isList = kind.isList;
    this.isWhole = kind.isWhole;
    this.#seen = log.length;
    this.#known = isNew ? 'all' : 'none';
  }

  /** What the tree reads. */
  get content(): Map<number, unknown> {
    return replay([...this.#log.slice(0, this.#seen), this.#flying, this.#staged]);
  }

  /** What the field shows, as far as it is in memory. */
  get shown(): Map<number, unknown> {
    const [from, to] = this.#window ?? [1, this.#seen];
    return replay([...this.#log.slice(from - 1, to), this.#flying, this.#staged]);
  }

  /** The content after the first commits of the tree. */
  past(sequence: number): Map<number, unknown> {
    return replay(this.#log.slice(0, sequence));
  }

  get state(): 'loaded' | 'partial' | 'none' {
    if (this.#staged.cleared || this.#flying.cleared || this.#window !== undefined || this.#known === 'all')
      return 'loaded';
    return this.#known === 'none' ? 'none' : 'partial';
  }

  get isReadonly(): boolean {
    return this.#window !== undefined;
  }

  get hasStaged(): boolean {
    return !isNothing(this.#staged);
  }

  get hasConflicts(): boolean {
    return this.#conflicts.size > 0;
  }

  /** Whether a read of the key needs no storage. */
  isAtHand(key: number): boolean {
    return (
      this.state === 'loaded' || [this.#staged, this.#flying].some(({ ops }) => ops.has(key)) || this.#isKnown(key)
    );
  }

  #isKnown(key: number): boolean {
    return this.#known === 'all' || (this.#known !== 'none' && this.#known.has(key));
  }

  /** Changes without looking. Deleting what is known not to be there is no change. */
  put(key: number, boxed: Op['boxed']): void {
    if (this.isWhole) {
      this.#rewrite((content) => apply(content, key, boxed));
      return;
    }
    const ops = new Map(this.#staged.ops);
    this.#conflicts.delete(key);
    const isFlying = this.#flying.cleared || this.#flying.ops.has(key);
    const mayBeThere = isFlying || !this.#isKnown(key) || this.past(this.#seen).has(key);
    if (boxed === undefined && (this.#staged.cleared || !mayBeThere)) ops.delete(key);
    else ops.set(key, { boxed, depends: false });
    this.#staged = { ...this.#staged, ops };
  }

  /** Changes after having looked at the key, or, to delete it, at the whole field. */
  compute(key: number, boxed: Op['boxed']): void {
    if (this.isWhole) {
      this.put(key, boxed);
      return;
    }
    const depends = this.#staged.ops.get(key)?.depends ?? !this.#staged.cleared;
    this.#staged = { ...this.#staged, ops: new Map(this.#staged.ops).set(key, { boxed, depends }) };
  }

  push(values: readonly unknown[]): void {
    if (this.isWhole) {
      this.#rewrite((content) => {
        for (const value of values) content.set(content.size, value);
      });
    } else for (const value of values) this.put(STAGED + this.#pushed++, { value });
  }

  clear(): void {
    if (this.isWhole) {
      this.#rewrite((content) => content.clear());
      return;
    }
    const isEmpty = this.#known === 'all' && this.past(this.#seen).size === 0 && isNothing(this.#flying);
    this.#staged = { cleared: !isEmpty, ops: new Map() };
    this.#conflicts.clear();
  }

  #rewrite(change: (content: Map<number, unknown>) => void): void {
    const content = this.content;
    change(content);
    this.#stage(content, replay([...this.#log.slice(0, this.#seen), this.#flying]));
  }

  /** A whole field stages the difference to what lies below. */
  #stage(content: ReadonlyMap<number, unknown>, below: ReadonlyMap<number, unknown>): void {
    const ops = new Map<number, Op>();
    for (const [key, value] of content) {
      if (!below.has(key) || below.get(key) !== value) ops.set(key, { boxed: { value }, depends: true });
    }
    for (const key of below.keys()) if (!content.has(key)) ops.set(key, { boxed: undefined, depends: true });
    this.#staged = { cleared: false, ops };
  }

  /** A commit takes what is staged on its way. */
  swap(): void {
    this.#flying = this.#staged;
    this.#staged = NOTHING;
  }

  /** It is stored, as what comes next in the log. */
  settle(): void {
    const { cleared, ops } = this.#flying;
    const sequence = this.#log.length + 1;
    const named = [...ops].map(([key, op], i) => [this.#nameOf(key, sequence * COMMIT + i), op] as const);
    this.#log.push({ cleared, ops: new Map(named) });
    if (cleared) this.#known = 'all';
    else if (this.#known instanceof Set) this.#known = new Set([...this.#known, ...ops.keys()]);
    this.#flying = NOTHING;
    this.#seen = sequence;
  }

  /** It is not: what it took is staged again. */
  restore(): void {
    const content = this.content;
    this.#staged = compose(this.#flying, this.#staged);
    this.#flying = NOTHING;
    if (this.isWhole) this.#stage(content, this.past(this.#seen));
  }

  #nameOf(key: number, name: number): number {
    return this.#isList && !this.isWhole ? name : key;
  }

  /** Takes over what others have committed. Gives the keys staged whose ground is gone. */
  refresh(): number[] {
    const news = this.#log.slice(this.#seen);
    this.#seen = this.#log.length;
    const cleared = news.some((changes) => changes.cleared);
    const changed = new Set<number>();
    for (const changes of news) {
      if (changes.cleared) changed.clear();
      for (const key of changes.ops.keys()) changed.add(key);
    }
    if (cleared || changed.size > 0) {
      for (const [key, { boxed, depends }] of this.#staged.ops) {
        // A deletion that depends looked at all there was.
        const looked = this.isWhole || boxed === undefined || cleared || changed.has(key);
        if (depends && looked) this.#conflicts.add(key);
      }
    }
    if (this.#known instanceof Set) this.#known = cleared ? 'all' : new Set([...this.#known, ...changed]);
    return [...this.#conflicts];
  }

  dropConflicts(): void {
    const ops = new Map(this.#staged.ops);
    for (const key of this.#conflicts) ops.delete(key);
    this.#staged = { ...this.#staged, ops };
    this.#conflicts.clear();
  }

  load(takes?: (key: number) => boolean): void {
    this.#window = undefined;
    if (takes === undefined) this.#known = 'all';
    else if (this.#known !== 'all') {
      const taken = [...this.past(this.#seen).keys()].filter(takes);
      this.#known = new Set([...(this.#known === 'none' ? [] : this.#known), ...taken]);
    }
  }

  /** Loads what the commits of a window say. */
  loadPast(from: number, to: number): void {
    this.#window = [from, to];
    this.#known = 'none';
  }

  /** The handle was closed and opened again. */
  reopen(): void {
    this.#staged = NOTHING;
    this.#conflicts.clear();
    this.#known = 'none';
    this.#window = undefined;
    this.#seen = this.#log.length;
  }
}

function apply(content: Map<number, unknown>, key: number, boxed: Op['boxed']): void {
  if (boxed === undefined) content.delete(key);
  else content.set(key, boxed.value);
}
