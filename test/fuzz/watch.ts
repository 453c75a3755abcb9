import { getHeapStatistics } from 'node:v8';
import { isInfinitreeError } from '@infinitree/core';
import type { Decoder } from './decoder.js';

/** What one case may add to the memory in use; no seed is larger than 64 KiB. */
const MOST_BYTES = 64 * 1024 * 1024;

/** How often in a row a case may take too long: a busy machine is no defect. */
const SLOW_TIMES = 3;

export interface Outcome {
  /** `accepted`, or the short code of the error. */
  readonly result: string;
  /** Tells what was met on the way: inputs that meet something new are worth keeping. */
  readonly trace: string;
  /** Milliseconds of work. */
  readonly ms: number;
  readonly bytes: number;
  /** What must not happen and did. */
  readonly failure: string | undefined;
}

/** Runs one case and looks at what it leaves behind. `mostMs`: what it may take, if that matters. */
export async function watch(decoder: Decoder, input: unknown, mostMs = Number.POSITIVE_INFINITY): Promise<Outcome> {
  let outcome = await once(decoder, input);
  for (let again = 1; again <= SLOW_TIMES && outcome.ms > mostMs; again++) outcome = await once(decoder, input, true);
  if (outcome.failure !== undefined) return withStack(decoder, input, outcome);
  const { ms, bytes } = outcome;
  if (ms > mostMs) return { ...outcome, failure: `took ${ms.toFixed(0)} ms, ${SLOW_TIMES} times` };
  if (bytes > MOST_BYTES) return { ...outcome, failure: `took ${(bytes / 2 ** 20).toFixed(0)} MiB` };
  return outcome;
}

/** Taking down where an error came from takes longer than most cases do, so nobody does before it is wanted. */
Error.stackTraceLimit = 0;
const FRAMES = 20;

/** The same outcome, with all that an error tells, if it comes again. */
async function withStack(decoder: Decoder, input: unknown, outcome: Outcome): Promise<Outcome> {
  Error.stackTraceLimit = FRAMES;
  const { failure } = await once(decoder, input);
  Error.stackTraceLimit = 0;
  return { ...outcome, failure: failure ?? outcome.failure };
}

/** `onlyWork`: on a busy machine the clock goes on and the work does not. Asking for that takes long itself. */
async function once(decoder: Decoder, input: unknown, onlyWork = false): Promise<Outcome> {
  const cpu = onlyWork ? process.cpuUsage() : undefined;
  const [memory, time] = [used(), performance.now()];
  let result = 'accepted';
  let trace = result;
  let failure: string | undefined;
  try {
    const decoded = decoder.decode(input);
    if (decoded instanceof Promise) await decoded;
  } catch (error) {
    [result, trace] = described(error);
    if (!isInfinitreeError(error)) failure = `threw ${trace}`;
  }
  const wall = performance.now() - time;
  const ms = cpu === undefined ? wall : Math.min(wall, workSince(cpu));
  const bytes = used() - memory;
  if (Reflect.ownKeys(Object.prototype).length !== OBJECT_NAMES) failure = pollution();
  return { result, trace, ms, bytes, failure };
}

function workSince(cpu: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 1000;
}

/** Bytes in use, on the heap and beside it; asking for the process's own count would take thirty times as long. */
function used(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

function described(error: unknown): [string, string] {
  if (isInfinitreeError(error))
    return [error.code.replace('INFINITREE_', ''), error.message.replace(/[0-9a-f]{64}|\d+/g, '#')];
  return ['another error', error instanceof Error ? (error.stack ?? error.message) : String(error)];
}

/** What everything inherits from, and so what nothing that was decoded may change. */
const PROTOTYPES = [
  Object,
  Array,
  Function,
  String,
  Number,
  Boolean,
  BigInt,
  Map,
  Set,
  Date,
  Error,
  Uint8Array,
  Promise,
].map((made) => made.prototype as object);
const NAMES = PROTOTYPES.map(namesOf);
const OBJECT_NAMES = Reflect.ownKeys(Object.prototype).length;

function namesOf(prototype: object): string {
  return Reflect.ownKeys(prototype).map(String).join();
}

/** What was added to a prototype, or taken from one. Looks at all of them, which takes too long to be done for every case. */
export function pollution(): string | undefined {
  const changed = PROTOTYPES.find((prototype, i) => namesOf(prototype) !== NAMES[i]);
  return changed === undefined ? undefined : `changed the prototype of ${changed.constructor.name}`;
}
