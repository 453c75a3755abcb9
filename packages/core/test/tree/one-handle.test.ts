// One handle that is asked for everything at once, as a server does that answers many requests from one tree.
import { type BlobRef, Infinitree, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';
import { type SeededRandom, withSeed } from '@infinitree/testing';
import { hooked } from './commit/scene.js';
import { code, codeOf, collect, KINDS, OBJECT_SIZE } from './scene.js';

const ACCOUNTS = 6;
const STEPS = 40;

/** Each commit changes both books: what one gains the other loses. */
class Books {
  left = new VersionedMap<number, number>();
  right = new VersionedMap<number, number>();
  files = new VersionedMap<number, BlobRef>();
}
registerIndex(Books, {
  fields: [
    { property: 'left', name: 'left' },
    { property: 'right', name: 'right', strategy: 'sparse' },
    { property: 'files', name: 'files' },
  ],
});

type Entries = readonly (readonly [number, number])[];

function sum(...books: Entries[]): number {
  return books.flat().reduce((total, [, amount]) => total + amount, 0);
}

/** What one caller does next; each is a request of its own, with nobody but itself to agree with. */
class Client {
  readonly #tree: Infinitree<Books>;
  readonly #random: SeededRandom;
  readonly #name: number;
  /** Every commit that was acknowledged, by its sequence. */
  readonly acknowledged: Map<number, string>;

  constructor(tree: Infinitree<Books>, random: SeededRandom, name: number, acknowledged: Map<number, string>) {
    this.#tree = tree;
    this.#random = random;
    this.#name = name;
    this.acknowledged = acknowledged;
  }

  async step(): Promise<void> {
    const does = [this.transfer, this.scan, this.look, this.past, this.file, this.refresh, this.load, this.log];
    await this.#random.pick(does).call(this);
  }

  async transfer(): Promise<void> {
    const { left, right } = this.#tree.index;
    const [account, amount] = [this.#random.int(ACCOUNTS), this.#random.int(100)];
    left.update(account, (balance) => balance + amount);
    right.update(account, (balance) => balance - amount);
    const commit = await this.#tree.commit(`${this.#name}`);
    // Without one, a commit of somebody else has taken this along.
    if (commit === undefined) return;
    expect(this.acknowledged.get(commit.sequence)).toBeUndefined();
    this.acknowledged.set(commit.sequence, commit.id);
  }

  /** Two scans that begin in one moment show one state. */
  async scan(): Promise<void> {
    const scans = [this.#tree.entries('left'), this.#tree.entries('right', { reverse: true })];
    const books = await Promise.all(scans.map((entries) => collect(entries)));
    expect(books.map((entries) => entries.length)).toEqual([ACCOUNTS, ACCOUNTS]);
    expect(sum(...books)).toBe(0);
  }

  async look(): Promise<void> {
    const account = this.#random.int(ACCOUNTS);
    const [one, [other], has] = await Promise.all([
      this.#tree.get('left', account),
      this.#tree.getMany('right', [account]),
      this.#tree.has('left', account),
    ]);
    expect([one! + other!, has]).toEqual([0, true]);
  }

  async past(): Promise<void> {
    const view = await this.#tree.at('HEAD');
    await view.load('left', 'right');
    expect(sum([...view.index.left.entries()], [...view.index.right.entries()])).toBe(0);
    await view.close();
  }

  async file(): Promise<void> {
    const bytes = this.#random.bytes(1 + this.#random.int(30_000));
    const ref = await this.#tree.blobs.put(bytes);
    this.#tree.index.files.set(this.#name, ref);
    const read = await collect(this.#tree.blobs.get(ref));
    expect(Buffer.compare(Buffer.concat(read), bytes)).toBe(0);
  }

  async refresh(): Promise<void> {
    expect(await this.#tree.refresh()).toBeUndefined();
  }

  async load(): Promise<void> {
    await this.#tree.load();
    const { left, right } = this.#tree.index;
    expect(sum([...left.entries()], [...right.entries()])).toBe(0);
  }

  async log(): Promise<void> {
    const sequences = (await this.#tree.commits()).map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, i) => i + 1));
  }
}

async function openBooks(random: SeededRandom, heads: 'cas' | 'epoch') {
  const storage = new MemoryBackend<'cas' | 'epoch'>({ heads });
  const key = Key.random();
  const backend = hooked(storage, async () => {
    for (let turns = random.int(3); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
  });
  const tree = await Infinitree.create(Books, { backend, key, objectSize: OBJECT_SIZE });
  for (let account = 0; account < ACCOUNTS; account++) {
    tree.index.left.set(account, 0);
    tree.index.right.set(account, 0);
  }
  await tree.commit('opening');
  const acknowledged = new Map<number, string>();
  const clients = Array.from({ length: 6 }, (_, name) => new Client(tree, random, name, acknowledged));
  return { storage, key, tree, clients, acknowledged };
}

/** The commits that are there, and whether the books agree. */
async function found(backend: MemoryBackend<'cas' | 'epoch'>, key: Key): Promise<{ ids: string[]; sum: number }> {
  const tree = await Infinitree.open(Books, { backend, key });
  const books = await Promise.all([collect(tree.entries('left')), collect(tree.entries('right'))]);
  const ids = (await tree.commits()).map(({ id }) => id);
  for await (const [, ref] of tree.entries('files')) for await (const _ of tree.blobs.get(ref));
  await tree.close();
  return { ids, sum: sum(...books) };
}

describe.each(KINDS)('one handle, %s heads', (heads) => {
  test('that many callers use at once gives each of them whole states', async () => {
    await withSeed(Date.now() >>> 0, async (random) => {
      const { storage, key, tree, clients, acknowledged } = await openBooks(random, heads);
      const told: number[] = [];
      const watching = (async () => {
        for await (const { sequence } of tree.watch({ intervalMs: 0 })) told.push(sequence);
      })();
      await Promise.all(
        clients.map(async (client) => {
          for (let step = 0; step < STEPS; step++) await client.step();
        }),
      );
      await tree.commit('closing');
      await tree.close();
      await watching;
      expect(told).toEqual(told.map((_, i) => i + 2));
      const last = await found(storage, key);
      expect(last.sum).toBe(0);
      for (const [sequence, id] of acknowledged) expect(last.ids[sequence - 1]).toBe(id);
    });
  });

  test('that is closed in the middle of everything ends each call, and keeps what it acknowledged', async () => {
    await withSeed(Date.now() >>> 0, async (random) => {
      const { storage, key, tree, clients, acknowledged } = await openBooks(random, heads);
      const codes = new Set<string>();
      const working = clients.map(async (client) => {
        for (;;) {
          const ended = await codeOf(() => client.step());
          codes.add(ended);
          if (ended !== 'ok') return;
        }
      });
      for (let turns = 200 + random.int(400); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      await tree.close();
      await Promise.all(working);
      expect([...codes].sort()).toEqual([code('CLOSED'), 'ok']);
      const last = await found(storage, key);
      expect(last.sum).toBe(0);
      for (const [sequence, id] of acknowledged) expect(last.ids[sequence - 1]).toBe(id);
    });
  });
});
