import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryTerminal } from '@infinitree/example-terminal';
import { demo } from '../src/demo.js';

let directory: string;
let out: string;

/** The lines below a title, without the time they took. */
function section(title: string): string[] {
  const [, after = ''] = out.split(`\n${title}\n`);
  return after.split('\n\n')[0]!.split('\n').slice(0, -1);
}

/** The rows of a table of fields, as their cells. */
function rows(title: string): string[][] {
  const lines = section(title);
  const begin = lines.findIndex((line) => line.startsWith('property '));
  return lines.slice(begin + 1).map((line) => line.split(/ {2,}/));
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'infinitree-migration-test-'));
  const terminal = new MemoryTerminal();
  await demo(terminal, directory);
  out = terminal.stdout.text;
});

afterAll(() => rm(directory, { recursive: true }));

test('version 1 commits once a week', () => {
  const lines = section('Version 1 measures for two weeks').map((line) => line.replace(/[0-9a-f]{8}/, '<id>'));
  expect(lines.slice(0, 2)).toEqual([
    'commit <id>, First week: 504 measurements',
    'commit <id>, Second week: 1,008 measurements',
  ]);
  expect(rows('Version 1 measures for two weeks')).toEqual([
    ['lastTime', 'last_time', 'serialized', 'local', 'stored'],
    ['measurements', 'measurements', 'versioned-map', 'sparse', 'stored'],
    ['plants', 'plants', 'versioned-map', 'local', 'stored'],
  ]);
});

test('a property renamed by mistake is reported, and its field is there still', () => {
  const [warning, ...table] = section('A property is renamed by mistake');
  expect(warning).toContain('"plants" → "potPlants"');
  expect(table).toContain('potPlants     potPlants     versioned-map  local     never stored');
  expect(table).toContain('              plants        versioned-map  local     not declared');
});

test('version 2 reads converted values before anything is moved, and takes no changes yet', () => {
  const lines = section('Version 2, before anything is moved');
  expect(lines.slice(-2)).toEqual([
    `get('plants', 0): {"species":"Basil","place":"kitchen"}`,
    `set('plants', …): INFINITREE_NOT_LOADED`,
  ]);
  expect(lines.filter((line) => line.endsWith('never stored'))).toHaveLength(3);
});

test('all is moved and converted in one commit', () => {
  const [commit, ...lines] = section('Moved, in one commit');
  expect(commit).toMatch(/^commit [0-9a-f]{8}, Version 2$/);
  expect(lines).toEqual([
    `lastTime: ${Date.UTC(2026, 4, 17, 23)}`,
    'measurements: 1,008',
    'plants.get(0): {"species":"Basil","place":"kitchen"}',
    'plants.get(1): {"species":"Monstera","place":"hall"}',
    'plants.get(2): {"species":"Tomato","place":"balcony"}',
    'plants.get(3): {"species":"Mint","place":"balcony"}',
  ]);
  expect(rows('Version 2 from now on')).toEqual([
    ['lastTime', 'last_time2', 'serialized', 'local', 'stored'],
    ['measurements', 'plant_health', 'versioned-map', 'sparse', 'stored'],
    ['plants', 'plant_register', 'versioned-map', 'local', 'stored'],
  ]);
});

test('the commit before is read by either version, each with the values it knows', () => {
  expect(section("at('HEAD~1'), as version 2 sees it")).toEqual([
    `lastTime: ${Date.UTC(2026, 4, 17, 23)}`,
    'measurements: 1,008',
    'plants.get(0): {"species":"Basil","place":"kitchen"}',
  ]);
  expect(section("at('HEAD~1'), as version 1 sees it")).toEqual([
    'lastTime: "2026-05-17T23:00:00.000Z"',
    'measurements: 1,008',
    'plants.get(0): "Basil, kitchen"',
  ]);
});

test('in a directory that holds a tree already nothing is begun', async () => {
  await expect(demo(new MemoryTerminal(), directory)).rejects.toMatchObject({ code: 'INFINITREE_EXISTS' });
});
