import { createHash } from 'node:crypto';
import {
  type Backend,
  type Commit,
  Infinitree,
  type InfinitreeError,
  isInfinitreeError,
  type Key,
  registerIndex,
  Serialized,
  VersionedMap,
} from '@infinitree/core';
import { SeededRandom } from '@infinitree/testing';

export const OBJECT_SIZE = 65_536;
export const KINDS = ['cas', 'epoch'] as const;

export class Notes {
  notes = new VersionedMap<string, unknown>();
  counter = new Serialized<number>(0);
}
registerIndex(Notes, {
  fields: [
    { property: 'notes', name: 'notes' },
    { property: 'counter', name: 'counter' },
  ],
});

export type Tree = Infinitree<Notes>;

/** What somebody sees who opens the tree now. */
export interface Shown {
  readonly messages: readonly string[];
  readonly ids: readonly string[];
  readonly notes: ReadonlyMap<string, unknown>;
}

/** Opens a fresh read-only handle, loads everything and closes it. */
export async function shown(backend: Backend, key: Key): Promise<Shown> {
  const reader = await Infinitree.open(Notes, { backend, key, readonly: true });
  try {
    await reader.load();
    const commits = await reader.commits();
    return {
      messages: commits.map((commit) => commit.message),
      ids: commits.map((commit) => commit.id),
      notes: new Map([...reader.index.notes.entries()].map(([name, value]) => [name, printed(value)])),
    };
  } finally {
    await reader.close();
  }
}

/** Bytes as their hash: comparing them one by one takes a test runner long. */
export function printed(value: unknown): unknown {
  return value instanceof Uint8Array ? createHash('sha256').update(value).digest('hex') : value;
}

/** How a promise ended; a rejection with anything but an `InfinitreeError` is a bug and thrown on. */
export async function outcome<T>(work: Promise<T>): Promise<{ value?: T; error?: InfinitreeError }> {
  try {
    return { value: await work };
  } catch (error) {
    if (isInfinitreeError(error)) return { error };
    throw error;
  }
}

/** The error that a promise rejects with; `undefined` where it resolves. */
export async function errorOf(work: Promise<unknown>): Promise<InfinitreeError | undefined> {
  return (await outcome(work)).error;
}

/** A value of that many bytes that does not compress. */
export function blob(size: number, seed: number): Uint8Array {
  return new SeededRandom(seed).bytes(size);
}

/** Sets a note and commits it, both by one name. */
export async function put(tree: Tree, name: string, value: unknown = name): Promise<Commit | undefined> {
  tree.index.notes.set(name, value);
  return tree.commit(name);
}

/** A promise to be resolved from outside. */
export class Gate {
  readonly passed: Promise<void>;
  open!: () => void;

  constructor() {
    this.passed = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

export type Phase = 'before' | 'after';
export type Hook = (verb: string, phase: Phase, args: readonly unknown[]) => void | Promise<void>;

/**
 * Wraps a backend so that something can happen before and after each call: a pause, a failure, a look at what is
 * written. Calls are named as in `FailingBackend`.
 */
export function hooked(inner: Backend, hook: Hook): Backend {
  const wrap = (target: object, prefix: string): Record<string, unknown> => {
    const wrapped: Record<string, unknown> = {};
    for (const name of membersOf(target)) {
      const member: unknown = Reflect.get(target, name);
      wrapped[name] = typeof member === 'function' ? call(target, prefix + name, member) : member;
    }
    return wrapped;
  };
  const call = (target: object, verb: string, member: unknown) => {
    const run = member as (...args: unknown[]) => unknown;
    // Listings and questions that are answered at once pass as they are.
    if (['list', 'heads.list', 'keyObjects.list', 'locks.holder', 'locks.describe'].includes(verb)) {
      return (...args: unknown[]) => run.apply(target, args);
    }
    return async (...args: unknown[]) => {
      await hook(verb, 'before', args);
      const result = await run.apply(target, args);
      await hook(verb, 'after', args);
      return result;
    };
  };
  return {
    ...wrap(inner, ''),
    heads: wrap(inner.heads, 'heads.'),
    keyObjects: wrap(inner.keyObjects, 'keyObjects.'),
    ...(inner.locks === undefined ? {} : { locks: wrap(inner.locks, 'locks.') }),
  } as unknown as Backend;
}

function membersOf(target: object): string[] {
  const own = Object.keys(target);
  const inherited = Object.getOwnPropertyNames(Object.getPrototypeOf(target)).filter((name) => name !== 'constructor');
  return Object.getPrototypeOf(target) === Object.prototype ? own : [...new Set([...own, ...inherited])];
}
