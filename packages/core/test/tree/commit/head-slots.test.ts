// The heads of a bucket by themselves: two slots that take turns, and a conditional write of which no answer comes.
import { InfinitreeError, MemoryBackend } from '@infinitree/core';
import type { CasHeads } from '../../../src/backend/backend.js';
import { headIdOfSlot } from '../../../src/crypto/own-ids.js';
import { ObjectReader } from '../../../src/object/object-reader.js';
import { CasHeadStore } from '../../../src/tree/heads/cas-heads.js';
import { type HeadContent, UnknownOutcome } from '../../../src/tree/heads/head-store.js';
import { EMPTY_BASE } from '../../../src/tree/records/base.js';
import { encodeCheckpoint } from '../../../src/tree/records/checkpoint.js';
import type { Snapshot } from '../../../src/tree/snapshot.js';
import { makeScene, noise } from '../../object/scene.js';

const content = (sweepSequence = 0): HeadContent => ({
  checkpoint: encodeCheckpoint({
    base: EMPTY_BASE,
    tail: [],
    credentials: [],
    olderHeads: [],
    replaced: [],
    fork: undefined,
    dropboxes: [],
    history: undefined,
    rotation: undefined,
  }),
  writeNonce: noise(16),
  sweepSequence,
});
const corrupt = expect.objectContaining({ code: 'INFINITREE_CORRUPT' }) as unknown;
const conflict = expect.objectContaining({ code: 'INFINITREE_CONFLICT' }) as unknown;

/** A tree's heads in memory; `calls` are what was sent, and any call may be put in the place of the storage's own. */
async function scene() {
  const { context } = await makeScene();
  const memory = new MemoryBackend({ heads: 'cas' }).heads;
  const calls: [string, Uint8Array, string | null][] = [];
  const own: CasHeads = {
    read: (...given) => memory.read(...given),
    cas: (id, bytes, etag, options) => {
      calls.push([id, bytes, etag]);
      return memory.cas(id, bytes, etag, options);
    },
    remove: (...given) => memory.remove(...given),
  };
  const heads = { ...own };
  const store = () => new CasHeadStore(context, new ObjectReader(context), heads);
  const ids = ([0, 1] as const).map((slot) => headIdOfSlot(context.keys, slot));
  return { memory, own, heads, store, calls, ids, writer: store() };
}
type Scene = Awaited<ReturnType<typeof scene>>;

const newest = async (store: CasHeadStore, options = {}): Promise<Snapshot> => (await store.newest(options))!;
const replace = async ({ writer }: Scene, base?: Snapshot) =>
  writer.replace(base ?? (await newest(writer)), () => Promise.resolve(content()), {});

test('no head is no state, and one is there only once', async () => {
  const at = await scene();
  expect(await at.writer.newest({})).toBeUndefined();
  const position = await at.writer.create(content(), {});
  expect(position).toMatchObject({ id: at.ids[1], headSequence: 1 });
  expect((await newest(at.store())).position).toEqual(position);
  await expect(at.store().create(content(), {})).rejects.toEqual(conflict);
  await at.writer.withdraw();
  expect(await at.writer.newest({})).toBeUndefined();
});

test('heads take turns, each on the condition that its slot is as it was', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  for (let sequence = 2; sequence <= 5; sequence++) {
    const position = await replace(at);
    expect(position).toMatchObject({ id: at.ids[sequence % 2], headSequence: sequence });
    expect((await newest(at.store())).position).toEqual(position);
  }
  const etags = at.calls.map(([, , etag]) => etag);
  expect(etags.slice(0, 2)).toEqual([null, null]);
  expect(etags.slice(2).every((etag) => typeof etag === 'string')).toBe(true);
});

test('two slots read at different times are read once more, and written upon as they are', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  const other = at.store();
  let base = await newest(other);
  const heads = async (count: number) => {
    for (; count > 0; count--) {
      await other.replace(base, () => Promise.resolve(content()), {});
      base = await newest(at.store());
    }
  };
  for (const before of [0, 2, 3]) {
    await heads(before);
    const early = ((base.position.headSequence + 1) % 2) as 0 | 1;
    // The older head's slot as it is; the other one after two heads more.
    const found = new Map([[at.ids[early]!, await at.memory.read(at.ids[early]!)]]);
    await heads(2);
    const late = at.ids[1 - early]!;
    found.set(late, await at.memory.read(late));
    at.heads.read = async (id, options) => {
      const shown = found.has(id) ? found.get(id) : await at.own.read(id, options);
      found.delete(id);
      return shown;
    };
    const state = await newest(at.writer);
    at.heads.read = at.own.read;
    expect(state.position).toEqual(base.position);
    const position = await at.writer.replace(state, () => Promise.resolve(content()), {});
    expect(position.headSequence).toBe(base.position.headSequence + 1);
    base = await newest(at.store());
    expect(base.position).toEqual(position);
    await newest(other);
  }
});

