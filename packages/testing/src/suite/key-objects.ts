import type { Case } from './runner.js';
import { codeOf, idsOf, onlyWinner, race, sampleBytes, sampleId } from './samples.js';

export function keyObjectCases(test: Case): void {
  test('a key object is read back', async ({ backend, other, expect }) => {
    expect(await backend.keyObjects.get(sampleId(1))).toBe(undefined);
    await backend.keyObjects.put(sampleId(1), sampleBytes(1));
    expect(await backend.keyObjects.get(sampleId(1))).toEqual(sampleBytes(1));
    expect(await (await other()).keyObjects.get(sampleId(1))).toEqual(sampleBytes(1));
  });
  test('a range of a key object is read', async ({ backend, expect }) => {
    const bytes = sampleBytes(1, 1000);
    expect(await backend.keyObjects.get(sampleId(1), { range: [0, 10] })).toBe(undefined);
    await backend.keyObjects.put(sampleId(1), bytes);
    expect(await backend.keyObjects.get(sampleId(1), { range: [0, 10] })).toEqual(bytes.slice(0, 10));
    expect(await backend.keyObjects.get(sampleId(1), { range: [990, 2000] })).toEqual(bytes.slice(990));
  });
  test('a key object is never overwritten', async ({ backend, expect }) => {
    await backend.keyObjects.put(sampleId(1), sampleBytes(1));
    expect(await codeOf(backend.keyObjects.put(sampleId(1), sampleBytes(2)))).toBe('EXISTS');
    expect(await backend.keyObjects.get(sampleId(1))).toEqual(sampleBytes(1));
  });
  test('of twenty racing key objects one wins', async ({ backend, other, expect }) => {
    const results = await race([backend, await other()], (racer, n) =>
      racer.keyObjects.put(sampleId(1), sampleBytes(n, 20_000)),
    );
    const winner = onlyWinner(results, () => true);
    expect(await backend.keyObjects.get(sampleId(1))).toEqual(sampleBytes(winner, 20_000));
  });
  test('a deleted key object is absent for every backend at once', async ({ backend, other, expect }) => {
    const second = await other();
    await backend.keyObjects.put(sampleId(1), sampleBytes(1));
    expect(await second.keyObjects.get(sampleId(1))).toEqual(sampleBytes(1));
    await backend.keyObjects.delete(sampleId(1));
    expect(await backend.keyObjects.get(sampleId(1))).toBe(undefined);
    expect(await second.keyObjects.get(sampleId(1))).toBe(undefined);
  });
  test('deleting an absent key object is no error, and its id may be put again', async ({ backend, expect }) => {
    await backend.keyObjects.delete(sampleId(1));
    await backend.keyObjects.put(sampleId(1), sampleBytes(1));
    await backend.keyObjects.delete(sampleId(1));
    await backend.keyObjects.delete(sampleId(1));
    await backend.keyObjects.put(sampleId(1), sampleBytes(2));
    expect(await backend.keyObjects.get(sampleId(1))).toEqual(sampleBytes(2));
  });
  test('a listing of key objects leaves none out', async ({ backend, expect }) => {
    await backend.put(sampleId(9), sampleBytes(9));
    for (const n of [1, 2, 3]) await backend.keyObjects.put(sampleId(n), sampleBytes(n));
    const listed = new Set(await idsOf(backend.keyObjects.list()));
    expect([1, 2, 3].every((n) => listed.has(sampleId(n)))).toBe(true);
  });
  test('bytes of key objects are copied in and out', async ({ backend, expect }) => {
    const bytes = sampleBytes(1);
    await backend.keyObjects.put(sampleId(1), bytes);
    bytes.fill(0);
    (await backend.keyObjects.get(sampleId(1)))?.fill(0);
    expect(await backend.keyObjects.get(sampleId(1))).toEqual(sampleBytes(1));
  });
}
