import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend, type FilePort, nodeFiles } from '@infinitree/backend-directory';
import { describe, expect, test } from '@jest/globals';
import {
  backendSuite,
  crashStates,
  type DiskImage,
  type DiskOperation,
  SimulatedDisk,
  TestClock,
} from '../src/index.js';

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

/** What is on a disk, as text: files as runs of equal bytes (`3×7` are three sevens), folders with a slash. */
async function shown(image: DiskImage): Promise<string> {
  const disk = new SimulatedDisk({ image });
  const lines: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const name of (await disk.readdir(folder)).sort()) {
      const path = `${folder}/${name}`;
      if ((await disk.stat(path)).folder) {
        lines.push(`${path}/`);
        await walk(path);
        continue;
      }
      const file = await disk.open(path, 'read');
      const content = new Uint8Array((await file.stat()).size);
      await file.read(content, 0);
      const runs =
        Buffer.from(content)
          .toString('latin1')
          .match(/([\s\S])\1*/g) ?? [];
      lines.push(`${path} ${runs.map((run) => `${run.length}×${run.charCodeAt(0)}`).join(' ')}`.trimEnd());
    }
  };
  await walk('');
  return lines.join(', ');
}

/** What a cut may leave once all of this was done, each state once and sorted. */
async function left(work: (disk: SimulatedDisk) => Promise<void>): Promise<string[]> {
  const disk = new SimulatedDisk();
  await work(disk);
  const states = [...crashStates(disk.initial, disk.operations)];
  const last = states.filter((state) => state.boundary === disk.operations.length);
  return [...new Set(await Promise.all(last.map((state) => shown(state.image()))))].sort();
}

