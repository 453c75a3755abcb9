import type { Backend } from '@infinitree/core';

/** What the suites need of a test runner; Jest, Vitest and `node:test` with an `expect` of your choice have it. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => Promise<void>): unknown;
  expect(actual: unknown): {
    toBe(expected: unknown): unknown;
    toEqual(expected: unknown): unknown;
  };
}

/** One storage, opened for one test. */
export interface OpenedBackend {
  readonly backend: Backend;
  /** Another backend on the same storage, as another process would have it; the suite closes it. */
  reopen?(): Promise<Backend>;
  /** Puts things into the storage that are none of ours: files or keys whose names are not ids. */
  addStrays?(): Promise<void>;
  /** Removes the storage. The backend was closed before. */
  dispose(): Promise<void>;
}

/** The backend to be tested. What it says here it must also declare, and it decides which parts of the suite run. */
export interface BackendTarget {
  readonly heads: 'cas' | 'epoch';
  /** Whether it has advisory locks. Default: false. */
  readonly locks?: boolean;
  /** Opens a backend on fresh, empty storage. */
  open(): Promise<OpenedBackend>;
}

/** What a case of the suite is given. */
export interface Scene {
  readonly backend: Backend;
  /** Another backend on the same storage; the same one where there is no other. */
  readonly other: () => Promise<Backend>;
  readonly addStrays: () => Promise<void>;
  readonly expect: TestRunner['expect'];
}

/** Defines one case, on storage of its own. */
export type Case = (name: string, body: (scene: Scene) => Promise<void>) => void;

/** Makes the function that defines cases for this target. */
export function casesFor(runner: TestRunner, target: BackendTarget): Case {
  return (name, body) => {
    runner.test(name, async () => {
      const opened = await target.open();
      const others: Backend[] = [];
      const scene: Scene = {
        backend: opened.backend,
        expect: (actual) => runner.expect(actual),
        addStrays: async () => opened.addStrays?.(),
        async other() {
          if (opened.reopen === undefined) return opened.backend;
          const other = await opened.reopen();
          others.push(other);
          return other;
        },
      };
      try {
        await body(scene);
      } finally {
        await Promise.allSettled([opened.backend, ...others].map((backend) => backend.close()));
        await opened.dispose();
      }
    });
  };
}
