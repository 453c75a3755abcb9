import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { Infinitree, Key } from '@infinitree/core';
import { MemoryTerminal, Progress } from '@infinitree/example-terminal';
import { demo } from '../src/demo.js';
import { Flights } from '../src/flights.js';
import { ingest } from '../src/ingest.js';
import { type DatedFlight, readFlights } from '../src/read-flights.js';

let directory: string;
let flights: readonly DatedFlight[];
let out: string;
let progress: string;

/** The lines below a title. */
function section(title: string): string[] {
  const [, after = ''] = out.split(`\n${title}`);
  return after.split('\n\n')[0]!.split('\n').slice(1);
}

/** The number at the end of each bar. */
function countsOf(lines: readonly string[]): number[] {
  return lines.slice(0, -1).map((line) => Number(/[\d,]+$/.exec(line)![0].replaceAll(',', '')));
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'infinitree-flights-test-'));
  ({ flights } = await readFlights());
  const terminal = new MemoryTerminal();
  await demo(terminal, directory);
  out = terminal.stdout.text;
  progress = terminal.stderr.text;
}, 120_000);

afterAll(() => rm(directory, { recursive: true }));

test('stores ten commits of 20,000 flights', () => {
  const lines = progress.trimEnd().split('\n');
  expect(lines).toHaveLength(10);
  expect(lines[0]).toMatch(/^flights 1 to 20,000: commit [0-9a-f]{8} in [\d.]+ m?s$/);
  expect(lines[9]).toMatch(/^flights 180,001 to 200,000: commit [0-9a-f]{8} in [\d.]+ m?s$/);
  expect(section('Storing')[0]).toBe('200,000 flights, 9.86 MB of JSON');
});

test('opens without loading', () => {
  expect(section('Opening')[0]).toBe('10 commits; loaded: none');
});

test('counts the departures of each hour', () => {
  const counts = countsOf(section('Departures'));
  const expected = new Array<number>(24).fill(0);
  for (const [[minute]] of flights) expected[Math.floor(minute / 60)]! += 1;
  expect(counts).toEqual(expected);
  expect(counts[17]).toBe(13_325);
  expect(section('Departures')[17]).toMatch(/^17:00 {2}█{40} {2}13,325$/);
});

test('reads a range of keys', () => {
  expect(section('A range')[0]).toBe('2,210 flights, 1,123 of them late, the farthest 4,475 miles');
});

test('looks up single flights', () => {
  const chosen = flights.filter((_, row) => row % 200 === 0).map(([, flight]) => flight);
  const delay = chosen.reduce((sum, flight) => sum + flight.delay, 0) / chosen.length;
  expect(delay.toFixed(2)).toBe('6.57');
  expect(section('Single')[0]).toBe('1,000 of 1,000 found: 6.57 minutes late, 723.6 miles');
});

test('shows the state as of the third commit', () => {
  const [count, last] = section('The state');
  expect(count).toMatch(/^[0-9a-f]{8}, commit 3 of 10: 60,000 flights$/);
  expect(progress.split('\n')[2]).toContain(`commit ${count!.slice(0, 8)} `);
  expect(last).toBe('the last of them: row 59,999, left at 10:25, -7 minutes late');
});

test('draws a histogram of all delays', () => {
  const lines = section('Minutes of delay');
  const counts = countsOf(lines);
  expect(counts).toEqual([1858, 17_624, 78_287, 57_151, 19_541, 9492, 5251, 7968, 2507, 321]);
  expect(counts.reduce((sum, count) => sum + count)).toBe(200_000);
  expect(lines[2]).toMatch(/^ {3}-15 to -1 {2}█{40} {2}78,287$/);
});

test('says how long each step took', () => {
  expect(out.match(/^took [\d.]+ m?s$/gm)).toHaveLength(8);
});

test('takes less room than the file it came from', () => {
  const [, count, megabytes] = /^(\d+) objects, ([\d.]+) MB together; the JSON file has 9\.86 MB$/.exec(
    section('On the disk')[0]!,
  )!;
  expect(Number(megabytes)).toBeCloseTo((Number(count) * 262_144) / 1e6, 2);
  expect(Number(megabytes)).toBeLessThan(9.86);
});

test('on the same directory, nothing is stored twice', async () => {
  const backend = await DirectoryBackend.open(directory);
  const key = Key.fromCredentials('demo', 'correct horse battery staple');
  const terminal = new MemoryTerminal();
  {
    await using tree = await Infinitree.open(Flights, { backend, key });
    await ingest(tree, flights, new Progress(terminal, flights.length));
    expect(await tree.commits()).toHaveLength(10);
  }
  await backend.close();
  expect(terminal.stderr.text.match(/^flights .*: are stored already$/gm)).toHaveLength(10);
});
