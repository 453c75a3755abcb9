import { DirectoryBackend, type DirectoryOptions } from '@infinitree/backend-directory';
import { Key } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';

/** One figure, and the most that it may be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: 'MiB' | 'KiB' | 'ms' | '';
  readonly atMost?: number;
}

/** What a step works with. */
export interface Job {
  /** The folder of the scenario: what earlier steps have stored is in it. */
  readonly folder: string;
  readonly key: string;
  /** How much, in the unit of the scenario. */
  readonly size: number;
}

export type Report = (progress: string) => void;

/** A part of a scenario. Each runs in a fresh process, so that its peak of memory is its own. */
export interface Step {
  /** The most memory that the process may ever have had resident, in MiB. */
  readonly maxRss?: number;
  run(job: Job, report: Report): Promise<readonly Figure[]>;
}

export interface Scenario {
  readonly title: string;
  readonly unit: string;
  /** How much of it, fully and in a hurry. */
  readonly full: number;
  readonly small: number;
  /** Bytes on disk for one unit, about. */
  readonly bytesEach: number;
  readonly steps: Readonly<Record<string, Step>>;
}

export const MEBIBYTE = 1024 * 1024;

/** Runs `body` with the directory of a job, all calls of which are recorded. */
export async function withBackend<T>(
  { folder }: Job,
  body: (backend: FailingBackend) => Promise<T>,
  options: DirectoryOptions = {},
): Promise<T> {
  const backend = new FailingBackend(await DirectoryBackend.open(folder, options));
  try {
    return await body(backend);
  } finally {
    await backend.close();
  }
}

export function keyOf({ key }: Job): Key {
  return Key.fromBytes(Buffer.from(key, 'hex'));
}

/** What a step found that no bound can say: a wrong value, an entry too few. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`This does not hold: ${what}.`);
}

/** How long `work` took, as a figure, and what it gave. */
export async function timed<T>(what: string, work: () => Promise<T>): Promise<{ result: T; figure: Figure }> {
  const began = performance.now();
  const result = await work();
  return { result, figure: { what, value: performance.now() - began, unit: 'ms' } };
}
