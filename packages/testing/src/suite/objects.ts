import type { Case } from './runner.js';
import { codeOf, idsOf, onlyWinner, race, sameLong, sampleBytes, sampleId, sorted } from './samples.js';

export function objectCases(test: Case): void {
  writeCases(test);
  copyCases(test);
  deleteCases(test);
  listCases(test);
}

function writeCases(test: Case): void {
  test('an object that was never put is absent, which is no error', async ({ backend, expect }) => {
    expect(await backend.get(sampleId(1))).toBe(undefined);
    expect(await backend.get(sampleId(1), { fresh: true })).toBe(undefined);
  });
  test('what was put is read back', async ({ backend, expect }) => {
    await backend.put(sampleId(1), sampleBytes(1));
    expect(await backend.get(sampleId(1))).toEqual(sampleBytes(1));
    expect(await backend.get(sampleId(1), { fresh: true })).toEqual(sampleBytes(1));
  });
  test('an object may be empty', async ({ backend, expect }) => {
    await backend.put(sampleId(1), new Uint8Array(0));
    expect(await backend.get(sampleId(1))).toEqual(new Uint8Array(0));
    expect(await codeOf(backend.put(sampleId(1), sampleBytes(1)))).toBe('EXISTS');
  });
  test('an object may have 4 MiB', async ({ backend, expect }) => {
    const bytes = sampleBytes(1, 4 * 1024 * 1024);
    await backend.put(sampleId(1), bytes);
    expect(sameLong(await backend.get(sampleId(1)), bytes)).toBe(true);
  });
  test('a put to a taken id is EXISTS and overwrites nothing', async ({ backend, expect }) => {
    await backend.put(sampleId(1), sampleBytes(1));
    expect(await codeOf(backend.put(sampleId(1), sampleBytes(2)))).toBe('EXISTS');
    expect(await backend.get(sampleId(1))).toEqual(sampleBytes(1));
  });
  test('a put of the very same bytes is EXISTS too', async ({ backend, expect }) => {
    await backend.put(sampleId(1), sampleBytes(1));
    expect(await codeOf(backend.put(sampleId(1), sampleBytes(1)))).toBe('EXISTS');
  });
  test('of twenty racing puts one wins, and its bytes are whole', async ({ backend, other, expect }) => {
    const results = await race([backend, await other()], (racer, n) => racer.put(sampleId(1), sampleBytes(n, 20_000)));
    const winner = onlyWinner(results, () => true);
    expect(await backend.get(sampleId(1))).toEqual(sampleBytes(winner, 20_000));
  });
  test('an object appears at once: a reader sees all of it or nothing', async ({ backend, other, expect }) => {
    const [reader, bytes] = [await other(), sampleBytes(1, 500_000)];
    let done = false;
    const put = backend.put(sampleId(1), bytes);
    const end = () => void (done = true);
    // Its failure is reported below; until then it must not count as one that nobody handles.
    put.then(end, end);
    const lengths = new Set<number>();
    do {
      lengths.add((await reader.get(sampleId(1)))?.length ?? bytes.length);
      // A reader that answers from memory would never let a writer that waits for a disk have its turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
    } while (!done);
    await put;
    expect([...lengths]).toEqual([bytes.length]);
  });
  test('what was put is there for another backend, and after a close', async ({ backend, other, expect }) => {
    await backend.put(sampleId(1), sampleBytes(1));
    const second = await other();
    expect(await second.get(sampleId(1))).toEqual(sampleBytes(1));
    if (second === backend) return;
    await backend.close();
    expect(await (await other()).get(sampleId(1))).toEqual(sampleBytes(1));
  });
  test('many calls at once do not disturb one another', async ({ backend, expect }) => {
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    await Promise.all(numbers.map((n) => backend.put(sampleId(n), sampleBytes(n))));
    const read = await Promise.all(numbers.map((n) => backend.get(sampleId(n))));
    expect(read).toEqual(numbers.map((n) => sampleBytes(n)));
  });
}

