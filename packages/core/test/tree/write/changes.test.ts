// What one commit says and changes: its options, its slices of work, and each field on its way into a frame or a run.
import { decodeBlock, ENTRY_KIND } from '../../../src/codec/block.js';
import { decodeValue } from '../../../src/codec/value-codec.js';
import { InfinitreeError } from '../../../src/errors.js';
import { type Changes, Delta, type StagedOp } from '../../../src/fields/delta.js';
import { BLOCK_MAX_ENTRIES, MAX_COMMIT_DATA, MAX_MESSAGE } from '../../../src/format/limits.js';
import { ObjectReader } from '../../../src/object/object-reader.js';
import type { BoundField } from '../../../src/tree/bind.js';
import type { CommitBody } from '../../../src/tree/records/commit.js';
import { readChunk, readPointer } from '../../../src/tree/records/sparse-pointer.js';
import { Slices } from '../../../src/tree/slices.js';
import { type CommitOptions, checkCommit } from '../../../src/tree/write/commit-options.js';
import { ChangeEncoder, type EncodedChange } from '../../../src/tree/write/encode-change.js';
import { type Job, restoreAll, settleAll, swapAll } from '../../../src/tree/write/job.js';
import { ObjectWriters } from '../../../src/tree/write/object-writers.js';
import { failureOf, makeScene, noise } from '../../object/scene.js';
import { withRunsOf } from './few-blocks.js';

describe('the options of a commit', () => {
  test('may all be left out', () => {
    expect(checkCommit({})).toEqual({
      message: '',
      data: undefined,
      always: false,
      signal: undefined,
      onProgress: undefined,
    });
  });

  test('are taken as they are', () => {
    const { signal } = new AbortController();
    const onProgress = (): void => undefined;
    const checked = checkCommit({ message: 'm', data: { a: 1 }, mode: 'always', signal, onProgress });
    expect(checked).toMatchObject({ message: 'm', always: true, signal, onProgress });
    expect(decodeValue(checked.data!).value).toEqual({ a: 1 });
    expect(checkCommit({ mode: 'on-change' }).always).toBe(false);
  });

  const bytes = (length: number): string => 'é'.repeat(length / 2);
  test.each<[string, CommitOptions, boolean]>([
    ['the longest message', { message: bytes(MAX_MESSAGE) }, true],
    ['a longer one', { message: `${bytes(MAX_MESSAGE)}x` }, false],
    ['a lone surrogate', { message: '\ud800' }, false],
    ['another mode', { mode: 'never' as 'always' }, false],
    ['the largest data', { data: new Uint8Array(MAX_COMMIT_DATA - 5) }, true],
    ['larger data', { data: new Uint8Array(MAX_COMMIT_DATA) }, false],
    ['a signal that is none', { signal: 7 as never }, false],
  ])('%s', async (_, options, fits) => {
    const failure = await failureOf(() => checkCommit(options));
    expect(failure.split(':')[0]).toBe(fits ? 'no failure' : 'INFINITREE_INVALID_ARGUMENT');
  });

  test('leave the data to their owner', () => {
    const data = { a: [1] };
    checkCommit({ data });
    data.a.push(2);
    expect(data.a).toEqual([1, 2]);
  });
});

describe('long work', () => {
  /** Runs with a clock that shows what it is told to. */
  async function at(times: number[], work: () => Promise<void>): Promise<void> {
    const { now } = performance;
    performance.now = () => (times.length > 1 ? times.shift()! : times[0]!);
    try {
      await work();
    } finally {
      performance.now = now;
    }
  }

  async function turns(times: number[], pauses: number): Promise<boolean> {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    await at(times, async () => {
      const slices = new Slices('The test', undefined);
      for (let i = 0; i < pauses; i++) await slices.pause();
    });
    return turned;
  }

  test('lets others have their turn once it has gone on for a while', async () => {
    expect(await turns([100, 100, 107], 2)).toBe(false);
    expect(await turns([100, 108], 1)).toBe(true);
    // From then on anew.
    expect(await turns([100, 107, 107], 3)).toBe(false);
  });

  test('begins to count anew after a turn', async () => {
    let turned = 0;
    const again = (): void => void setImmediate(() => (turned += 1));
    again();
    await at([100, 108, 108, 115, 116], async () => {
      const slices = new Slices('The test', undefined);
      await slices.pause();
      expect(turned).toBe(1);
      again();
      await slices.pause();
      expect(turned).toBe(1);
      await slices.pause();
      expect(turned).toBe(2);
    });
  });

  test('tells of each step, and ends where that is asked for', async () => {
    const controller = new AbortController();
    let steps = 0;
    const slices = new Slices('The test', controller.signal, { onStep: () => (steps += 1) });
    await slices.pause();
    controller.abort();
    expect(await failureOf(() => slices.pause())).toContain('ABORTED: The test');
    expect(steps).toBe(2);
  });

  test('ends also where that was asked for during the turn of others', async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    await at([100, 200], async () => {
      const slices = new Slices('The test', controller.signal);
      expect(await failureOf(() => slices.pause())).toContain('ABORTED: The test');
    });
  });
});

