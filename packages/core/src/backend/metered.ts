import { isInfinitreeError } from '../errors.js';
import type { ObjectId } from '../format/ids.js';
import { type DiagnosticsChannel, diagnosticsChannel } from '../platform/diagnostics.js';
import type { Backend } from './backend.js';
import type { BackendCall, Interception, Verb } from './calls.js';
import { InterceptedBackend } from './intercepted.js';

/** What is published of one call. Ids and contents are not: a log of these events may go anywhere. */
export interface BackendEvent {
  /** The name that the backend was given. */
  readonly backend: string;
  readonly verb: Verb;
  /** How many objects it was about; of a listing, how many it named. */
  readonly objects: number;
  readonly bytesWritten: number;
  readonly bytesRead: number;
  /** From the call to its answer. */
  readonly milliseconds: number;
  /** The code of the error it ended with; `undefined` where it did not. */
  readonly error: string | undefined;
}

export interface MeterOptions {
  /** Tells backends apart in the events. Default: `'backend'`. */
  readonly name?: string;
  /** Where events go. Default: the channel `infinitree:backend` of `node:diagnostics_channel`. */
  readonly channel?: DiagnosticsChannel;
  /** What time it is, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Publishes a {@link BackendEvent} for every call, on the channel `infinitree:backend` of `node:diagnostics_channel`.
 * Costs next to nothing while nobody subscribes.
 *
 * @example
 * const metered = new MeteredBackend(backend, { name: 'bucket' });
 */
export class MeteredBackend extends InterceptedBackend {
  constructor(inner: Backend, options: MeterOptions = {}) {
    const {
      name = 'backend',
      channel = diagnosticsChannel('infinitree:backend'),
      now = () => performance.now(),
    } = options;
    super(inner, meter(name, channel, now));
  }
}

function meter(name: string, channel: DiagnosticsChannel, now: () => number): Interception {
  const begin = ({ verb, ids, content }: BackendCall) => {
    const began = now();
    return (outcome: Partial<BackendEvent>): void => {
      const event: BackendEvent = {
        backend: name,
        verb,
        objects: ids.length,
        bytesWritten: content?.length ?? 0,
        bytesRead: 0,
        milliseconds: now() - began,
        error: undefined,
        ...outcome,
      };
      channel.publish(event);
    };
  };
  return {
    async call(call, work) {
      if (!channel.hasSubscribers) return work();
      const end = begin(call);
      try {
        const result = await work();
        end({ bytesRead: bytesIn(result) });
        return result;
      } catch (error) {
        end({ error: codeOf(error) });
        throw error;
      }
    },
    walk: (call, list) => (channel.hasSubscribers ? counted(list, begin(call)) : list()),
  };
}

async function* counted(
  list: () => AsyncIterable<ObjectId>,
  end: (outcome: Partial<BackendEvent>) => void,
): AsyncIterable<ObjectId> {
  let objects = 0;
  let error: string | undefined;
  try {
    for await (const id of list()) {
      objects += 1;
      yield id;
    }
  } catch (thrown) {
    error = codeOf(thrown);
    throw thrown;
  } finally {
    end({ objects, error });
  }
}

/** Of an object, or of a head with its version. */
function bytesIn(result: unknown): number {
  if (result instanceof Uint8Array) return result.length;
  const inside = (result as { readonly bytes?: unknown } | null | undefined)?.bytes;
  return inside instanceof Uint8Array ? inside.length : 0;
}

function codeOf(error: unknown): string {
  return isInfinitreeError(error) ? error.code : 'unknown';
}
