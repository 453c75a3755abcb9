import type { Backend, CasHeads } from '@infinitree/core';
import type { Case } from './runner.js';
import { idsOf, onlyWinner, race, sampleBytes, sampleId } from './samples.js';

const heads = (backend: Backend) => backend.heads as CasHeads;
const id = sampleId(1);

export function casHeadCases(test: Case): void {
  conditionCases(test);
  stateCases(test);
}

/** When a write holds and when it does not. */
function conditionCases(test: Case): void {
  test('an absent head reads as undefined', async ({ backend, expect }) => {
    expect(await heads(backend).read(id)).toBe(undefined);
  });
  test('a head is written where there is none', async ({ backend, other, expect }) => {
    const etag = await heads(backend).cas(id, sampleBytes(1), null);
    expect(await heads(backend).read(id)).toEqual({ bytes: sampleBytes(1), etag });
    expect(await heads(await other()).read(id)).toEqual({ bytes: sampleBytes(1), etag });
  });
  test('a range of a head is read with the version of the whole', async ({ backend, expect }) => {
    const bytes = sampleBytes(1, 1000);
    expect(await heads(backend).read(id, { range: [0, 10] })).toBe(undefined);
    const etag = await heads(backend).cas(id, bytes, null);
    expect(await heads(backend).read(id, { range: [0, 10] })).toEqual({ bytes: bytes.slice(0, 10), etag });
    expect(await heads(backend).read(id, { range: [990, 2000] })).toEqual({ bytes: bytes.slice(990), etag });
    const part = await heads(backend).read(id, { range: [5, 6] });
    expect(typeof (await heads(backend).cas(id, sampleBytes(2), part?.etag ?? ''))).toBe('string');
  });
  test('a first write where there is one does not hold', async ({ backend, expect }) => {
    await heads(backend).cas(id, sampleBytes(1), null);
    expect(await heads(backend).cas(id, sampleBytes(2), null)).toBe(undefined);
    expect((await heads(backend).read(id))?.bytes).toEqual(sampleBytes(1));
  });
  test('a head is replaced under its own version, which is a new one then', async ({ backend, expect }) => {
    const first = await heads(backend).cas(id, sampleBytes(1), null);
    const second = await heads(backend).cas(id, sampleBytes(2), first ?? '');
    expect(await heads(backend).read(id)).toEqual({ bytes: sampleBytes(2), etag: second });
    expect(second === first).toBe(false);
  });
  test('a write under an outdated version does not hold', async ({ backend, expect }) => {
    const first = await heads(backend).cas(id, sampleBytes(1), null);
    await heads(backend).cas(id, sampleBytes(2), first ?? '');
    expect(await heads(backend).cas(id, sampleBytes(3), first ?? '')).toBe(undefined);
    expect((await heads(backend).read(id))?.bytes).toEqual(sampleBytes(2));
  });
  test('a write under a version where there is no head does not hold', async ({ backend, expect }) => {
    const etag = await heads(backend).cas(id, sampleBytes(1), null);
    await heads(backend).remove(id);
    expect(await heads(backend).cas(id, sampleBytes(2), etag ?? '')).toBe(undefined);
    expect(await heads(backend).read(id)).toBe(undefined);
  });
  test('the version that was read is the one to write under', async ({ backend, other, expect }) => {
    await heads(backend).cas(id, sampleBytes(1), null);
    const second = await other();
    const read = await heads(second).read(id);
    expect(typeof (await heads(second).cas(id, sampleBytes(2), read?.etag ?? ''))).toBe('string');
    expect((await heads(backend).read(id))?.bytes).toEqual(sampleBytes(2));
  });
  test('of twenty racing first writes one wins', async ({ backend, other, expect }) => {
    const results = await race([backend, await other()], (racer, n) => heads(racer).cas(id, sampleBytes(n), null));
    const winner = onlyWinner(results, (etag) => etag !== undefined);
    expect((await heads(backend).read(id))?.bytes).toEqual(sampleBytes(winner));
  });
  test('of twenty racing replacements one wins', async ({ backend, other, expect }) => {
    const etag = (await heads(backend).cas(id, sampleBytes(99), null)) ?? '';
    const results = await race([backend, await other()], (racer, n) => heads(racer).cas(id, sampleBytes(n), etag));
    const winner = onlyWinner(results, (next) => next !== undefined);
    expect((await heads(backend).read(id))?.bytes).toEqual(sampleBytes(winner));
  });
}

function stateCases(test: Case): void {
  test('heads do not disturb one another', async ({ backend, expect }) => {
    const first = await heads(backend).cas(id, sampleBytes(1), null);
    await heads(backend).cas(sampleId(2), sampleBytes(2), null);
    expect(await heads(backend).read(id)).toEqual({ bytes: sampleBytes(1), etag: first });
  });
  test('a removed head is absent; removing it again is no error; it may be written anew', async (scene) => {
    const { backend, expect } = scene;
    await heads(backend).cas(id, sampleBytes(1), null);
    await heads(backend).remove(id);
    await heads(backend).remove(id);
    expect(await heads(backend).read(id)).toBe(undefined);
    expect(typeof (await heads(backend).cas(id, sampleBytes(2), null))).toBe('string');
  });
  test('bytes of heads are copied in and out', async ({ backend, expect }) => {
    const bytes = sampleBytes(1);
    await heads(backend).cas(id, bytes, null);
    bytes.fill(0);
    (await heads(backend).read(id))?.bytes.fill(0);
    expect((await heads(backend).read(id))?.bytes).toEqual(sampleBytes(1));
  });
  test('a listing of everything names heads as well', async ({ backend, expect }) => {
    await heads(backend).cas(id, sampleBytes(1), null);
    expect(await idsOf(backend.list())).toEqual([id]);
  });
}