describe('what calls of commit have taken out of fields', () => {
  const told: string[] = [];
  const delta = new Delta();
  const field = (name: string, swapped: Delta | undefined): BoundField =>
    ({
      property: name,
      store: {
        swap: () => swapped,
        settle: (of: Delta, sequence: number) => told.push(`settle ${name} ${of === delta} ${sequence}`),
        restore: (of: Delta) => told.push(`restore ${name} ${of === delta}`),
      },
    }) as unknown as BoundField;
  const jobOf = (...names: string[]): Job =>
    ({ staged: names.map((name) => ({ bound: field(name, delta), delta })) }) as unknown as Job;

  beforeEach(() => {
    told.length = 0;
  });

  test('is what there was to be taken', () => {
    const taken = swapAll([field('a', delta), field('b', undefined), field('c', delta)]);
    expect(taken.map(({ bound, delta: of }) => [bound.property, of])).toEqual([
      ['a', delta],
      ['c', delta],
    ]);
  });

  test('settles in order, each with its commit', () => {
    const bodies = [7, 8].map((sequence) => ({ commit: { sequence } })) as unknown as CommitBody[];
    settleAll([jobOf('a', 'b'), jobOf('c')], bodies);
    expect(told).toEqual(['settle a true 7', 'settle b true 7', 'settle c true 8']);
  });

  test('is given back, newest first', () => {
    restoreAll([jobOf('a', 'b'), jobOf('c')]);
    expect(told).toEqual(['restore c true', 'restore a true', 'restore b true']);
  });
});

const ROOM = 8192;

async function encoder(room = ROOM) {
  const { context } = await makeScene();
  const objects = new ObjectWriters(context, {});
  const { suite } = context.keys;
  const all = new ChangeEncoder(context.keys, objects, new Slices('The test', undefined), room);
  /** Of changes that take one run at most. */
  const encode: (...of: Parameters<ChangeEncoder['encode']>) => Promise<EncodedChange> = async (...of) => {
    const [only, ...further] = await all.encode(...of);
    expect(further).toEqual([]);
    return only!;
  };
  return { context, objects, suite, all, encoder: { encode } };
}

const bound = (strategy: 'local' | 'sparse' = 'local', own?: object): BoundField =>
  ({
    property: 'plants',
    identity: { name: 'plants', type: 'map', strategy },
    store: { keeping: {} },
    strategy: own && { id: 'own', ...own },
  }) as unknown as BoundField;

function changes(entries: readonly (readonly [key: number, value: unknown])[], cleared = false): Changes {
  const ops = new Map<number, StagedOp>(
    entries.map(([key, value]) => [key, { kind: value === undefined ? 'tombstone' : 'value', value, depends: false }]),
  );
  return { cleared, ops };
}

