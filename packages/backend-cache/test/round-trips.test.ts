// How often somebody has to wait for a storage that is far away: calls that are made at once count as one.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, Infinitree, Key, MemoryBackend, VersionedMap } from '@infinitree/core';
import { Field, Index } from '@infinitree/schema';
import { DelayedBackend, FailingBackend, SeededRandom } from '@infinitree/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CacheBackend } from '../src/index.js';

@Index()
class Shop {
  @Field() names = new VersionedMap<number, string>();
  @Field({ strategy: 'sparse' }) pictures = new VersionedMap<number, Uint8Array>();
}

const key = Key.fromBytes(new Uint8Array(32).fill(3));
/** Turns of the event loop in which nobody asks for anything more: then all wait for an answer. */
const QUIET_TURNS = 30;

/** Answers all who wait at the same time, and counts how often. */
class Distance {
  trips = 0;
  #waiting: (() => void)[] = [];
  #quiet = 0;
  #watching = false;

  readonly timer = {
    after: (_ms: number, then: () => void) => {
      this.#waiting.push(then);
      this.#quiet = 0;
      if (!this.#watching) this.#watch();
      return () => {
        this.#waiting = this.#waiting.filter((other) => other !== then);
      };
    },
  };

  #watch(): void {
    this.#watching = true;
    setImmediate(() => {
      this.#quiet += 1;
      if (this.#quiet < QUIET_TURNS) {
        this.#watch();
        return;
      }
      this.#watching = false;
      const due = this.#waiting;
      this.#waiting = [];
      this.trips += 1;
      for (const then of due) then();
    });
  }

  /** The trips that something takes. */
  async of(work: () => Promise<unknown>): Promise<number> {
    const before = this.trips;
    await work();
    return this.trips - before;
  }
}

describe.each([10, 1000])('after %i commits', (commits) => {
  const memory = new MemoryBackend();
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'infinitree-trips-'));
    const tree = await Infinitree.create(Shop, { backend: memory, key, objectSize: 65_536 });
    const random = new SeededRandom(1);
    for (let n = 0; n < commits; n++) {
      tree.index.names.set(n, Buffer.from(random.bytes(100)).toString('hex'));
      tree.index.pictures.set(n, random.bytes(n % 100 === 0 ? 40_000 : 200));
      await tree.commit(`commit ${n}`);
    }
    await tree.close();
  }, 120_000);

  afterAll(() => rm(directory, { recursive: true }));

  /** Opens the tree, and gives how many trips that and each of the first calls took. */
  async function visit(distance: Distance, backend: Backend): Promise<Record<string, number>> {
    const opened: Infinitree<Shop>[] = [];
    const open = await distance.of(async () => void opened.push(await Infinitree.open(Shop, { backend, key })));
    const [tree] = opened;
    const local = await distance.of(() => tree!.get('names', 5));
    const sparse = await distance.of(() => tree!.get('pictures', 0));
    tree!.index.names.set(1, `${distance.trips}`);
    const commit = await distance.of(() => tree!.commit('small'));
    await tree!.close();
    return { open, local, sparse, commit };
  }

  test('behind a warm cache nothing but key object and head is asked for', async () => {
    const behind = new FailingBackend(memory.reopen());
    for (const warm of [false, true]) {
      const distance = new Distance();
      const upstream = new DelayedBackend(behind, { latencyMs: 1, timer: distance.timer });
      const backend = await CacheBackend.open({ upstream, directory, maxBytes: 2 ** 26 });
      behind.clearLog();
      const trips = await visit(distance, backend);
      expect(behind.count('get') > 0).toBe(!warm);
      if (warm) expect(trips).toEqual({ open: 2, local: 0, sparse: 0, commit: 1 });
    }
    const asked = behind.log.filter(({ ids }) => ids.length > 0).map(({ verb }) => verb);
    expect([...new Set(asked)].sort()).toEqual(['heads.cas', 'heads.read', 'keyObjects.get']);
  });
});