test('what a new head says is made from the state that is found', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  const base = await newest(at.writer);
  const seen: Snapshot[] = [];
  const prepare = (current: Snapshot, place: object) => {
    seen.push(current);
    expect(place).toEqual({ epoch: 0, headSequence: seen.length + 1, secured: true });
    return Promise.resolve(content(seen.length));
  };
  for (let i = 0; i < 3; i++) await at.writer.replace(base, prepare, {});
  expect(seen[0]).toBe(base);
  // The last one is of a state in the very slot of the base.
  expect(seen.map(({ position }) => position.headSequence)).toEqual([1, 2, 3]);
  expect(seen.map(({ care }) => care.sweepSequence)).toEqual([0, 1, 2]);
  expect((await newest(at.store())).care.sweepSequence).toBe(3);
});

test('a writer that comes second has a conflict', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  const other = at.store();
  const late = at.writer.replace(
    await newest(at.writer),
    async (current) => {
      await other.replace(current, () => Promise.resolve(content(7)), {});
      return content(8);
    },
    {},
  );
  await expect(late).rejects.toEqual(conflict);
  expect((await newest(at.writer)).care.sweepSequence).toBe(7);
});

describe.each(['before', 'after'])('a write of which no answer came %s it was done', (when) => {
  async function doubtful() {
    const at = await scene();
    await at.writer.create(content(), {});
    const cause = new Error('no answer');
    at.heads.cas = async (...given) => {
      if (when === 'after') await at.own.cas(...given);
      throw cause;
    };
    const rejection = replace(at);
    await expect(rejection).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(rejection).rejects.toMatchObject({ cause });
    return at;
  }

  test('is settled by the same bytes on the same condition', async () => {
    const at = await doubtful();
    at.heads.cas = at.own.cas;
    const settled = await at.writer.settle(() => Promise.resolve(content()), {});
    expect(settled.position.headSequence).toBe(2);
    const sent = at.calls.slice(1);
    expect(new Set(sent.map(([id, bytes, etag]) => `${id} ${String(bytes)} ${String(etag)}`)).size).toBe(1);
    // Once settled, nothing is sent again.
    await at.writer.settle(() => Promise.resolve(content()), {});
    expect(at.calls.slice(1)).toHaveLength(sent.length);
  });

  test('stays in doubt while the storage does not answer', async () => {
    const at = await doubtful();
    await expect(at.writer.settle(() => Promise.resolve(content()), {})).rejects.toBeInstanceOf(UnknownOutcome);
    at.heads.cas = at.own.cas;
    expect((await at.writer.settle(() => Promise.resolve(content()), {})).position.headSequence).toBe(2);
  });
});

test('a write whose condition fails, and whose slot cannot be read, is in doubt too', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  const base = await newest(at.writer);
  const cause = new Error('no answer');
  at.heads.cas = async (...given) => {
    await at.own.cas(...given);
    at.heads.read = () => Promise.reject(cause);
    return undefined;
  };
  const rejection = replace(at, base);
  await expect(rejection).rejects.toBeInstanceOf(UnknownOutcome);
  await expect(rejection).rejects.toMatchObject({ cause });
  Object.assign(at.heads, at.own);
  expect((await at.writer.settle(() => Promise.resolve(content()), {})).position.headSequence).toBe(2);
});

test('a condition that fails is success where the slot holds what was sent', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  at.heads.cas = async (...given) => {
    await at.own.cas(...given);
    return undefined;
  };
  expect((await replace(at)).headSequence).toBe(2);
  // But not where it holds another head, or something shorter.
  for (const damage of [
    (bytes: Uint8Array) => bytes.with(63, 1 ^ bytes[63]!),
    (bytes: Uint8Array) => bytes.slice(0, -1),
  ]) {
    at.heads.cas = async (id, bytes, etag, options) => {
      await at.own.cas(id, damage(bytes), etag, options);
      return undefined;
    };
    const base = await newest(at.store(), { acceptOlderHead: true });
    const late = at.writer.replace(base, () => Promise.resolve(content()), { acceptOlderHead: true });
    await expect(late).rejects.toEqual(conflict);
  }
});

