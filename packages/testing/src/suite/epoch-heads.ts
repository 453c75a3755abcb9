import type { Backend, EpochHeads } from '@infinitree/core';
import type { Case } from './runner.js';
import { codeOf, idsOf, onlyWinner, race, sampleBytes, sampleId, sorted } from './samples.js';

const heads = (backend: Backend) => backend.heads as EpochHeads;
const id = sampleId(1);

export function epochHeadCases(test: Case): void {
  claimCases(test);
  headCases(test);
  appendCases(test);
  syncCases(test);
}

function claimCases(test: Case): void {
  test('fresh storage has no claims', async ({ backend, expect }) => {
    expect(await heads(backend).claims()).toEqual([]);
  });
  test('a name is claimed once, whoever asks', async ({ backend, other, expect }) => {
    expect(await heads(backend).claim(id)).toBe(true);
    expect(await heads(backend).claim(id)).toBe(false);
    expect(await heads(await other()).claim(id)).toBe(false);
  });
  test('of twenty racing claims one wins', async ({ backend, other, expect }) => {
    onlyWinner(await race([backend, await other()], (racer) => heads(racer).claim(id)), (won) => won);
    expect(await heads(backend).claims()).toEqual([id]);
  });
  test('claims are seen by every backend, and are no objects', async ({ backend, other, expect }) => {
    for (const n of [1, 2, 3]) await heads(backend).claim(sampleId(n));
    const expected = sorted(sampleId(1), sampleId(2), sampleId(3));
    expect((await heads(backend).claims()).sort()).toEqual(expected);
    expect((await heads(await other()).claims()).sort()).toEqual(expected);
    expect(await idsOf(backend.list())).toEqual([]);
    expect(await backend.get(id)).toBe(undefined);
  });
  test('a released claim is gone, the others stay', async ({ backend, expect }) => {
    for (const n of [1, 2, 3]) await heads(backend).claim(sampleId(n));
    await heads(backend).release([sampleId(1), sampleId(3)]);
    expect(await heads(backend).claims()).toEqual([sampleId(2)]);
    expect(await heads(backend).claim(sampleId(1))).toBe(true);
  });
  test('releasing what is absent, or nothing, is no error', async ({ backend, expect }) => {
    await heads(backend).release([]);
    await heads(backend).release([id, id]);
    expect(await heads(backend).claims()).toEqual([]);
  });
  test('what has no id for a name is no claim', async ({ backend, addStrays, expect }) => {
    await heads(backend).claim(id);
    await addStrays();
    expect(await heads(backend).claims()).toEqual([id]);
  });
}

function headCases(test: Case): void {
  test('an absent head reads as undefined', async ({ backend, expect }) => {
    expect(await heads(backend).read(id)).toBe(undefined);
  });
  test('a head is created once and read by every backend', async ({ backend, other, expect }) => {
    expect(await heads(backend).create(id, sampleBytes(1))).toBe(true);
    expect(await heads(backend).create(id, sampleBytes(2))).toBe(false);
    expect(await heads(backend).read(id)).toEqual(sampleBytes(1));
    expect(await heads(await other()).read(id)).toEqual(sampleBytes(1));
  });
  test('a range of a head is read as it is now', async ({ backend, other, expect }) => {
    const bytes = sampleBytes(1, 1000);
    expect(await heads(backend).read(id, { range: [0, 10] })).toBe(undefined);
    await heads(backend).create(id, bytes);
    expect(await heads(await other()).read(id, { range: [10, 20] })).toEqual(bytes.slice(10, 20));
    await heads(backend).append(id, 10, Uint8Array.of(1, 2, 3));
    expect(await heads(backend).read(id, { range: [10, 13] })).toEqual(Uint8Array.of(1, 2, 3));
    expect(await heads(backend).read(id, { range: [990, 2000] })).toEqual(bytes.slice(990));
  });
  test('of twenty racing heads one wins, and is whole', async ({ backend, other, expect }) => {
    const results = await race([backend, await other()], (racer, n) => heads(racer).create(id, sampleBytes(n, 20_000)));
    const winner = onlyWinner(results, (created) => created);
    expect(await heads(backend).read(id)).toEqual(sampleBytes(winner, 20_000));
  });
  test('bytes of heads are copied in and out', async ({ backend, expect }) => {
    const bytes = sampleBytes(1);
    await heads(backend).create(id, bytes);
    bytes.fill(0);
    (await heads(backend).read(id))?.fill(0);
    expect(await heads(backend).read(id)).toEqual(sampleBytes(1));
  });
  test('a removed head is absent; removing it again is no error; it may be created anew', async (scene) => {
    const { backend, other, expect } = scene;
    await heads(backend).create(id, sampleBytes(1));
    await heads(backend).append(id, 0, sampleBytes(5, 10));
    await heads(backend).remove(id);
    await heads(backend).remove(id);
    expect(await heads(backend).read(id)).toBe(undefined);
    expect(await heads(await other()).read(id)).toBe(undefined);
    expect(await heads(backend).create(id, sampleBytes(2))).toBe(true);
    await heads(backend).append(id, 0, Uint8Array.of(1, 2, 3));
    expect((await heads(await other()).read(id))?.slice(0, 3)).toEqual(Uint8Array.of(1, 2, 3));
  });
  test('listings leave no head out', async ({ backend, expect }) => {
    await backend.put(sampleId(9), sampleBytes(9));
    for (const n of [1, 2]) await heads(backend).create(sampleId(n), sampleBytes(n));
    const listed = new Set(await idsOf(heads(backend).list()));
    expect([1, 2].every((n) => listed.has(sampleId(n)))).toBe(true);
    expect(await idsOf(backend.list())).toEqual(sorted(sampleId(1), sampleId(2), sampleId(9)));
  });
  test('durability is one of the two', async ({ backend, expect }) => {
    expect(['append', 'object'].includes(heads(backend).durability)).toBe(true);
  });
}