describe('what a commit changes in a field', () => {
  test('rides in the frame where it is small, in the order of its keys', async () => {
    const { encoder: of, objects, suite } = await encoder();
    const { change, digest } = await of.encode(
      bound(),
      changes([
        [3, 'c'],
        [1, 'a'],
        [2, undefined],
      ]),
      5,
    );
    expect(change).toMatchObject({ field: bound().identity, cleared: false, run: undefined });
    const block = decodeBlock(change.inline!);
    expect([block.keys, block.values, Array.from(block.kinds!)]).toEqual([
      [1, 2, 3],
      ['a', undefined, 'c'],
      [ENTRY_KIND.value, ENTRY_KIND.tombstone, ENTRY_KIND.value],
    ]);
    expect(digest).toEqual(suite.sha256(change.inline!));
    expect(objects.written).toBe(0);
  });

  test('says of no kind where all are values, whether or not they came in order', async () => {
    for (const order of [
      [1, 2, 3],
      [3, 1, 2],
    ]) {
      const { encoder: of } = await encoder();
      const { change } = await of.encode(bound(), changes(order.map((key) => [key, `v${key}`])), 5);
      const block = decodeBlock(change.inline!);
      expect([block.keys, block.values, block.kinds]).toEqual([[1, 2, 3], ['v1', 'v2', 'v3'], undefined]);
    }
  });

  test('is taken as columns where it came so', async () => {
    const { encoder: of } = await encoder();
    const columns = { keys: [1, 2], values: ['a', 'b'] };
    const { change } = await of.encode(bound(), { cleared: true, ops: new Map(), columns }, 5);
    expect([change.cleared, decodeBlock(change.inline!).values]).toEqual([true, ['a', 'b']]);
  });

  test('is a clear alone where there are no entries', async () => {
    const { encoder: of, suite } = await encoder();
    const { change, digest } = await of.encode(bound(), changes([], true), 5);
    expect(change).toMatchObject({ cleared: true, inline: undefined, run: undefined });
    expect(digest).toEqual(suite.sha256());
  });

  test('becomes a run where it is large', async () => {
    const { context, encoder: of, objects, suite } = await encoder();
    const values = [1, 2, 3].map((seed) => Buffer.from(noise(60_000, seed)).toString('latin1'));
    const { change, digest } = await of.encode(bound(), changes(values.map((value, i) => [i, value])), 5);
    await objects.flush();
    expect(change.inline).toBeUndefined();
    expect(change.run?.run).toMatchObject({
      count: 3,
      firstSequence: 5,
      lastSequence: 5,
      sequenced: false,
      isUnique: true,
    });
    expect(digest).toHaveLength(32);
    const again = await (await encoder()).encoder.encode(bound(), changes(values.map((value, i) => [i, value])), 6);
    expect(again.digest).toEqual(digest);
    expect(digest).not.toEqual(suite.sha256());
    expect(await new ObjectReader(context).read(change.run!.run.index)).toBeDefined();
  });

  test('becomes several runs where one would have too many blocks, and a clear comes before all of them', async () => {
    const { all, suite } = await encoder();
    const values = [1, 2, 3, 4, 5].map((seed) => Buffer.from(noise(100_000, seed)).toString('latin1'));
    const ops = changes(
      values.map((value, i) => [i, value]),
      true,
    );
    const encoded = await withRunsOf({ blocks: 2 }, () => all.encode(bound(), ops, 5));
    expect(encoded.map(({ change: { cleared, inline, run } }) => [cleared, inline, run?.run.firstKey])).toEqual([
      [true, undefined, 0],
      [false, undefined, 2],
      [false, undefined, 4],
    ]);
    expect(encoded.map(({ change: { run } }) => [run?.run.count, run?.run.firstSequence])).toEqual([
      [2, 5],
      [2, 5],
      [1, 5],
    ]);
    for (const { digest } of encoded) expect(digest).not.toEqual(suite.sha256());
  });

  test('has so much room in the frame, which fields share', async () => {
    const { encoder: of } = await encoder(1000);
    const inline = async (length: number): Promise<boolean> =>
      (await of.encode(bound(), changes([[1, noise(length)]]), 5)).change.inline !== undefined;
    expect([await inline(900), await inline(900), await inline(20), await inline(100)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test('fills the room to the last byte', async () => {
    const value = noise(500);
    const size = (await (await encoder()).encoder.encode(bound(), changes([[1, value]]), 5)).change.inline!.length;
    for (const [room, fits] of [
      [size, true],
      [size - 1, false],
    ] as const) {
      const { change } = await (await encoder(room)).encoder.encode(bound(), changes([[1, value]]), 5);
      expect(change.inline !== undefined).toBe(fits);
    }
  });

  test('counts packed where it is more than a page, and is tried up to eight times the room', async () => {
    const inline = async (value: unknown): Promise<boolean> =>
      (await (await encoder()).encoder.encode(bound(), changes([[1, value]]), 5)).change.inline !== undefined;
    expect(await inline('again and '.repeat(6000))).toBe(true);
    expect(await inline('again and '.repeat(6600))).toBe(false);
    expect(await inline(noise(9000))).toBe(false);
    // Not packed, as it would be for naught: it is small.
    const { encoder: of } = await encoder(1000);
    expect((await of.encode(bound(), changes([[1, 'a'.repeat(2000)]]), 5)).change.inline).toBeUndefined();
  });

  test('rides in the frame as one block, or not at all', async () => {
    const { encoder: of, objects } = await encoder(65_536);
    // Both together pack to next to nothing.
    const values = ['a'.repeat(100_000), 'b'.repeat(100_000)];
    const given = changes(values.map((value, i) => [i, value]));
    const { change } = await of.encode(bound(), given, 5);
    await objects.flush();
    expect([change.inline, change.run?.run.count]).toEqual([undefined, 2]);
  });

  test('has no more entries than a block', async () => {
    const inline = async (count: number): Promise<boolean> => {
      const { encoder: of } = await encoder(65_536);
      const keys = Array.from({ length: count }, (_, i) => i);
      const given = { cleared: false, ops: new Map(), columns: { keys, values: keys.map(() => 1) } };
      return (await of.encode(bound(), given, 5)).change.inline !== undefined;
    };
    expect([await inline(BLOCK_MAX_ENTRIES), await inline(BLOCK_MAX_ENTRIES + 1)]).toEqual([true, false]);
  });

  test('leaves its values apart where the field is sparse and they are large', async () => {
    const { context, encoder: of, objects } = await encoder();
    const small = await of.encode(bound('sparse'), changes([[1, 'a']]), 5);
    expect(decodeBlock(small.change.inline!).values).toEqual(['a']);
    const value = Buffer.from(noise(20_000)).toString('latin1');
    const { change } = await of.encode(bound('sparse'), changes([[1, value]]), 5);
    await objects.flush();
    const { values, kinds } = decodeBlock(change.inline!);
    expect(Array.from(kinds!)).toEqual([ENTRY_KIND.pointer]);
    const { chunk, at } = readPointer(values[0]);
    const list = decodeValue(await new ObjectReader(context).readDetached(readChunk(chunk))).value as unknown[];
    expect(list[at]).toBe(value);
    // A local one does not.
    expect((await of.encode(bound(), changes([[1, value]]), 5)).change.run).toBeDefined();
  });
});

describe("a strategy of the user's own", () => {
  test('says what stands for each value, and may put that apart', async () => {
    const { context, encoder: of, objects } = await encoder();
    const seen: unknown[] = [];
    const store = async (key: unknown, value: unknown, apart: { put(value: unknown): Promise<unknown> }) => {
      seen.push([key, value]);
      return key === 1 ? apart.put({ at: value }) : `kept ${String(value)}`;
    };
    const given = changes([
      [1, 'a'],
      [2, undefined],
      [3, 'c'],
    ]);
    const { change } = await of.encode(bound('local', { store }), given, 5);
    await objects.flush();
    expect(seen).toEqual([
      [1, 'a'],
      [3, 'c'],
    ]);
    const { values } = decodeBlock(change.inline!);
    expect(values.slice(1)).toEqual([undefined, 'kept c']);
    const pointers = readChunk(readPointer(values[0]).chunk);
    expect(decodeValue(await new ObjectReader(context).readDetached(pointers)).value).toEqual([{ at: 'a' }]);
  });

  test('fails by an error that names it, unless the error is one of ours', async () => {
    const { encoder: of } = await encoder();
    const failing = (cause: Error): Promise<unknown> =>
      of.encode(bound('local', { store: () => Promise.reject(cause) }), changes([[1, 'a']]), 5);
    const cause = new Error('no idea');
    await expect(failing(cause)).rejects.toMatchObject({ code: 'INFINITREE_SCHEMA', cause });
    const ours = new InfinitreeError('BACKEND', 'no disk');
    await expect(failing(ours)).rejects.toBe(ours);
  });
});