test('a condition that is said to fail although it holds leaves the write in doubt', async () => {
  for (const heads of [1, 2]) {
    const at = await scene();
    await at.writer.create(content(), {});
    if (heads === 2) await replace(at);
    at.heads.cas = () => Promise.resolve(undefined);
    await expect(replace(at)).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(at.writer.settle(() => Promise.resolve(content()), {})).rejects.toBeInstanceOf(UnknownOutcome);
    at.heads.cas = at.own.cas;
    const settled = await at.writer.settle(() => Promise.resolve(content()), {});
    expect(settled.position.headSequence).toBe(heads + 1);
    expect(new Set(at.calls.slice(heads).map(([id, bytes]) => `${id} ${String(bytes)}`)).size).toBe(1);
  }
});

test('a write whose slot holds a later head by now is in doubt: it may be below that', async () => {
  for (const arrives of [true, false]) {
    const at = await scene();
    await at.writer.create(content(), {});
    const other = at.store();
    at.heads.cas = async (...given) => {
      at.heads.cas = at.own.cas;
      if (arrives) await at.own.cas(...given);
      else await replace({ ...at, writer: other });
      for (let i = 0; i < 2; i++) await replace({ ...at, writer: other });
      return at.own.cas(...given);
    };
    await expect(replace(at)).rejects.toBeInstanceOf(UnknownOutcome);
    const settled = await at.writer.settle(() => Promise.resolve(content()), {});
    expect(settled.position.headSequence).toBe(4);
  }
});

test('a write upon what an outdated reading has shown is told as unknown, and then has never been', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  await replace(at);
  const outdated = (await at.memory.read(at.ids[1]!))!;
  await replace(at);
  const late = at.store();
  at.heads.read = async (id) => (id === at.ids[1] ? outdated : at.own.read(id));
  const base = await newest(late);
  expect(base.position.headSequence).toBe(2);
  await expect(late.replace(base, () => Promise.resolve(content()), {})).rejects.toBeInstanceOf(UnknownOutcome);
  at.heads.read = at.own.read;
  expect((await late.settle(() => Promise.resolve(content()), {})).position.headSequence).toBe(3);
});

test('a write that was taken stays in doubt while the storage shows what was there before', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  at.heads.cas = async (...given) => {
    await at.own.cas(...given);
    throw new Error('no answer');
  };
  await expect(replace(at)).rejects.toBeInstanceOf(UnknownOutcome);
  at.heads.cas = at.own.cas;
  let reads = 0;
  // The slot is read and shows it; then both slots are, and one of them does not.
  at.heads.read = async (id) => (reads++ > 0 && id === at.ids[0] ? undefined : at.own.read(id));
  await expect(at.writer.settle(() => Promise.resolve(content()), {})).rejects.toBeInstanceOf(UnknownOutcome);
  at.heads.read = at.own.read;
  expect((await at.writer.settle(() => Promise.resolve(content()), {})).position.headSequence).toBe(2);
});

test('who has seen or written the newest head writes the next one without reading', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  const late = at.store();
  let base = await newest(late);
  let reads = 0;
  at.heads.read = (...given) => {
    reads += 1;
    return at.own.read(...given);
  };
  for (let sequence = 2; sequence <= 4; sequence++) {
    const position = await late.replace(base, () => Promise.resolve(content()), {});
    expect(position.headSequence).toBe(sequence);
    base = { ...base, position };
  }
  expect(reads).toBe(0);
  // The one that it has overtaken finds out by what it is answered.
  await expect(at.writer.replace(await newest(at.store()), () => Promise.resolve(content()), {})).resolves.toBeTruthy();
  await expect(late.replace(base, () => Promise.resolve(content()), {})).rejects.toEqual(conflict);
});

test('a storage that shows less than was seen is asked again, and is ROLLBACK where it says the same', async () => {
  const rollback = expect.objectContaining({ code: 'INFINITREE_ROLLBACK' }) as unknown;
  for (const times of [1, Infinity]) {
    const at = await scene();
    await at.writer.create(content(), {});
    await replace(at);
    const base = await newest(at.writer);
    const late = at.store();
    let lies = 0;
    at.heads.read = (id) => (id === at.ids[0] && lies++ < times ? Promise.resolve(undefined) : at.own.read(id));
    const replaced = late.replace(base, () => Promise.resolve(content()), {});
    await (times === 1
      ? expect(replaced).resolves.toMatchObject({ headSequence: 3 })
      : expect(replaced).rejects.toEqual(rollback));
  }
});

