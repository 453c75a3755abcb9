import type { AdvisoryLocks, Backend } from '@infinitree/core';
import type { Case } from './runner.js';
import { onlyWinner, race, sampleBytes, sampleId } from './samples.js';

const locks = (backend: Backend) => backend.locks as AdvisoryLocks;
const name = sampleId(1);

export function lockCases(test: Case): void {
  test('a note is left once, whoever asks, and read by everybody', async ({ backend, other, expect }) => {
    expect(await locks(backend).read(name)).toBe(undefined);
    expect(await locks(backend).create(name, sampleBytes(1))).toBe(true);
    expect(await locks(backend).create(name, sampleBytes(2))).toBe(false);
    expect(await locks(await other()).create(name, sampleBytes(2))).toBe(false);
    expect(await locks(await other()).read(name)).toEqual(sampleBytes(1));
  });
  test('of twenty racing notes one is left, and is whole', async ({ backend, other, expect }) => {
    const results = await race([backend, await other()], (racer, n) => locks(racer).create(name, sampleBytes(n)));
    const winner = onlyWinner(results, (created) => created);
    expect(await locks(backend).read(name)).toEqual(sampleBytes(winner));
  });
  test('a removed note is absent; removing it again is no error; it may be left anew', async ({ backend, expect }) => {
    await locks(backend).create(name, sampleBytes(1));
    await locks(backend).remove(name);
    await locks(backend).remove(name);
    expect(await locks(backend).read(name)).toBe(undefined);
    expect(await locks(backend).create(name, sampleBytes(2))).toBe(true);
  });
  test('the own holder is somebody, and is not gone', async ({ backend, other, expect }) => {
    for (const looking of [backend, await other()]) {
      const { text, gone } = locks(looking).describe(locks(backend).holder());
      expect(gone).toBe(false);
      expect(text.length > 0).toBe(true);
    }
  });
  test('an unknown holder is described, and is not surely gone', async ({ backend, expect }) => {
    for (const holder of [new Uint8Array(0), sampleBytes(1), new TextEncoder().encode('{"pid":-1,"host":"x"}')]) {
      const { text, gone } = locks(backend).describe(holder);
      expect(gone).toBe(false);
      expect(text.length > 0).toBe(true);
    }
  });
}
