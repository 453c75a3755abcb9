import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryTerminal } from '@infinitree/example-terminal';
import { demo } from '../src/demo.js';

const scratch: string[] = [];

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'infinitree-demo-'));
  scratch.push(directory);
  return directory;
}

async function run(directory: string, { isTTY = false, env = {} } = {}) {
  const terminal = new MemoryTerminal({ isTTY, env });
  await demo(terminal, directory);
  return { out: terminal.stdout.text, progress: terminal.stderr.text };
}

afterAll(() => Promise.all(scratch.map((directory) => rm(directory, { recursive: true }))));

describe('the demo', () => {
  let directory: string;
  let out: string;
  let progress: string;

  beforeAll(async () => {
    directory = await freshDirectory();
    ({ out, progress } = await run(directory));
  });

  test('stores one commit per year', () => {
    expect(progress.replace(/[0-9a-f]{8}/g, '<id>')).toBe(
      '2012: 366 days in commit <id>, 366 in all\n' +
        '2013: 365 days in commit <id>, 731 in all\n' +
        '2014: 365 days in commit <id>, 1096 in all\n' +
        '2015: 365 days in commit <id>, 1461 in all\n',
    );
  });

  test('reads single days, several days and ranges without loading', () => {
    expect(out).toContain("get('days', '2015-07-19')\n  17.2 to 35.0 °C   0.0 mm  sun\n");
    expect(out).toContain('2012-12-25  2.8 to 5.6 °C    13.5 mm  snow\n');
    expect(out).toContain('2016-12-25  not recorded\n');
    const firsts = out.slice(out.indexOf('entries('), out.indexOf('loaded meanwhile'));
    expect(firsts.match(/^ {2}\S+/gm)).toEqual(['  2014-06-01', '  2014-07-01', '  2014-08-01', '  2014-09-01']);
    expect(out).toContain('loaded meanwhile: none\n');
  });

  test('lists the log, newest first, and shows the state of an earlier commit', () => {
    const years = [...out.matchAll(/^[0-9a-f]{8} {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}Weather of (\d{4})$/gm)];
    expect(years.map(([, year]) => year)).toEqual(['2015', '2014', '2013', '2012']);
    expect(out).toContain("at('HEAD~2'): 731 days, the last of them\n  2013-12-31  5.0 to 8.3 °C     0.5 mm  rain\n");
  });

  test('draws the climate', () => {
    expect(out).toMatch(/^Jan {2}█{10}▊ +5\.5 °C$/m);
    expect(out).toMatch(/^Aug {2}█{40} {2}20\.4 °C$/m);
    expect(out).toMatch(/^2013 {2}█+\S? +828 mm$/m);
    expect(out).toMatch(/^2014 {2}█{40} {2}1233 mm$/m);
  });

  test('shows what lies on the disk: objects of one size, and no way in with another password', () => {
    expect(out).toContain('Another password: INFINITREE_WRONG_KEY\n');
    const [, count, total] = /^(\d+) objects, ([\d,]+) bytes, each of exactly 4,194,304 bytes/m.exec(out)!;
    expect(Number(total!.replaceAll(',', ''))).toBe(Number(count) * 4_194_304);
    expect(out.match(/^ {2}[0-9a-f]{64}$/gm)).toHaveLength(Number(count));
  });

  test('run again on the same directory, it stores nothing twice', async () => {
    const again = await run(directory);
    expect(again.progress).toBe([2012, 2013, 2014, 2015].map((year) => `${year}: is stored already\n`).join(''));
    expect(again.out).toBe(out);
  });
});

test('a terminal gets a bar and colours, and NO_COLOR leaves the bar', async () => {
  const directory = await freshDirectory();
  const coloured = await run(directory, { isTTY: true });
  expect(coloured.progress).toMatch(
    /\u001b\[34m█{15}\u001b\[39m\u001b\[2m·{15}\u001b\[22m 731\/1461 days, storing 2013/,
  );
  const plain = await run(await freshDirectory(), { isTTY: true, env: { NO_COLOR: '1' } });
  expect(plain.progress).toMatch(/█{15}·{15} 731\/1461 days, storing 2013/);
  expect(`${plain.progress}${plain.out}`).not.toMatch(/\u001b\[\d+m/);
});
