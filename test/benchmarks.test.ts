// What the benchmarks compute. That they run, with the other stores installed, is for who measures to see.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './docs/repository.js';

type Value = Readonly<Record<string, number>>;
type Entry = readonly [key: number, value: Value];
interface Records {
  readonly SLICE: number;
  makeRecords(count: number): readonly Entry[];
  recordSlices(count: number, from?: number, size?: number): Iterable<readonly Entry[]>;
  recordsAfter(from: number, count: number): readonly Entry[];
  pickRecords(count: number, keys: readonly number[]): ReadonlyMap<number, Value>;
}
interface Comparison {
  readonly records?: number;
  readonly baseline: unknown;
}

/** The benchmarks are JavaScript with an install of their own: nothing here is to import their types. */
const load = async <T>(name: string): Promise<T> =>
  (await import(pathToFileURL(join(ROOT, 'benchmarks', name)).href)) as T;

describe('records', () => {
  test('are the same ones in slices of any size, and behind others', async () => {
    const { makeRecords, recordSlices, recordsAfter, pickRecords } = await load<Records>('records.js');
    const all = makeRecords(1000);
    expect([...recordSlices(1000, 0, 7)].flat()).toEqual(all);
    expect(recordsAfter(900, 100)).toEqual(all.slice(900));
    expect(pickRecords(1000, [1, 500])).toEqual(new Map([all[0]!, all[499]!]));
  });

  test('are all in one slice where there are as many as usual', async () => {
    const { SLICE } = await load<Records>('records.js');
    expect(SLICE).toBe(200_000);
  });
});

describe('workloads', () => {
  const result = (workload: string, peer: string, records: number, median: number) => ({
    ...{ workload, peer, records, median, title: '', unit: 'ms' },
  });
  const compared = async (now: readonly unknown[], before: readonly unknown[]) => {
    const { compare } = await load<{ compare(a: unknown, b: unknown): readonly Comparison[] }>('compare.js');
    return compare({ results: now }, { results: before });
  };

  test('are compared with the baseline at the same number of records only', async () => {
    const [small, usual] = await compared(
      [result('kv:load', 'infinitree', 10, 5), result('kv:load', 'infinitree', 200, 50)],
      [result('kv:load', 'infinitree', 200, 100)],
    );
    expect(small).toMatchObject({ records: 10, baseline: undefined });
    expect(usual).toMatchObject({ records: 200, baseline: { ratio: 2 } });
  });

  test('are compared among the peers that were there both times', async () => {
    const [found] = await compared(
      [result('kv:load', 'infinitree', 9, 10), result('kv:load', 'sqlite', 9, 10), result('kv:load', 'rust', 9, 1)],
      [result('kv:load', 'infinitree', 9, 10), result('kv:load', 'sqlite', 9, 10)],
    );
    expect(found).toMatchObject({ best: { peer: 'rust' }, baseline: { ratioToBest: 1 } });
  });
});

test('what is measured is pinned to exact versions', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(ROOT, 'benchmarks/package.json'), 'utf8'),
  ) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});
