import { InfinitreeError } from '../../errors.js';
import { requireRange } from '../arguments.js';
import type { Cancel } from '../backend.js';
import { BrokenAnswer, type BucketPort, type StoredBytes } from './bucket-port.js';
import type { Gate } from './gate.js';

/** How often a body that breaks off is asked for: what a client sends again ends where the headers are there. */
const MAX_BODIES = 3;

/** A port, and the gate through which each request goes. */
export interface Bucket {
  readonly port: BucketPort;
  readonly gate: Gate;
  /** Whether ranges are asked for as such; else the whole object is, and they are cut out of it. */
  readonly ranges: boolean;
}

/**
 * Reads an object, or a range of it. Where absence shows that something is wrong, it is believed only when the store has said so `twice`:
 * what stands in front of stores, and some stores themselves, now and then do not find what is there.
 */
export async function readObject(
  bucket: Bucket,
  what: string,
  name: string,
  absence: 'once' | 'twice',
  options: Cancel | undefined,
  range?: readonly [number, number],
): Promise<StoredBytes | undefined> {
  if (range !== undefined) requireRange(range);
  const found = await readPart(bucket, what, name, options, range);
  return found === undefined && absence === 'twice' ? readPart(bucket, what, name, options, range) : found;
}

async function readPart(
  bucket: Bucket,
  what: string,
  name: string,
  options: Cancel | undefined,
  range: readonly [number, number] | undefined,
): Promise<StoredBytes | undefined> {
  if (range === undefined) return readOnce(bucket, what, name, options, undefined);
  if (!bucket.ranges) {
    const whole = await readOnce(bucket, what, name, options, undefined);
    return whole && { ...whole, bytes: whole.bytes.slice(...range) };
  }
  if (range[0] < range[1]) return readOnce(bucket, what, name, options, range);
  // HTTP has no empty range; whether the object is there remains to be told.
  const { gate, port } = bucket;
  const version = await gate.request(options, () => port.version(name, { signal: options?.signal }));
  return version === undefined ? undefined : { bytes: new Uint8Array(0), version };
}

async function readOnce(
  { port, gate }: Bucket,
  what: string,
  name: string,
  options: Cancel | undefined,
  range: readonly [number, number] | undefined,
): Promise<StoredBytes | undefined> {
  for (let attempt = 1; ; attempt++) {
    gate.step(what, options);
    try {
      return await gate.request(options, () => port.get(name, { signal: options?.signal, range }));
    } catch (error) {
      if (!(error instanceof BrokenAnswer)) throw error;
      if (attempt === MAX_BODIES) throw strange(what, name, error.message, error);
    }
  }
}

/** Removes objects; each is a request. */
export async function removeObjects(
  bucket: Bucket,
  what: string,
  names: readonly string[],
  options: Cancel | undefined,
): Promise<void> {
  const all = await Promise.allSettled(names.map((name) => removeObject(bucket, what, name, options)));
  for (const one of all) if (one.status === 'rejected') throw one.reason;
}

async function removeObject(bucket: Bucket, what: string, name: string, options: Cancel | undefined): Promise<void> {
  const { port, gate } = bucket;
  const request = { signal: options?.signal };
  const isDone = await gate.request(options, () => {
    gate.step(what, options);
    return port.remove(name, request);
  });
  // An answer of another kind of success may be an error in its body.
  if (isDone || (await gate.request(options, () => port.version(name, request))) === undefined) return;
  throw strange(what, name, 'the object is still there');
}

/** Trouble that is told by what an answer says, and not by its status. */
export function strange(what: string, name: string, why: string, cause?: unknown): InfinitreeError {
  return new InfinitreeError('BACKEND', `${what}: ${why}, at ${name}.`, { cause, retryable: true });
}