describe('a power cut', () => {
  test('may take what was not synced, content and name each for itself', async () => {
    const states = await left(async (disk) => {
      const file = await disk.open('/a', 'create');
      await file.write(bytes(2, 7), 0);
    });
    // Neither · only the name · a file of the new length that holds nothing · torn, short or not · the whole.
    expect(states).toEqual(['', '/a', '/a 1×7', '/a 1×7 1×0', '/a 2×0', '/a 2×7']);
  });

  test.each(['sync', 'datasync'] as const)('leaves what %s covers, content and length, and no name', async (kind) => {
    const states = await left(async (disk) => {
      const file = await disk.open('/a', 'create');
      await file.write(bytes(600, 7), 0);
      await file[kind]();
    });
    expect(states).toEqual(['', '/a 600×7']);
  });

  test('leaves the names of a synced folder, and nothing of what the files hold', async () => {
    const states = await left(async (disk) => {
      const file = await disk.open('/a', 'create');
      await disk.syncFolder('/');
      await file.write(bytes(1, 7), 0);
    });
    expect(states).toEqual(['/a', '/a 1×0', '/a 1×7']);
  });

  test('tears the last write in a file that keeps its length', async () => {
    const states = await left(async (disk) => {
      const file = await disk.open('/a', 'create');
      await file.write(bytes(4096, 1), 0);
      await file.sync();
      await disk.syncFolder('/');
      await file.write(bytes(2048, 2), 1024);
    });
    const torn = [1, 511, 512, 1024, 2047].map((n) => `/a 1024×1 ${n}×2 ${3072 - n}×1`);
    expect(states).toEqual(['/a 4096×1', '/a 1024×1 2048×2 1024×1', ...torn].sort());
  });

  test('loses or keeps either half of a renaming', async () => {
    const states = await left(async (disk) => {
      await disk.mkdir('/b');
      for (const path of ['/a', '/b/a']) {
        const file = await disk.open(path, 'create');
        await file.write(bytes(1, path.length), 0);
        await file.sync();
      }
      disk.writeBack();
      await disk.rename('/a', '/b/a');
      expect(await shown(disk.image())).toBe('/b/, /b/a 1×2');
    });
    expect(states).toEqual(['/a 1×2, /b/, /b/a 1×2', '/a 1×2, /b/, /b/a 1×4', '/b/, /b/a 1×2', '/b/, /b/a 1×4']);
  });

  test('loses or keeps a link, and brings back or not what was unlinked', async () => {
    const states = await left(async (disk) => {
      await disk.mkdir('/b');
      const file = await disk.open('/a', 'create');
      await file.sync();
      await disk.syncFolder('/');
      await disk.link('/a', '/b/a');
      await disk.unlink('/a');
    });
    expect(states).toEqual(['/a, /b/', '/a, /b/, /b/a', '/b/', '/b/, /b/a']);
  });

  test('takes a folder that was not synced above, with all that is in it', async () => {
    const states = await left(async (disk) => {
      await disk.mkdir('/a');
      const file = await disk.open('/a/b', 'create');
      await file.sync();
      await disk.syncFolder('/a');
    });
    expect(states).toEqual(['', '/a/, /a/b']);
  });

  test('brings a temporary name back, until its folder is synced', async () => {
    const temporary = async (disk: SimulatedDisk) => {
      await disk.open('/t', 'create');
      await disk.unlink('/t');
    };
    expect(await left(temporary)).toEqual(['', '/t']);
    expect(await left(async (disk) => temporary(disk).then(() => disk.syncFolder('/')))).toEqual(['']);
  });

  test('leaves everything that the system has written back by itself', async () => {
    const states = await left(async (disk) => {
      await disk.open('/t', 'create').then((file) => file.write(bytes(1, 7), 0));
      await disk.open('/u', 'create');
      await disk.unlink('/u');
      disk.writeBack();
    });
    expect(states).toEqual(['/t 1×7']);
  });

  test('undoes the replacement of a name in part', async () => {
    const states = await left(async (disk) => {
      await disk.mkdir('/a');
      await disk.syncFolder('/');
      await disk.open('/n', 'create').then((file) => file.write(bytes(1, 1), 0).then(() => file.sync()));
      await disk.syncFolder('/');
      await disk.unlink('/n');
      await disk.open('/n', 'create').then((file) => file.write(bytes(1, 2), 0).then(() => file.sync()));
    });
    expect(states).toEqual(['/a/', '/a/, /n 1×1', '/a/, /n 1×2']);
  });

  test('combines up to six changes in every way, and of more takes none, all, each and each two', async () => {
    for (const [changes, expected] of [
      [6, 64],
      [7, 1 + 1 + 7 + 21],
    ] as const) {
      const states = await left(async (disk) => {
        for (let i = 0; i < changes; i++) await disk.mkdir(`/${i}`);
      });
      expect(states).toHaveLength(expected);
    }
  });

  test('may come behind every operation, and what it leaves is told in words', async () => {
    const disk = new SimulatedDisk({ during: () => 'putting' });
    const file = await disk.open('/a', 'create');
    await file.sync();
    await disk.syncFolder('/');
    const states = [...crashStates(disk.initial, disk.operations)];
    expect(states.map(({ boundary }) => boundary)).toEqual([0, 1, 1, 2, 2, 3]);
    expect(states.map(({ survived }) => survived)).toEqual([
      '0 of 0 unsynced changes',
      '0 of 1 unsynced changes',
      '1 of 1 unsynced changes: name of create 1 /a',
      '0 of 1 unsynced changes',
      '1 of 1 unsynced changes: name of create 1 /a',
      '0 of 0 unsynced changes',
    ]);
    expect(disk.operations.map(({ kind, during }) => `${kind} ${String(during)}`)).toContain('syncFolder putting');
  });

  test('takes nothing of what is said to be certain', async () => {
    const disk = new SimulatedDisk();
    await disk.mkdir('/a');
    await disk.mkdir('/b');
    const certain = ({ path }: DiskOperation) => path === '/a';
    const states = [...crashStates(disk.initial, disk.operations, { certain })];
    const last = states.filter(({ boundary }) => boundary === 2);
    expect(await Promise.all(last.map((state) => shown(state.image())))).toEqual(['/a/', '/a/, /b/']);
  });

  test('leaves states that are told apart by their fingerprints', async () => {
    const disk = new SimulatedDisk();
    for (const path of ['/a', '/b']) {
      const file = await disk.open(path, 'create');
      await file.write(bytes(1, 1), 0);
      await file.sync();
      await file.write(bytes(1, 2), 0);
    }
    const seen = new Map<string, string>();
    for (const state of crashStates(disk.initial, disk.operations)) {
      const image = state.image();
      const text = await shown(image);
      expect(seen.get(image.fingerprint()) ?? text).toBe(text);
      seen.set(image.fingerprint(), text);
    }
    expect(disk.image().fingerprint(() => false)).toBe('');
  });
});

