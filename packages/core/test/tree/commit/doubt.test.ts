import { Infinitree, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { errorOf, Notes, OBJECT_SIZE, outcome, put, shown } from './scene.js';

const key = Key.random();

describe('an append of unknown outcome', () => {
  // Each of these calls of resolve() fails once, before resolve() is asked again.
  test.each(['before', 'after'] as const)('is told rightly after resolve() itself failed %s any call', async (when) => {
    for (const first of ['before', 'after'] as const) {
      for (let nth = 1; ; nth++) {
        const inner = new MemoryBackend({ heads: 'epoch' });
        const backend = new FailingBackend(inner);
        const tree = await Infinitree.create(Notes, { backend, key, objectSize: OBJECT_SIZE });
        await put(tree, 'start');
        backend.fail({ verb: 'heads.append', when: first });
        const error = await errorOf(put(tree, 'in doubt'));
        backend.clearLog();
        backend.fail({ nth, when });
        const once = await outcome(error!.resolve!());
        const failed = backend.log.find((entry) => entry.failed);
        backend.heal();
        const { value, error: verdict } = await outcome(error!.resolve!());
        const where = `append failed ${first}, resolve() ${when} ${nth} ${failed?.verb ?? 'never'}`;
        expect([where, verdict?.code ?? value?.message]).toEqual([
          where,
          first === 'after' ? 'in doubt' : 'INFINITREE_CONFLICT',
        ]);
        // What resolve() said stays true, whoever comes next.
        const next = await Infinitree.open(Notes, { backend: inner, key, takeover: true });
        await put(next, 'next');
        const expected = first === 'after' ? ['start', 'in doubt', 'next'] : ['start', 'next'];
        expect([where, (await shown(inner, key)).messages]).toEqual([where, expected]);
        if (failed === undefined) break;
        if (once.error !== undefined && once.error.code !== 'INFINITREE_CONFLICT') {
          expect(once.error.code).toBe('INFINITREE_COMMIT_UNKNOWN');
        }
      }
    }
  });
});
