import type { Backend, ObjectId } from '@infinitree/core';
import type { Case } from './runner.js';
import { codeOf, idsOf, sampleBytes, sampleId } from './samples.js';

/** What only garbage collection asks for. A backend that cannot tell leaves the members out, and passes. */
export function ageCases(test: Case): void {
  const withAges = (
    name: string,
    body: (ages: NonNullable<Backend['ages']>, scene: Parameters<Parameters<Case>[1]>[0]) => Promise<void>,
  ) =>
    test(name, async (scene) => {
      const { backend } = scene;
      if (backend.ages !== undefined) await body(backend.ages.bind(backend), scene);
    });

  withAges(
    'ages come in the order of the ids, those of absent objects undefined',
    async (ages, { backend, expect }) => {
      await backend.put(sampleId(1), sampleBytes(1));
      await backend.put(sampleId(2), sampleBytes(2));
      const [absent, second, first] = await ages([sampleId(3), sampleId(2), sampleId(1)]);
      expect(absent).toBe(undefined);
      expect(second !== undefined && first !== undefined && second >= 0 && first >= second).toBe(true);
      expect(await ages([])).toEqual([]);
    },
  );
  withAges(
    'another backend tells the age as well, and asking changes nothing',
    async (ages, { backend, other, expect }) => {
      await backend.put(sampleId(1), sampleBytes(1));
      const [there] = (await (await other()).ages?.([sampleId(1)])) ?? [];
      expect(typeof there).toBe('number');
      await ages([sampleId(1)]);
      expect(await idsOf(backend.list())).toEqual([sampleId(1)]);
      expect(await backend.get(sampleId(1))).toEqual(sampleBytes(1));
    },
  );
  withAges(
    'ages refuses what is no id, an aborted signal, and a call after close',
    async (ages, { backend, expect }) => {
      expect(await codeOf(ages(['../x' as ObjectId]))).toBe('INVALID_ARGUMENT');
      expect(await codeOf(ages([sampleId(1)], { signal: AbortSignal.abort() }))).toBe('ABORTED');
      await backend.close();
      expect(await codeOf(ages([sampleId(1)]))).toBe('CLOSED');
    },
  );
  test('sweep removes nothing that was finished', async ({ backend, expect }) => {
    if (backend.sweep === undefined) return;
    await backend.put(sampleId(1), sampleBytes(1));
    const planned = await backend.sweep(0, { dryRun: true });
    expect(await backend.sweep(0)).toEqual(planned);
    expect(await backend.sweep(0)).toEqual({ count: 0, bytes: 0 });
    expect(await backend.get(sampleId(1))).toEqual(sampleBytes(1));
    expect(await codeOf(backend.sweep(0, { signal: AbortSignal.abort() }))).toBe('ABORTED');
    await backend.close();
    expect(await codeOf(backend.sweep(0))).toBe('CLOSED');
  });
}
