import {
  type Backend,
  type Capabilities,
  type CasHeads,
  type EpochHeads,
  InfinitreeError,
  type ObjectId,
} from '@infinitree/core';

/** What a storage holds. Bytes are shared by all copies and never changed in place, but by whoever turns a bit and back. */
export interface Holding {
  readonly objects: Map<ObjectId, Uint8Array>;
  readonly claims: Set<ObjectId>;
}

/** Bytes that were asked for: `[start, end)` of an object. */
export interface Touch {
  readonly id: ObjectId;
  readonly start: number;
  readonly end: number;
}

export function copyOf({ objects, claims }: Holding): Holding {
  return { objects: new Map(objects), claims: new Set(claims) };
}

/** A storage that gives what it holds, lies where it is told to, and writes down what it was asked. It takes nothing. */
export class LyingStorage implements Backend {
  readonly capabilities: Capabilities;
  readonly heads: Backend['heads'];
  readonly keyObjects: Backend['keyObjects'];
  /** What is held; to be replaced by something else. */
  holding: Holding;
  /** Ids that are left out of listings. */
  hidden: ReadonlySet<ObjectId> = new Set();
  /** How often something is said to be absent before it is there. */
  readonly delays = new Map<ObjectId, number>();
  touches: Touch[] | undefined;

  constructor(kind: Capabilities['heads'], holding: Holding) {
    this.holding = holding;
    this.capabilities = { heads: kind, ranges: true };
    const read = async (id: ObjectId) => this.#bytes(id);
    const slot = async (id: ObjectId) => {
      const bytes = this.#bytes(id);
      return bytes && { bytes, etag: '"1"' };
    };
    const cas: CasHeads = { read: slot, cas: refuse, remove: refuse };
    const epoch: EpochHeads = {
      durability: 'append',
      claims: async () => [...this.holding.claims].filter((name) => !this.hidden.has(name)),
      list: () => this.list(),
      read,
      sync: async () => undefined,
      claim: refuse,
      release: refuse,
      create: refuse,
      append: refuse,
      remove: refuse,
    };
    this.heads = kind === 'cas' ? cas : epoch;
    this.keyObjects = { get: read, list: () => this.list(), put: refuse, delete: refuse };
  }

  async get(id: ObjectId, options?: { readonly range?: readonly [number, number] }): Promise<Uint8Array | undefined> {
    return this.#bytes(id, options?.range);
  }

  async *list(): AsyncIterable<ObjectId> {
    for (const id of this.holding.objects.keys()) if (!this.hidden.has(id)) yield id;
  }

  async put(): Promise<void> {
    await refuse();
  }

  async delete(): Promise<void> {
    await refuse();
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  #bytes(
    id: ObjectId,
    [start, end]: readonly [number, number] = [0, Number.POSITIVE_INFINITY],
  ): Uint8Array | undefined {
    const delay = this.delays.get(id) ?? 0;
    this.delays.set(id, delay - 1);
    const bytes = delay > 0 ? undefined : this.holding.objects.get(id);
    if (bytes === undefined) return undefined;
    this.touches?.push({ id, start, end: Math.min(end, bytes.length) });
    return bytes.subarray(start, Math.min(end, bytes.length));
  }
}

async function refuse(): Promise<never> {
  throw new InfinitreeError('READONLY', 'This storage takes nothing.');
}
