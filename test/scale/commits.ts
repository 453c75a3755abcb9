import { type Backend, Infinitree, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import { check, type Figure, type Job, keyOf, type Report, type Scenario, timed, withBackend } from './scenario.js';

class Log {
  map = new VersionedMap<string, number>();
}
registerIndex(Log, { fields: [{ property: 'map', name: 'map' }] });

const READS = ['get', 'heads.read', 'keyObjects.get'] as const;

async function commitAll(backend: Backend, job: Job, report: Report): Promise<readonly Figure[]> {
  const tree = await Infinitree.create(Log, { backend, key: keyOf(job) });
  const { figure } = await timed('commit all, one record each', async () => {
    for (let i = 1; i <= job.size; i++) {
      tree.index.map.set(`key ${i % 100}`, i);
      await tree.commit(`commit ${i}`);
      if (i % 100 === 0) report(`${i} commits`);
    }
  });
  await tree.close();
  return [figure];
}

async function readAll(backend: FailingBackend, job: Job): Promise<readonly Figure[]> {
  backend.clearLog();
  const opened = await timed('open', () => Infinitree.open(Log, { backend, key: keyOf(job) }));
  const tree = opened.result;
  const reads = READS.reduce((sum, verb) => sum + backend.count(verb), 0);
  const listed = await timed('commits()', () => tree.commits());
  const commits = listed.result;
  check(commits.length === job.size, 'all commits are in the log');
  check(
    commits.every(({ message }, i) => message === `commit ${i + 1}`),
    'commits come in order',
  );
  const oldest = await timed('at the first', () => tree.at(`HEAD~${job.size - 1}`));
  check((await oldest.result.get('map', 'key 1')) === 1, 'the first commit is readable');
  check(!(await oldest.result.has('map', 'key 2')), 'the first commit has one record');
  check((await tree.get('map', 'key 0')) === job.size, 'the last record is there');
  await tree.close();
  return [opened.figure, { what: 'reads to open', value: reads, unit: '', atMost: 4 }, listed.figure, oldest.figure];
}

export const commits: Scenario = {
  title: 'commits of one record each',
  unit: 'commits',
  full: 10_000,
  small: 1000,
  bytesEach: 10_000,
  steps: {
    directory: { run: (job, report) => withBackend(job, (backend) => commitAll(backend, job, report)) },
    reopen: { run: (job) => withBackend(job, (backend) => readAll(backend, job)) },
    memory: {
      async run(job, report) {
        const backend = new FailingBackend(new MemoryBackend({ heads: 'epoch' }));
        return [...(await commitAll(backend, job, report)), ...(await readAll(backend, job))];
      },
    },
  },
};
