import { InfinitreeError, MemoryBackend } from '@infinitree/core';
import { describe, expect, test } from '@jest/globals';
import { FailingBackend } from '../src/index.js';
import { callsOf } from '../src/suite/calls.js';
import { codeOf, idsOf, sampleBytes, sampleId } from '../src/suite/samples.js';

const id = sampleId(1);
const bytes = sampleBytes(1);

describe('FailingBackend', () => {
  test('only records where nothing is planned', async () => {
    const backend = new FailingBackend(new MemoryBackend());
    await backend.put(id, bytes);
    await backend.delete([id, sampleId(2)]);
    await idsOf(backend.list());
    expect(backend.log).toEqual([
      { verb: 'put', id, ids: [id], failed: false },
      { verb: 'delete', id, ids: [id, sampleId(2)], failed: false },
      { verb: 'list', id: undefined, ids: [], failed: false },
    ]);
    expect([backend.count(), backend.count('put'), backend.count('get')]).toEqual([3, 1, 0]);
    backend.clearLog();
    expect(backend.count()).toBe(0);
  });

  test('fails the n-th call of a verb once, before it has an effect', async () => {
    const backend = new FailingBackend(new MemoryBackend(), { verb: 'put', nth: 2 });
    await backend.put(sampleId(1), bytes);
    await backend.get(sampleId(1));
    expect(await codeOf(backend.put(sampleId(2), bytes))).toBe('BACKEND');
    await backend.put(sampleId(3), bytes);
    expect(await idsOf(backend.list())).toEqual([sampleId(1), sampleId(3)].sort());
    expect(backend.log.map(({ failed }) => failed)).toEqual([false, false, true, false, false]);
  });

  test('fails after the effect where that is asked for', async () => {
    const backend = new FailingBackend(new MemoryBackend(), { verb: 'put', when: 'after' });
    expect(await codeOf(backend.put(id, bytes))).toBe('BACKEND');
    expect(await backend.get(id)).toEqual(bytes);
  });

  test('what fails by itself does so with its own error', async () => {
    const backend = new FailingBackend(new MemoryBackend());
    await backend.put(id, bytes);
    backend.fail({ verb: 'put', when: 'after' });
    expect(await codeOf(backend.put(id, bytes))).toBe('EXISTS');
  });

  test('fails for ever from the n-th call on, until healed', async () => {
    const backend = new FailingBackend(new MemoryBackend(), { nth: 2, forever: true });
    await backend.put(id, bytes);
    for (let i = 0; i < 3; i++) expect(await codeOf(backend.get(id))).toBe('BACKEND');
    backend.heal();
    expect(await backend.get(id)).toEqual(bytes);
  });

  test('counts from the moment the failure is added', async () => {
    const backend = new FailingBackend(new MemoryBackend());
    await backend.get(id);
    backend.fail({ verb: 'get', nth: 2 });
    expect(await codeOf(backend.get(id))).toBe('resolved');
    expect(await codeOf(backend.get(id))).toBe('BACKEND');
  });

  test('two failures count every call, and the one added first tells the error', async () => {
    const error = (code: 'CONFLICT' | 'CORRUPT') => () => new InfinitreeError(code, 'planned');
    const backend = new FailingBackend(
      new MemoryBackend(),
      { verb: 'get', nth: 2, error: error('CONFLICT') },
      { nth: 2, error: error('CORRUPT') },
      { nth: 3, error: error('CORRUPT') },
    );
    const codes = [];
    for (let i = 0; i < 4; i++) codes.push(await codeOf(backend.get(id)));
    expect(codes).toEqual(['resolved', 'CONFLICT', 'CORRUPT', 'resolved']);
  });

  test('a listing fails before its first id or behind its last', async () => {
    for (const [when, expected] of [['before', 0] as const, ['after', 2] as const]) {
      const backend = new FailingBackend(new MemoryBackend());
      for (const n of [1, 2]) await backend.put(sampleId(n), bytes);
      backend.fail({ verb: 'list', when });
      let seen = 0;
      const walk = async () => {
        for await (const _id of backend.list()) seen += 1;
      };
      expect(await codeOf(walk())).toBe('BACKEND');
      expect(seen).toBe(expected);
    }
  });

  test.each(['cas', 'epoch'] as const)('every verb of a backend with %s heads can be made to fail', async (heads) => {
    for (const { verb, make } of callsOf({ heads, locks: true })) {
      const backend = new FailingBackend(new MemoryBackend({ heads, locks: true }), { verb });
      expect([verb, await codeOf(make(backend, id))]).toEqual([verb, 'BACKEND']);
      expect(backend.log.map((entry) => entry.verb)).toEqual([verb]);
    }
    const backend = new FailingBackend(new MemoryBackend({ heads }), { verb: 'close' });
    expect(await codeOf(backend.close())).toBe('BACKEND');
  });
});
