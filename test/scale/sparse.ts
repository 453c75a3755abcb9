import { randomFillSync } from 'node:crypto';
import { Infinitree, registerIndex, VersionedMap } from '@infinitree/core';
import { check, keyOf, MEBIBYTE, type Scenario, timed, withBackend } from './scenario.js';

class Texts {
  texts = new VersionedMap<number, Uint8Array>();
}
registerIndex(Texts, { fields: [{ property: 'texts', name: 'texts', strategy: 'sparse' }] });

const VALUE = 1024;
const OBJECT = 4 * MEBIBYTE;
/** Entries of one commit. */
const PART = 50_000;

export const sparse: Scenario = {
  title: 'the keys of a sparse field are gone through, whose values have 1 KiB each',
  unit: 'entries',
  full: 1_000_000,
  small: 50_000,
  bytesEach: 1.2 * VALUE,
  steps: {
    create: {
      run: (job, report) =>
        withBackend(job, async (backend) => {
          await (await Infinitree.create(Texts, { backend, key: keyOf(job) })).close();
          // A tree that was just made keeps what it is given; opened, and not loaded, it lets go of what is committed.
          const tree = await Infinitree.open(Texts, { backend, key: keyOf(job) });
          const { figure } = await timed('commit all', async () => {
            for (let i = 0; i < job.size; i++) {
              tree.index.texts.set(i, randomFillSync(new Uint8Array(VALUE)));
              if ((i + 1) % PART !== 0 && i + 1 !== job.size) continue;
              await tree.commit();
              report(`${i + 1} entries`);
            }
          });
          await tree.close();
          return [figure];
        }),
    },
    keys: {
      maxRss: 200,
      run: (job, report) =>
        withBackend(job, async (backend) => {
          const tree = await Infinitree.open(Texts, { backend, key: keyOf(job), readonly: true });
          let count = 0;
          const { figure } = await timed('keys only', async () => {
            for await (const [key] of tree.entries('texts', { keysOnly: true })) {
              check(key === count, 'keys come in order, each once');
              if (++count % PART === 0) report(`${count} entries`);
            }
          });
          check(count === job.size, 'all keys come');
          const read = new Set(backend.log.filter(({ verb }) => verb === 'get').map(({ id }) => id));
          await tree.close();
          let unread = 0;
          for await (const id of backend.list()) if (!read.has(id)) unread += 1;
          // Random values cannot be compressed, so objects of values are all full but the last of each commit. Storage
          // cannot tell them from others; but if one were read, those not read could not hold all the values.
          const needed = Math.ceil((job.size * VALUE) / OBJECT);
          return [
            figure,
            { what: 'objects read', value: read.size, unit: '', atMost: Math.ceil(job.size / PART) },
            {
              what: 'objects of values read',
              value: Math.max(0, needed - unread),
              unit: '',
              atMost: 0,
            },
          ];
        }),
    },
  },
};