function appendCases(test: Case): void {
  test('what was appended is read at its place, and the rest stays', async ({ backend, expect }) => {
    await heads(backend).create(id, sampleBytes(1, 1000));
    await heads(backend).append(id, 400, sampleBytes(2, 100));
    const expected = sampleBytes(1, 1000);
    expected.set(sampleBytes(2, 100), 400);
    expect(await heads(backend).read(id)).toEqual(expected);
  });
  test('what was appended and synced is seen by every backend, and after a close', async (scene) => {
    const { backend, other, expect } = scene;
    await heads(backend).create(id, new Uint8Array(1000));
    const reader = await other();
    for (const at of [0, 100, 200]) {
      await heads(backend).append(id, at, sampleBytes(at, 100));
      await heads(backend).sync(id);
      expect((await heads(reader).read(id))?.slice(at, at + 100)).toEqual(sampleBytes(at, 100));
    }
    if (reader === backend) return;
    await backend.close();
    expect((await heads(await other()).read(id))?.slice(100, 200)).toEqual(sampleBytes(100, 100));
  });
  test('the last byte of a head may be written, and none behind it', async ({ backend, expect }) => {
    await heads(backend).create(id, new Uint8Array(100));
    await heads(backend).append(id, 90, sampleBytes(1, 10));
    expect(await codeOf(heads(backend).append(id, 91, sampleBytes(2, 10)))).toBe('INVALID_ARGUMENT');
    expect(await codeOf(heads(backend).append(id, 100, sampleBytes(2, 1)))).toBe('INVALID_ARGUMENT');
    expect(await codeOf(heads(backend).append(id, -1, sampleBytes(2, 1)))).toBe('INVALID_ARGUMENT');
    expect((await heads(backend).read(id))?.length).toBe(100);
    expect((await heads(backend).read(id))?.slice(90)).toEqual(sampleBytes(1, 10));
  });
  test('a refused append does no harm to the next one', async ({ backend, expect }) => {
    await heads(backend).create(id, new Uint8Array(100));
    expect(await codeOf(heads(backend).append(id, 99, new Uint8Array(2)))).toBe('INVALID_ARGUMENT');
    await heads(backend).append(id, 0, sampleBytes(1, 100));
    await heads(backend).sync(id);
    expect(await heads(backend).read(id)).toEqual(sampleBytes(1, 100));
  });
  test('appending to an absent head, or syncing one, is an error and creates nothing', async (scene) => {
    const { backend, expect } = scene;
    expect(await codeOf(heads(backend).append(id, 0, new Uint8Array(1)))).toBe('BACKEND');
    expect(await codeOf(heads(backend).sync(id))).toBe('BACKEND');
    expect(await idsOf(backend.list())).toEqual([]);
  });
}

function syncCases(test: Case): void {
  test('a sync without an append, and twice, is no error, for a reader either', async ({ backend, other }) => {
    await heads(backend).create(id, new Uint8Array(100));
    await heads(backend).sync(id);
    await heads(backend).sync(id);
    await heads(await other()).sync(id);
  });
  test('appended bytes may be changed once the append is done', async ({ backend, expect }) => {
    await heads(backend).create(id, new Uint8Array(10));
    const bytes = sampleBytes(1, 10);
    await heads(backend).append(id, 0, bytes);
    bytes.fill(0);
    await heads(backend).sync(id);
    expect(await heads(backend).read(id)).toEqual(sampleBytes(1, 10));
  });
  test('appends to different heads, and at different places of one, may run at once', async (scene) => {
    const { backend, expect } = scene;
    for (const n of [1, 2]) await heads(backend).create(sampleId(n), new Uint8Array(2000));
    const places = Array.from({ length: 20 }, (_, n) => n);
    await Promise.all(
      places.flatMap((n) => [1, 2].map((h) => heads(backend).append(sampleId(h), n * 100, sampleBytes(n * h, 100)))),
    );
    for (const h of [1, 2]) {
      const read = await heads(backend).read(sampleId(h));
      expect(places.map((n) => read?.slice(n * 100, n * 100 + 100))).toEqual(
        places.map((n) => sampleBytes(n * h, 100)),
      );
    }
  });
}