function copyCases(test: Case): void {
  test('bytes handed in may be changed once the put is done', async ({ backend, expect }) => {
    const bytes = sampleBytes(1);
    await backend.put(sampleId(1), bytes);
    bytes.fill(0);
    expect(await backend.get(sampleId(1))).toEqual(sampleBytes(1));
  });
  test('bytes handed in are not changed', async ({ backend, expect }) => {
    const bytes = sampleBytes(1);
    await backend.put(sampleId(1), bytes);
    expect(bytes).toEqual(sampleBytes(1));
  });
  test('bytes handed out belong to the caller', async ({ backend, expect }) => {
    await backend.put(sampleId(1), sampleBytes(1));
    (await backend.get(sampleId(1)))?.fill(0);
    expect(await backend.get(sampleId(1))).toEqual(sampleBytes(1));
  });
  test('of a view into a larger buffer only the view is stored', async ({ backend, expect }) => {
    const large = sampleBytes(1, 1000);
    await backend.put(sampleId(1), large.subarray(100, 200));
    expect(await backend.get(sampleId(1))).toEqual(large.slice(100, 200));
  });
}

function deleteCases(test: Case): void {
  test('a deleted object is absent, for other backends too', async ({ backend, other, expect }) => {
    await backend.put(sampleId(1), sampleBytes(1));
    await backend.delete([sampleId(1)]);
    expect(await backend.get(sampleId(1))).toBe(undefined);
    expect(await (await other()).get(sampleId(1))).toBe(undefined);
  });
  test('deleting what is absent, twice, or nothing at all is no error', async ({ backend, expect }) => {
    await backend.put(sampleId(1), sampleBytes(1));
    await backend.delete([]);
    await backend.delete([sampleId(2)]);
    await backend.delete([sampleId(1), sampleId(1)]);
    await backend.delete([sampleId(1)]);
    expect(await idsOf(backend.list())).toEqual([]);
  });
  test('a delete leaves everything else', async ({ backend, expect }) => {
    const ids = Array.from({ length: 20 }, (_, n) => sampleId(n));
    await Promise.all(ids.map((id, n) => backend.put(id, sampleBytes(n))));
    await backend.delete(ids.filter((_, n) => n % 2 === 0));
    expect(await idsOf(backend.list())).toEqual(sorted(...ids.filter((_, n) => n % 2 === 1)));
    expect(await backend.get(sampleId(7))).toEqual(sampleBytes(7));
  });
  test('the id of a deleted object may be put again', async ({ backend, expect }) => {
    await backend.put(sampleId(1), sampleBytes(1));
    await backend.delete([sampleId(1)]);
    await backend.put(sampleId(1), sampleBytes(2));
    expect(await backend.get(sampleId(1), { fresh: true })).toEqual(sampleBytes(2));
  });
}

function listCases(test: Case): void {
  test('fresh storage lists nothing', async ({ backend, expect }) => {
    expect(await idsOf(backend.list())).toEqual([]);
    expect(await idsOf(backend.keyObjects.list())).toEqual([]);
  });
  test('a listing names every object once', async ({ backend, other, expect }) => {
    const ids = Array.from({ length: 60 }, (_, n) => sampleId(n));
    await Promise.all(ids.map((id) => backend.put(id, new Uint8Array(1))));
    expect(await idsOf(backend.list())).toEqual(sorted(...ids));
    expect(await idsOf((await other()).list())).toEqual(sorted(...ids));
  });
  test('a listing names key objects and objects alike', async ({ backend, expect }) => {
    await backend.put(sampleId(1), sampleBytes(1));
    await backend.keyObjects.put(sampleId(2), sampleBytes(2));
    expect(await idsOf(backend.list())).toEqual(sorted(sampleId(1), sampleId(2)));
  });
  test('a listing may be left half-way', async ({ backend, expect }) => {
    for (const n of [1, 2, 3]) await backend.put(sampleId(n), sampleBytes(n));
    let seen = 0;
    for await (const _id of backend.list()) {
      seen += 1;
      break;
    }
    expect(seen).toBe(1);
    expect((await idsOf(backend.list())).length).toBe(3);
  });
  test('what has no id for a name is not listed', async ({ backend, addStrays, expect }) => {
    await backend.put(sampleId(1), sampleBytes(1));
    await addStrays();
    expect(await idsOf(backend.list())).toEqual([sampleId(1)]);
    expect(await idsOf(backend.keyObjects.list()).then((ids) => ids.filter((id) => id !== sampleId(1)))).toEqual([]);
  });
}
