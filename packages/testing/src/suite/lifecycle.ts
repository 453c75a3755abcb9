import type { EpochHeads, ObjectId } from '@infinitree/core';
import { callsOf } from './calls.js';
import type { BackendTarget, Case } from './runner.js';
import { codeOf, idsOf, sameLong, sampleBytes, sampleId } from './samples.js';

const NO_IDS = ['', 'ab', `${'a'.repeat(63)}/`, '../'.repeat(21) + 'x', 'A'.repeat(64), 'a'.repeat(65)];

/** What holds for every verb alike: ids that are none, signals, and `close`. */
export function lifecycleCases(test: Case, target: BackendTarget): void {
  test('it declares what it was said to be', async ({ backend, expect }) => {
    expect(backend.capabilities.heads).toBe(target.heads);
    expect(typeof backend.capabilities.ranges).toBe('boolean');
    expect(backend.locks !== undefined).toBe(target.locks === true);
  });
  for (const call of callsOf(target)) {
    const { verb, takesId } = call;
    test(`${verb} does nothing for a signal that was aborted before`, async ({ backend, expect }) => {
      const reason = new Error('no longer wanted');
      const made = call.make(backend, sampleId(1), { signal: AbortSignal.abort(reason) });
      const error: unknown = await made.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect((error as { code?: unknown }).code).toBe('INFINITREE_ABORTED');
      expect((error as { cause?: unknown }).cause).toBe(reason);
      expect(await idsOf(backend.list())).toEqual([]);
      if (target.heads === 'epoch') expect(await (backend.heads as EpochHeads).claims()).toEqual([]);
    });
    test(`${verb} after close is CLOSED`, async ({ backend, expect }) => {
      await backend.close();
      expect(await codeOf(call.make(backend, sampleId(1)))).toBe('CLOSED');
    });
    if (!takesId) continue;
    test(`${verb} refuses what is no id`, async ({ backend, expect }) => {
      for (const id of NO_IDS) expect(await codeOf(call.make(backend, id as ObjectId))).toBe('INVALID_ARGUMENT');
      expect(await idsOf(backend.list())).toEqual([]);
    });
  }
  test('an aborted delete leaves what it was to remove', async ({ backend, expect }) => {
    await backend.put(sampleId(1), sampleBytes(1));
    expect(await codeOf(backend.delete([sampleId(1)], { signal: AbortSignal.abort() }))).toBe('ABORTED');
    expect(await backend.get(sampleId(1))).toEqual(sampleBytes(1));
  });
  test('a signal that is aborted half-way leaves the whole object or nothing', async ({ backend, expect }) => {
    const [abort, bytes] = [new AbortController(), sampleBytes(1, 200_000)];
    const put = codeOf(backend.put(sampleId(1), bytes, { signal: abort.signal }));
    abort.abort();
    const code = await put;
    expect(['resolved', 'ABORTED'].includes(code)).toBe(true);
    const read = await backend.get(sampleId(1), { fresh: true });
    if (code === 'resolved' || read !== undefined) expect(sameLong(read, bytes)).toBe(true);
  });
  test('a signal that is aborted later changes nothing', async ({ backend, expect }) => {
    const abort = new AbortController();
    await backend.put(sampleId(1), sampleBytes(1), { signal: abort.signal });
    abort.abort();
    expect(await backend.get(sampleId(1))).toEqual(sampleBytes(1));
  });
  test('a second close does nothing', async ({ backend }) => {
    await backend.close();
    await backend.close();
  });
  test('a close does not close another backend on the same storage', async ({ backend, other, expect }) => {
    const second = await other();
    if (second === backend) return;
    await backend.close();
    await second.put(sampleId(1), sampleBytes(1));
    expect(await second.get(sampleId(1))).toEqual(sampleBytes(1));
    expect(await second.heads.read(sampleId(2))).toBe(undefined);
  });
}