test('a storage that cannot swap is UNSUPPORTED, and leaves nothing in doubt', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  const unsupported = new InfinitreeError('UNSUPPORTED', 'it cannot');
  at.heads.cas = () => Promise.reject(unsupported);
  await expect(replace(at)).rejects.toBe(unsupported);
  at.heads.cas = at.own.cas;
  expect((await at.writer.settle(() => Promise.resolve(content()), {})).position.headSequence).toBe(1);
});

test('a writer that has not seen the repair of its head does not write over it', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  await replace(at);
  const base = await newest(at.writer);
  const { bytes, etag } = (await at.memory.read(at.ids[0]!))!;
  await at.memory.cas(at.ids[0]!, bytes.with(100, 1 ^ bytes[100]!), etag);
  const repairer = at.store();
  const left = await newest(repairer, { acceptOlderHead: true });
  await repairer.replace(left, () => Promise.resolve(content(7)), { acceptOlderHead: true });
  await expect(replace(at, base)).rejects.toEqual(conflict);
  expect((await newest(at.writer)).care.sweepSequence).toBe(7);
});

test('a repair of which the second head is denied is in doubt, since its first one stands', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  await replace(at);
  const { bytes, etag } = (await at.memory.read(at.ids[0]!))!;
  await at.memory.cas(at.ids[0]!, bytes.with(100, 1 ^ bytes[100]!), etag);
  const repairer = at.store();
  const left = await newest(repairer, { acceptOlderHead: true });
  const denial = new InfinitreeError('BACKEND', 'denied', { denied: true });
  at.heads.cas = async (...given) => {
    if (at.calls.length === 3) throw denial;
    return at.own.cas(...given);
  };
  const repaired = repairer.replace(left, () => Promise.resolve(content(7)), { acceptOlderHead: true });
  await expect(repaired).rejects.toBeInstanceOf(UnknownOutcome);
  at.heads.cas = at.own.cas;
  expect((await repairer.settle(() => Promise.resolve(content()), {})).position.headSequence).toBe(3);
});

test('a checkpoint that leaves no room for a journal is refused, and nothing is sent', async () => {
  const at = await scene();
  const refused = expect.objectContaining({ code: 'INFINITREE_INVALID_ARGUMENT' }) as unknown;
  await expect(at.writer.create({ ...content(), checkpoint: noise(40_000) }, {})).rejects.toEqual(refused);
  expect(at.calls).toEqual([]);
});

test('heads that are gone are CORRUPT for who has to build upon them', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  const base = await newest(at.writer);
  await at.writer.withdraw();
  await expect(replace(at, base)).rejects.toEqual(corrupt);
  await expect(at.writer.settle(() => Promise.resolve(content()), {})).rejects.toEqual(corrupt);
});

test('a damaged head is CORRUPT, and looked behind only where that is asked for', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  await replace(at);
  const id = at.ids[0]!;
  const { bytes, etag } = (await at.memory.read(id))!;
  await at.memory.cas(id, bytes.with(100, 1 ^ bytes[100]!), etag);
  await expect(at.writer.newest({})).rejects.toEqual(corrupt);
  await expect(at.writer.read(id, {})).rejects.toEqual(corrupt);
  expect((await newest(at.writer, { acceptOlderHead: true })).position.headSequence).toBe(1);
});

test('the heads that stand are both, the newest first, and each can be read', async () => {
  const at = await scene();
  await at.writer.create(content(3), {});
  expect(await at.writer.read(at.ids[0]!, {})).toBeUndefined();
  expect(at.writer.standing(await newest(at.writer))).toEqual([at.ids[1], at.ids[0]]);
  await replace(at);
  const snapshot = await newest(at.writer);
  expect(at.writer.standing(snapshot)).toEqual([at.ids[0], at.ids[1]]);
  const older = await at.writer.read(at.ids[1]!, {});
  expect(older?.journal).toBeUndefined();
  expect(older?.bytes).toEqual((await at.memory.read(at.ids[1]!))?.bytes);
  expect([older?.image.header.headSequence, older?.snapshot.care.sweepSequence]).toEqual([1, 3]);
});

test('a bucket has no journal and no claims', async () => {
  const at = await scene();
  await at.writer.create(content(), {});
  await expect(at.writer.append()).resolves.toBeUndefined();
  expect(await at.writer.dropClaims()).toBe(0);
  await at.writer.tidy();
  await at.writer.close();
  expect((await newest(at.writer)).position.headSequence).toBe(1);
});
