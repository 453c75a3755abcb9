import type { Case } from './runner.js';
import { codeOf, sampleBytes, sampleId } from './samples.js';

/** Ranges as the caller sees them; whether only the range is moved is for the backend to declare and to know. */
export function rangeCases(test: Case): void {
  const bytes = sampleBytes(1, 1000);
  const cases: readonly (readonly [string, readonly [number, number]])[] = [
    ['from the beginning', [0, 10]],
    ['in the middle', [123, 456]],
    ['up to the end', [990, 1000]],
    ['of the whole', [0, 1000]],
    ['of one byte', [999, 1000]],
    ['that is empty', [5, 5]],
    ['that is empty at the beginning', [0, 0]],
    ['that reaches beyond the end', [990, 2000]],
    ['that begins at the end', [1000, 1001]],
    ['that lies beyond the end', [2000, 3000]],
  ];
  for (const [name, range] of cases) {
    test(`a range ${name} gives what is there`, async ({ backend, expect }) => {
      await backend.put(sampleId(1), bytes);
      expect(await backend.get(sampleId(1), { range })).toEqual(bytes.slice(...range));
      expect(await backend.get(sampleId(1), { range, fresh: true })).toEqual(bytes.slice(...range));
    });
  }
  test('a range of an empty object is empty', async ({ backend, expect }) => {
    await backend.put(sampleId(1), new Uint8Array(0));
    expect(await backend.get(sampleId(1), { range: [0, 10] })).toEqual(new Uint8Array(0));
  });
  test('a range of an absent object is absent', async ({ backend, expect }) => {
    expect(await backend.get(sampleId(1), { range: [0, 10] })).toBe(undefined);
    expect(await backend.get(sampleId(1), { range: [5, 5] })).toBe(undefined);
  });
  test('what names no range is refused', async ({ backend, expect }) => {
    await backend.put(sampleId(1), bytes);
    for (const range of [
      [5, 4],
      [-1, 4],
      [0.5, 4],
      [0, Number.NaN],
      [0, Infinity],
    ] as const) {
      expect(await codeOf(backend.get(sampleId(1), { range }))).toBe('INVALID_ARGUMENT');
    }
  });
  test('a range handed out belongs to the caller', async ({ backend, expect }) => {
    await backend.put(sampleId(1), bytes);
    (await backend.get(sampleId(1), { range: [0, 10] }))?.fill(0);
    expect(await backend.get(sampleId(1))).toEqual(bytes);
  });
}
