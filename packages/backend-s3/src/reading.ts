import { GetObjectCommand, type GetObjectCommandOutput, HeadObjectCommand } from '@aws-sdk/client-s3';
import { type Cancel, type ObjectId, requireRange } from '@infinitree/core';
import { keyForReading, nameOfObject, type Store } from './store.js';
import { isAbsent, statusOf, strange } from './trouble.js';

/** No object is larger than 4 MiB. What is far larger is somebody else's, and must not make this process hold it. */
const MAX_READ_BYTES = 64 * 1024 * 1024;
/** The SDK has done its part when the headers are there: a body that breaks off is asked for again here. */
const MAX_BODIES = 3;

export interface Found {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** How an absent object is told: at once, or only when the store has said so twice. */
export type Absence = 'once' | 'twice';

/** Reads an object as a whole. */
export async function readWhole(
  store: Store,
  what: string,
  id: ObjectId,
  absence: Absence,
  options: Cancel | undefined,
): Promise<Found | undefined> {
  const found = await request(store, what, id, undefined, options);
  if (found !== undefined || absence === 'once') return found;
  return request(store, what, id, undefined, options);
}

/** Reads the bytes `[start, end)` as far as they are there, and moves no others. */
export async function readRange(
  store: Store,
  what: string,
  id: ObjectId,
  range: readonly [number, number],
  options: Cancel | undefined,
): Promise<Uint8Array | undefined> {
  requireRange(range);
  const [start, end] = range;
  // HTTP has no empty range; whether the object is there remains to be told.
  if (start === end) return (await headOf(store, id, options)) === undefined ? undefined : new Uint8Array(0);
  const found = await request(store, what, id, range, options);
  return (found ?? (await request(store, what, id, range, options)))?.bytes;
}

/** The version of an object, undefined where there is none. */
export async function headOf(store: Store, id: ObjectId, options: Cancel | undefined): Promise<string | undefined> {
  const command = new HeadObjectCommand({ ...nameOfObject(store, id), ...keyForReading(store) });
  try {
    const head = await store.gate.request(() => store.clients.patient.send(command, abortable(options)));
    return head.ETag ?? '';
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function request(
  store: Store,
  what: string,
  id: ObjectId,
  range: readonly [number, number] | undefined,
  options: Cancel | undefined,
): Promise<Found | undefined> {
  const asked = range === undefined ? {} : { Range: `bytes=${range[0]}-${range[1] - 1}` };
  const input = { ...nameOfObject(store, id), ...keyForReading(store), ...asked };
  for (let attempt = 1; ; attempt++) {
    store.gate.step(what, options);
    try {
      return await store.gate.request(async () => {
        const answer = await store.clients.patient.send(new GetObjectCommand(input), abortable(options));
        return await received(what, input.Key, answer, range);
      });
    } catch (error) {
      if (isAbsent(error)) return undefined;
      if (range !== undefined && statusOf(error) === 416) return { bytes: new Uint8Array(0), etag: '' };
      // An answer with a status is the store's last word, after all that the SDK has tried.
      if (!(error instanceof BrokenBody)) throw error;
      if (attempt === MAX_BODIES) throw strange(what, input.Key, error.message);
    }
  }
}

/** An answer whose headers came, and whose body did not, or not as they said. */
class BrokenBody extends Error {}

async function received(
  what: string,
  where: string,
  answer: GetObjectCommandOutput,
  range: readonly [number, number] | undefined,
): Promise<Found> {
  const { ContentLength: length, ETag: etag, Body: body } = answer;
  if (length === undefined || etag === undefined || body === undefined) {
    // So does an error that comes with a status of success.
    throw new BrokenBody('the answer is not that of an object store');
  }
  if (length > MAX_READ_BYTES) throw strange(what, where, `there are ${length} bytes, which is no object of a tree`);
  const bytes = await body.transformToByteArray().catch((cause: unknown) => {
    throw new BrokenBody('the answer broke off', { cause });
  });
  if (bytes.length !== length) throw new BrokenBody(`${bytes.length} bytes came in place of ${length}`);
  if (range === undefined) return { bytes, etag };
  return { bytes: cut(bytes, answer.ContentRange, range), etag };
}

/** The part that was asked for: a store may have sent all, and says by its status and `Content-Range` what it sent. */
function cut(bytes: Uint8Array, contentRange: string | undefined, [start, end]: readonly [number, number]): Uint8Array {
  if (contentRange === undefined) return bytes.slice(start, end);
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange);
  const [first, last, total] = (match ?? []).slice(1).map(Number);
  if (first !== start || last !== Math.min(end, total ?? 0) - 1 || bytes.length !== last - first + 1) {
    throw new BrokenBody('another range came than was asked for');
  }
  return bytes;
}

export function abortable(options: Cancel | undefined): { abortSignal?: AbortSignal } {
  return options?.signal === undefined ? {} : { abortSignal: options.signal };
}
