import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryTerminal } from '@infinitree/example-terminal';
import { SeededRandom } from '@infinitree/testing';
import { demo } from '../src/demo.js';

const LARGE = Buffer.from(new SeededRandom(11).bytes(700_000));
const LINE = 'One line more.\n';

let scratch: string;
let folder: string;
let store: string;

async function run(options: ConstructorParameters<typeof MemoryTerminal>[0] = {}) {
  const terminal = new MemoryTerminal(options);
  await demo(terminal, { folder, store, streamed: 3_000_000 });
  return { out: terminal.stdout.text, progress: terminal.stderr.text };
}

/** The lines below a title. */
function section(out: string, title: string): string[] {
  const [, after = ''] = out.split(`\n${title}`);
  return after.split('\n\n')[0]!.split('\n').slice(1);
}

function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'infinitree-blobs-test-'));
  folder = join(scratch, 'folder');
  store = join(scratch, 'store');
  await mkdir(join(folder, 'sub', 'empty'), { recursive: true });
  await writeFile(join(folder, 'sub', 'large.bin'), LARGE);
  await writeFile(join(folder, 'a.txt'), 'hello\n');
  await writeFile(join(folder, 'sub', 'same.txt'), 'hello\n');
});

afterAll(() => rm(scratch, { recursive: true }));

describe('a folder of three files', () => {
  let out: string;
  let progress: string;

  beforeAll(async () => {
    ({ out, progress } = await run({ isTTY: true, env: { NO_COLOR: '1' } }));
  });

  test('is stored, equal files once', () => {
    const [files, commit, chunks] = section(out, 'Storing all files');
    expect(files).toBe('3 files, 700 kB read');
    expect(commit).toMatch(/^commit [0-9a-f]{8}: 3 files changed$/);
    // 700,000 bytes are three chunks of 256 KiB; "hello" is one more.
    expect(chunks).toMatch(/^chunks that the version before had not: 4, 70\d kB once compressed$/);
  });

  test('shows how many bytes were read', () => {
    expect(progress).toContain(`${'█'.repeat(11)}▎${'·'.repeat(18)} 262 kB/700 kB sub/large.bin`);
    expect(progress).toContain(`${'█'.repeat(30)} 700 kB/700 kB sub/same.txt`);
    expect(progress).toContain(' 3.00 MB/3.00 MB stored');
    expect(progress).toContain(' 3.00 MB/3.00 MB read');
    expect(progress.endsWith('\r\u001b[2K')).toBe(true);
  });

  test('is stored again with one file changed: only its last chunk is new', () => {
    const [files, commit, chunks] = section(out, 'Storing all files again, with a line added to sub/large.bin');
    expect(files).toBe('3 files, 700 kB read');
    expect(commit).toMatch(/^commit [0-9a-f]{8}: sub\/large\.bin changed$/);
    expect(chunks).toBe('chunks that the version before had not: 1, 176 kB once compressed');
  });

  test('is listed as it was before', () => {
    const lines = section(out, 'The files before that');
    expect(lines.slice(0, -1).map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, '<time>'))).toEqual([
      '   6 bytes  <time>  a.txt',
      '    700 kB  <time>  sub/large.bin',
      '   6 bytes  <time>  sub/same.txt',
      '3 files, 700 kB',
    ]);
  });

  test('gives both versions of the file, with the right bytes', () => {
    expect(section(out, 'Both versions of sub/large.bin').slice(0, 2)).toEqual([
      `HEAD~1  700,000 bytes, SHA-256 ${sha256(LARGE)}`,
      `HEAD    700,015 bytes, SHA-256 ${sha256(LARGE, LINE)}`,
    ]);
  });

  test('is left as it was', async () => {
    expect(sha256(await readFile(join(folder, 'sub', 'large.bin')))).toBe(sha256(LARGE));
  });

  test('streams in pieces', () => {
    expect(section(out, 'Streaming 3.00 MB')[0]).toBe('3.00 MB in 3 chunks stored and 3.00 MB read, both the same');
  });

  test('stored once more, it has one file less, and no byte is new', async () => {
    await rm(join(folder, 'sub', 'same.txt'));
    const again = (await run()).out;
    const [files, commit, , disk] = section(again, 'Storing all files');
    expect(files).toBe('2 files, 700 kB read');
    // The changed file is as it was at first, and the other one is gone.
    expect(commit).toMatch(/^commit [0-9a-f]{8}: 2 files changed$/);
    expect(disk).toBe(section(again, 'Storing all files again').at(3));
    expect(section(again, 'The files before that').at(-2)).toBe('2 files, 700 kB');
  });
});

test('a folder without files is refused', async () => {
  const empty = join(folder, 'sub', 'empty');
  await expect(demo(new MemoryTerminal(), { folder: empty, store: join(scratch, 'none') })).rejects.toThrow(
    'There is no file to store.',
  );
});
