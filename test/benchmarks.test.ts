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
  readonly figure?: string;
  readonly records?: number;
  readonly target?: { readonly met: boolean } | undefined;
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

  test('are told from others by the digest that the Rust program computes too', async () => {
    const { makeRecords } = await load<Records>('records.js');
    const { digestOf } = await load<{ digestOf(slices: unknown): unknown }>('peers/rust-records.js');
    const records = makeRecords(100);
    expect(digestOf([records])).toEqual(digestOf([records.slice(50), records.slice(0, 50)]));
    const [[key, value], ...others] = records as [Entry, ...Entry[]];
    expect(digestOf([[[key, { ...value, temperature: 0 }], ...others]])).not.toEqual(digestOf([records]));
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

describe('suites of figures', () => {
  const settings = { records: 1000, commits: 2000, queries: 100 };
  interface Reports {
    rowsOf(suite: string, settings: unknown, found: ReadonlyMap<string, readonly Value[]>): readonly Value[];
    compareFigures(measured: unknown, baseline: unknown): readonly Comparison[];
  }
  const comparisons = async (values: Value, before: Value, beforeSettings: unknown = settings) => {
    const { rowsOf, compareFigures } = await load<Reports>('figures/report.js');
    const measured = (run: Value, set: unknown) => ({
      ...{ suite: 'commits', settings: set, rows: rowsOf('commits', set, new Map([['infinitree', [run]]])) },
    });
    const found = compareFigures(measured(values, settings), measured(before, beforeSettings));
    return (figure: string) => found.find((comparison) => comparison.figure === figure);
  };

  test('say which targets are met, and how the baseline was', async () => {
    const of = await comparisons({ tail: 61, openRatio: 1.5 }, { tail: 122, openRatio: 1.5 });
    expect(of('tail')).toMatchObject({ target: { met: false }, baseline: 2 });
    expect(of('openRatio')).toMatchObject({ target: { met: true }, baseline: 1 });
    expect(of('longest')).toMatchObject({ target: undefined, baseline: undefined });
  });

  test('say nothing of a baseline of another size', async () => {
    const of = await comparisons({ tail: 61 }, { tail: 122 }, { ...settings, commits: 100_000 });
    expect(of('tail')).toMatchObject({ target: { met: false }, baseline: undefined });
  });

  test('judge windows of commits by the worst of the later ones', async () => {
    const { ratios, endsOf } = await load<{
      endsOf(all: number): readonly number[];
      ratios(name: string, values: Value, all: number): Value;
    }>('suites/commit-windows.js');
    expect([endsOf(10), endsOf(2000), endsOf(100_000)]).toEqual([[10], [1000, 2000], [1000, 10_000, 100_000]]);
    const values = { 'time:1000': 100, 'time:10000': 130, 'time:100000': 120 };
    expect(ratios('time', values, 100_000)).toEqual({ timeRatio: 1.3 });
    expect(ratios('time', { 'time:10': 100 }, 10)).toEqual({});
  });
});

test('what is drawn, measured or built is pinned to exact versions', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(ROOT, 'benchmarks/package.json'), 'utf8'),
  ) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  const crates = readFileSync(join(ROOT, 'benchmarks/peers/rust/Cargo.toml'), 'utf8').split('[dependencies]')[1]!;
  const pinned = crates.split('\n').filter((line) => /^[a-z].* = /.test(line));
  expect(pinned.length).toBe(3);
  expect(pinned.filter((line) => !/"=\d+\.\d+\.\d+"/.test(line))).toEqual([]);
});
