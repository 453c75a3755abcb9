// A thread of its own for one decoder, so that the main one can tell when a case never ends.
import { parentPort, workerData } from 'node:worker_threads';
import { allDecoders } from './decoders/all.js';
import { fuzz } from './fuzz.js';

/** What a thread is started with. */
export interface Work {
  readonly root: string;
  readonly decoder: string;
  readonly seed: number;
  readonly cases: number;
  /** One number: the case that is being tried. */
  readonly progress: SharedArrayBuffer;
}

/** What a case may take. */
const MOST_MS = 50;

const { root, decoder: name, seed, cases, progress } = workerData as Work;
const decoders = await allDecoders(root);
const decoder = decoders.find((candidate) => candidate.name === name);
if (decoder === undefined) throw new Error(`There is no decoder ${name}.`);
const now = new Int32Array(progress);
const onCase = (index: number) => void Atomics.store(now, 0, index);
parentPort?.postMessage(await fuzz(decoder, { seed, cases, mostMs: MOST_MS, onCase }));
