import type { Backend, ObjectId } from '@infinitree/core';

/** What a storage answers in place of the truth. `args` are those of the call. */
export type Lie = (truth: unknown, args: readonly unknown[], verb: string) => unknown;

type Call = (...args: readonly unknown[]) => unknown;

const LISTS = new Set(['list', 'heads.list', 'keyObjects.list']);
const AT_ONCE = new Set(['locks.holder', 'locks.describe']);

/** No read or write of a tree this small takes as many calls: who makes them goes on for ever. */
const MOST_CALLS = 300_000;

/** A storage that does what it is told, and lies about it as soon as there are lies for a verb. */
export class LyingBackend {
  readonly backend: Backend;
  /** By verb, named as in `heads.read`. */
  lies: Readonly<Record<string, Lie>> = {};
  #calls = 0;

  constructor(inner: Backend) {
    this.backend = this.#wrap(inner, '') as unknown as Backend;
  }

  /** Tells the truth from now on. */
  heal(): void {
    this.lies = {};
    this.#calls = 0;
  }

  #wrap(target: object, prefix: string): object {
    return new Proxy(target, {
      get: (_, key) => {
        const member: unknown = Reflect.get(target, key, target);
        const verb = `${prefix}${String(key)}`;
        if (['heads', 'keyObjects', 'locks'].includes(verb) && member !== undefined)
          return this.#wrap(member as object, `${verb}.`);
        if (typeof member !== 'function' || AT_ONCE.has(verb)) return member;
        const call = member.bind(target) as Call;
        if (LISTS.has(verb))
          return (...args: unknown[]) => this.#list(verb, args, call(...args) as AsyncIterable<ObjectId>);
        return async (...args: unknown[]) => this.#answer(verb, args, await call(...args));
      },
    });
  }

  async #answer(verb: string, args: readonly unknown[], truth: unknown): Promise<unknown> {
    this.#count();
    const lie = this.lies[verb];
    return lie === undefined ? truth : lie(truth, args, verb);
  }

  async *#list(verb: string, args: readonly unknown[], truth: AsyncIterable<ObjectId>): AsyncIterable<ObjectId> {
    const all: ObjectId[] = [];
    for await (const id of truth) all.push(id);
    const lie = this.lies[verb];
    const told = (lie === undefined ? all : lie(all, args, verb)) as Iterable<ObjectId>;
    for (const id of told) {
      this.#count();
      yield id;
    }
  }

  #count(): void {
    this.#calls += 1;
    if (this.#calls > MOST_CALLS) throw new Error(`more than ${MOST_CALLS} calls: this does not end`);
  }
}
