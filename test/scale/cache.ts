import { randomFillSync } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CacheBackend } from '@infinitree/backend-cache';
import { Infinitree, registerIndex, VersionedMap } from '@infinitree/core';
import type { FailingBackend } from '@infinitree/testing';
import {
  check,
  type Figure,
  type Job,
  keyOf,
  MEBIBYTE,
  type Report,
  type Scenario,
  timed,
  withBackend,
} from './scenario.js';

class Pictures {
  pixels = new VersionedMap<number, Uint8Array>();
}
registerIndex(Pictures, { fields: [{ property: 'pixels', name: 'pixels', strategy: 'sparse' }] });

/** The cache has room for one in that many. */
const SHARE = 40;
/** Each object holds that many values. */
const PER_OBJECT = 64;
/** Commits, each with objects of its own. */
const COMMITS = 160;

/** Of a small tree objects are small, too, so that a hundredth of it is more than one of them. */
const objectSizeOf = ({ size }: Job): number => (size < 1024 ? 256 * 1024 : 4 * MEBIBYTE);
const valueSizeOf = (job: Job): number => objectSizeOf(job) / PER_OBJECT;
const countOf = (job: Job): number => Math.floor((job.size * MEBIBYTE) / valueSizeOf(job));

export const cache: Scenario = {
  title: 'a tree of sparse values is read behind a cache that has room for a fortieth of it',
  unit: 'MiB',
  full: 10_240,
  small: 64,
  bytesEach: (1 + 1 / SHARE) * 1.05 * MEBIBYTE,
  steps: {
    create: { run: (job, report) => withBackend(job, (backend) => create(job, backend, report)) },
    hundredth: {
      maxRss: 300,
      run: (job, report) =>
        throughCache(job, 'hundredth', report, async (tree, fetched) => {
          const [from, count] = [Math.floor(countOf(job) / 3), Math.floor(countOf(job) / 100)];
          let seen = 0;
          const { figure } = await timed('read a hundredth', async () => {
            for await (const [, value] of tree.entries('pixels', { gte: from, lt: from + count })) {
              check(value.length === valueSizeOf(job), 'values come whole');
              seen += 1;
            }
          });
          check(seen === count, 'all of the range comes');
          const percent = (100 * fetched().length * objectSizeOf(job)) / (job.size * MEBIBYTE);
          return [figure, { what: 'bytes fetched, in percent', value: percent, unit: '', atMost: 3 }];
        }),
    },
    everything: {
      maxRss: 300,
      run: (job, report) =>
        throughCache(job, 'everything', report, async (tree, fetched) => {
          let seen = 0;
          const { figure } = await timed('read everything', async () => {
            for await (const [key, value] of tree.entries('pixels')) {
              check(key === seen && value.length === valueSizeOf(job), 'values come in order, and whole');
              if (++seen % 1000 === 0) report(`${seen} values`);
            }
          });
          check(seen === countOf(job), 'all values come');
          const ids = fetched();
          return [
            figure,
            { what: 'objects fetched', value: new Set(ids).size, unit: '' },
            { what: 'objects fetched twice', value: ids.length - new Set(ids).size, unit: '', atMost: 0 },
          ];
        }),
    },
  },
};

async function create(job: Job, backend: FailingBackend, report: Report): Promise<readonly Figure[]> {
  const options = { backend, key: keyOf(job) };
  await (await Infinitree.create(Pictures, { ...options, objectSize: objectSizeOf(job) })).close();
  // A tree that was just made keeps what it is given; opened, and not loaded, it lets go of what is committed.
  const tree = await Infinitree.open(Pictures, options);
  const perCommit = Math.ceil(countOf(job) / COMMITS);
  const { figure } = await timed('commit all', async () => {
    for (let i = 0; i < countOf(job); i++) {
      tree.index.pixels.set(i, randomFillSync(new Uint8Array(valueSizeOf(job))));
      if ((i + 1) % perCommit !== 0 && i + 1 !== countOf(job)) continue;
      await tree.commit();
      report(`${i + 1} values`);
    }
  });
  await tree.close();
  return [figure];
}

/** Reads with a cache that is empty, and watches what its directory takes meanwhile. */
async function throughCache(
  job: Job,
  name: string,
  report: Report,
  read: (tree: Infinitree<Pictures>, fetched: () => readonly unknown[]) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  const directory = join(job.folder, `cache-${name}`);
  const maxBytes = Math.ceil((job.size * MEBIBYTE) / SHARE);
  return withBackend(job, async (upstream) => {
    const backend = await CacheBackend.open({ directory, maxBytes, upstream });
    const tree = await Infinitree.open(Pictures, { backend, key: keyOf(job), readonly: true });
    const watching = watch(directory);
    const fetched = () => upstream.log.filter(({ verb }) => verb === 'get').map(({ id }) => id);
    const figures = await read(tree, fetched);
    const { most, looks } = await watching.end();
    report(`${looks} looks at the directory`);
    await tree.close();
    const budget = { what: 'the directory takes', unit: 'MiB', atMost: maxBytes / MEBIBYTE } as const;
    return [...figures, { ...budget, value: most / MEBIBYTE }];
  });
}

/** Adds up a directory again and again. */
function watch(directory: string): { end(): Promise<{ most: number; looks: number }> } {
  let [most, looks, running] = [0, 0, true];
  const watching = (async () => {
    while (running) {
      let bytes = 0;
      for (const name of await readdir(directory, { recursive: true })) {
        const found = await stat(join(directory, name)).catch(() => undefined);
        if (found?.isFile() === true) bytes += found.size;
      }
      most = Math.max(most, bytes);
      looks += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    async end() {
      running = false;
      await watching;
      return { most, looks };
    },
  };
}
