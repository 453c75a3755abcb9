import { createHash, randomFillSync } from 'node:crypto';
import { type BlobRef, Infinitree, registerIndex, Serialized } from '@infinitree/core';
import { check, keyOf, MEBIBYTE, type Scenario, timed, withBackend } from './scenario.js';

class File {
  content = new Serialized<{ readonly ref: BlobRef; readonly sha256: string } | undefined>(undefined);
}
registerIndex(File, { fields: [{ property: 'content', name: 'content' }] });

const MAX_RSS = 200;

export const blob: Scenario = {
  title: 'a blob is put and read back',
  unit: 'MiB',
  full: 2048,
  small: 256,
  bytesEach: MEBIBYTE,
  steps: {
    put: {
      maxRss: MAX_RSS,
      run: (job, report) =>
        withBackend(job, async (backend) => {
          const tree = await Infinitree.create(File, { backend, key: keyOf(job) });
          const hash = createHash('sha256');
          // One piece of memory for all: what is measured is what Infinitree needs, not its source.
          const piece = new Uint8Array(MEBIBYTE);
          async function* source(): AsyncGenerator<Uint8Array> {
            for (let i = 0; i < job.size; i++) {
              hash.update(randomFillSync(piece));
              yield piece;
            }
          }
          const { result: ref, figure } = await timed('put', () =>
            tree.blobs.put(source(), { onProgress: ({ done }) => report(`${Math.floor(done / MEBIBYTE)} MiB`) }),
          );
          tree.index.content.value = { ref, sha256: hash.digest('hex') };
          await tree.commit();
          await tree.close();
          return [figure];
        }),
    },
    get: {
      maxRss: MAX_RSS,
      run: (job, report) =>
        withBackend(job, async (backend) => {
          const tree = await Infinitree.open(File, { backend, key: keyOf(job), readonly: true });
          await tree.load();
          const { ref, sha256 } = tree.index.content.value!;
          const { figure } = await timed('get', async () => {
            const hash = createHash('sha256');
            let done = 0;
            for await (const bytes of tree.blobs.get(ref)) {
              hash.update(bytes);
              report(`${Math.floor((done += bytes.length) / MEBIBYTE)} MiB`);
            }
            check(done === job.size * MEBIBYTE && hash.digest('hex') === sha256, 'a blob comes back as it was');
          });
          backend.clearLog();
          // From the last byte of one chunk to the first but one of the next but one.
          const start = (job.size / 2) * MEBIBYTE - 1;
          const range = await timed('get a range of 1 MiB', async () => {
            let length = 0;
            for await (const bytes of tree.blobs.get(ref, { start, end: start + MEBIBYTE + 2 })) length += bytes.length;
            check(length === MEBIBYTE + 2, 'a range has the bytes that were asked for');
          });
          const reads = { what: 'reads for that range', value: backend.count('get'), unit: '', atMost: 3 } as const;
          await tree.close();
          return [figure, range.figure, reads];
        }),
    },
  },
};
