import { setImmediate } from 'node:timers/promises';
import { SeededRandom } from '@infinitree/testing';
import { type Decoder, printed } from './decoder.js';
import { pollution, watch } from './watch.js';

export interface Plan {
  readonly seed: number;
  readonly cases: number;
  /** What a case may take, in milliseconds. Default: nobody looks. */
  readonly mostMs?: number;
  /** Told of each case before it runs, so that one which never ends can be named. */
  readonly onCase?: (index: number) => void;
}

export interface Failure {
  readonly index: number;
  readonly what: string;
  /** The input, to be kept in `corpus.json` once what it shows is mended. */
  readonly input: string;
}

export interface Report {
  readonly decoder: string;
  readonly cases: number;
  readonly accepted: number;
  /** How often each code was the answer. */
  readonly refused: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly mostBytes: number;
  readonly seconds: number;
  readonly failures: readonly Failure[];
}

/** More failures than this are the same one again. */
const ENOUGH_FAILURES = 10;

const TURN = 64;

/** Inputs that are kept as others to begin with; beyond that, a new one takes the place of an older one. */
const MOST_KEPT = 1000;

/**
 * Tries a decoder. First with its seeds as they are, then with changes of those and of all inputs that met with an
 * answer nobody had before them. The same seed makes the same cases.
 */
export async function fuzz(decoder: Decoder, { seed, cases, mostMs, onCase }: Plan): Promise<Report> {
  const random = new SeededRandom(seed);
  const pool = [...decoder.seeds];
  const traces = new Set<string>();
  const results: Record<string, number> = {};
  const failures: Failure[] = [];
  const slowest = { ms: 0, bytes: 0 };
  const begun = performance.now();
  let index = 0;
  for (; index < cases && failures.length < ENOUGH_FAILURES; index++) {
    onCase?.(index);
    // What is held weakly is only let go between turns of the event loop.
    if (index % TURN === 0) await setImmediate();
    const kept = decoder.seeds.length;
    const input = index < kept ? decoder.seeds[index] : decoder.mutate(random, random.pick(pool), random.pick(pool));
    const { result, trace, ms, bytes, failure } = await watch(decoder, input, mostMs);
    results[result] = (results[result] ?? 0) + 1;
    slowest.ms = Math.max(slowest.ms, ms);
    slowest.bytes = Math.max(slowest.bytes, bytes);
    if (failure !== undefined) failures.push({ index, what: failure, input: printed(input) });
    if (index < kept || traces.has(trace)) continue;
    traces.add(trace);
    if (pool.length < MOST_KEPT) pool.push(input);
    else pool[kept + random.int(MOST_KEPT - kept)] = input;
  }
  const changed = pollution();
  if (changed !== undefined) failures.push({ index, what: changed, input: 'one of those before' });
  const { accepted = 0, ...refused } = results;
  const seconds = (performance.now() - begun) / 1000;
  const { ms: slowestMs, bytes: mostBytes } = slowest;
  return { decoder: decoder.name, cases: index, accepted, refused, slowestMs, mostBytes, seconds, failures };
}