/** What calls come to, on a disk of any kind. */
async function outcomes(disk: FilePort, at: (path: string) => string): Promise<string[]> {
  const lines: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const ended = await work().then(
      (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? 'ok' : String(value)),
      (error: unknown) => (error as { code: string }).code,
    );
    lines.push(`${what}: ${ended}`);
  };
  await attempt('mkdir', () => disk.mkdir(at('f')));
  await attempt('mkdir again', () => disk.mkdir(at('f')));
  await attempt('mkdir without parent', () => disk.mkdir(at('x/y')));
  await attempt('open what is not there', () => disk.open(at('f/a'), 'read'));
  await attempt('update what is not there', () => disk.open(at('f/a'), 'update'));
  await attempt('create without folder', () => disk.open(at('x/a'), 'create'));
  const file = await disk.open(at('f/a'), 'create');
  await attempt('create again', () => disk.open(at('f/a'), 'create'));
  await attempt('write', () => file.write(bytes(10, 5), 4));
  await attempt('size', async () => (await file.stat()).size);
  await attempt('link', () => disk.link(at('f/a'), at('f/b')));
  await attempt('link again', () => disk.link(at('f/a'), at('f/b')));
  await attempt('link of nothing', () => disk.link(at('f/c'), at('f/d')));
  await attempt('links', async () => (await disk.stat(at('f/a'))).links);
  await attempt('unlink', () => disk.unlink(at('f/a')));
  await attempt('unlink again', () => disk.unlink(at('f/a')));
  await attempt('readdir', () => disk.readdir(at('f')));
  await attempt('readdir of a file', () => disk.readdir(at('f/b')));
  await attempt('readdir of nothing', () => disk.readdir(at('g')));
  await attempt('a path through a file', () => disk.open(at('f/b/c'), 'read'));
  const again = await disk.open(at('f/b'), 'read');
  const target = new Uint8Array(20);
  await attempt('read', () => again.read(target, 2));
  await attempt('what was read', async () => target.join(''));
  await attempt('read behind the end', () => again.read(target, 14));
  await attempt('folder', async () => (await disk.stat(at('f'))).folder);
  await attempt('sync', () => file.sync().then(() => again.datasync()));
  await attempt('sync of a folder', () => disk.syncFolder(at('f')));
  await attempt('sync of no folder', () => disk.syncFolder(at('g')));
  await file.close();
  await attempt('write when closed', () => file.write(bytes(1, 1), 0));
  await again.close();
  return lines;
}

describe('a simulated disk', () => {
  test('answers as the file system does', async () => {
    const root = await mkdtemp(join(tmpdir(), 'infinitree-disk-'));
    try {
      const expected = await outcomes(nodeFiles, (path) => join(root, path));
      expect(await outcomes(new SimulatedDisk(), (path) => `/${path}`)).toEqual(expected);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });

  test('stamps files by its clock', async () => {
    const clock = new TestClock(1000);
    const disk = new SimulatedDisk({ clock });
    const file = await disk.open('/a', 'create');
    expect((await file.stat()).modified).toBe(1000);
    clock.advance(5);
    await file.write(bytes(1, 1), 0);
    expect((await disk.stat('/a')).modified).toBe(1005);
    clock.advance(5);
    expect((await disk.stat('/a')).modified).toBe(1005);
  });
});

backendSuite({ describe, test, expect }, 'DirectoryBackend on a simulated disk', {
  heads: 'epoch',
  locks: true,
  async open() {
    const disk = new SimulatedDisk();
    const open = () => DirectoryBackend.open('/tree', { fileSystem: disk });
    return { backend: await open(), reopen: open, dispose: async () => {} };
  },
});
