import { describe, expect, test } from '@jest/globals';
import { DirectoryBackend } from '../src/directory.js';
import { RecordingFiles } from './recording-files.js';
import { BYTES, errorOf, ID, idOf, inDirectory, recorded } from './scene.js';

const CREATED = [
  'open create tmp/1',
  'write tmp/1 0+300',
  'sync tmp/1',
  'close tmp/1',
  'link tmp/1 objects/ab/ab01…',
  'unlink tmp/1',
  'syncFolder objects/ab',
];

// What was recorded is what had ended when the promise resolved: an operation that nobody waited for is missing here.
describe('the order of file operations', () => {
  test('put, keyObjects.put and heads.create: durable before visible, visible before acknowledged', async () => {
    for (const verb of ['put', 'keyObjects.put', 'heads.create']) {
      await recorded(async ({ backend, files }) => {
        if (verb === 'put') await backend.put(ID, BYTES);
        else if (verb === 'keyObjects.put') await backend.keyObjects.put(ID, BYTES);
        else await backend.heads.create(ID, BYTES);
        expect([verb, ...files.log]).toEqual([verb, ...CREATED]);
      });
    }
  });

  test('a put to a taken id looks whether the link is its own, and takes its temporary file away', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.put(ID, BYTES);
      files.start();
      expect((await errorOf(backend.put(ID, BYTES))).code).toBe('INFINITREE_EXISTS');
      expect(files.log).toEqual([...CREATED.slice(0, 5), 'stat tmp/1', 'unlink tmp/1']);
    });
  });

  test('short writes are continued where they ended', async () => {
    await recorded(async ({ backend, files }) => {
      files.most = 128;
      await backend.put(ID, BYTES);
      expect(files.log.filter((line) => line.startsWith('write'))).toEqual([
        'write tmp/1 0+128',
        'write tmp/1 128+128',
        'write tmp/1 256+44',
      ]);
      expect(await backend.get(ID)).toEqual(BYTES);
    });
  });

  test('claim: an exclusive create, and the folder is synced', async () => {
    await recorded(async ({ backend, files }) => {
      expect(await backend.heads.claim(ID)).toBe(true);
      expect(files.log).toEqual(['open create epochs/…', 'close epochs/…', 'syncFolder epochs'].map(long));
    });
  });

  test('a commit by append: one write, one fdatasync, one listing, and the descriptor stays open', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.heads.create(ID, new Uint8Array(8192));
      files.start();
      for (const at of [0, 4096]) {
        await backend.heads.append(ID, at, new Uint8Array(4096));
        await backend.heads.sync(ID);
        await backend.heads.claims();
      }
      const commit = (at: number) => [
        `write objects/ab/ab01… ${at}+4096`,
        'datasync objects/ab/ab01…',
        'readdir epochs',
      ];
      expect(files.log).toEqual([
        'open update objects/ab/ab01…',
        'fstat objects/ab/ab01…',
        ...commit(0),
        ...commit(4096),
      ]);
      expect(files.openFiles).toBe(1);
    });
  });

  test('a reader syncs a head without opening it for writing', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.heads.create(ID, BYTES);
      files.start();
      await backend.heads.sync(ID);
      const ofHead = ['open read', 'datasync', 'close'].map((what) => `${what} objects/ab/ab01…`);
      // The folder too: who linked the head may have been stopped before that.
      expect(files.log).toEqual([...ofHead, 'syncFolder objects/ab']);
    });
  });

  test('removals are durable: each folder is synced once, also where nothing was left to remove', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.put(ID, BYTES);
      await backend.put(idOf('ab02'), BYTES);
      // Where there is nothing, the directory may have been away for a moment.
      const looked = (name: string) => [`unlink ${name}`, 'stat .', `unlink ${name}`];
      const both = ['objects/ab/ab01…', 'objects/ab/ab02…'];
      files.start();
      await backend.delete([ID, idOf('ab02')]);
      expect(files.log).toEqual([...both.map((name) => `unlink ${name}`), 'syncFolder objects/ab']);
      files.start();
      await backend.delete([ID, idOf('ab02')]);
      expect(files.log).toEqual([...both.flatMap(looked), 'syncFolder objects/ab']);
      files.start();
      await backend.keyObjects.delete(ID);
      expect(files.log).toEqual([...looked(both[0]!), 'syncFolder objects/ab']);
    });
  });

  test('releasing claims syncs nothing: one that comes back does no harm', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.heads.claim(ID);
      files.start();
      await backend.heads.release([ID]);
      expect(files.log).toEqual([long('unlink epochs/…')]);
    });
  });

  test('a note of a writer is created as objects are, and does not come back once it was removed', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.locks.create(ID, BYTES);
      expect(files.log).toEqual(CREATED.map((line) => line.replace('objects/ab', 'locks')));
      files.start();
      await backend.locks.remove(ID);
      expect(files.log).toEqual(['unlink locks/ab01…', 'syncFolder locks']);
    });
  });

  test('a range is read as such', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.put(ID, BYTES);
      files.start();
      expect(await backend.get(ID, { range: [100, 200] })).toEqual(BYTES.slice(100, 200));
      expect(files.log).toEqual(
        ['open read', 'fstat', 'read', 'close'].map(
          (what) => `${what} objects/ab/ab01…${what === 'read' ? ' 100+100' : ''}`,
        ),
      );
    });
  });

  test('short reads are continued', async () => {
    await recorded(async ({ backend, files }) => {
      await backend.put(ID, BYTES);
      files.most = 100;
      expect(await backend.get(ID)).toEqual(BYTES);
    });
  });

  test('folders are made once, and each name is durable before anything is put inside', async () => {
    await inDirectory(async (parent) => {
      const root = `${parent}/deeply/inside`;
      const files = new RecordingFiles(root);
      const backend = await DirectoryBackend.open(root, { fileSystem: files, durability: 'append' });
      expect(files.log).toEqual([
        'stat .',
        'mkdir .',
        'mkdir ..',
        'syncFolder ../..',
        'mkdir .',
        'syncFolder ..',
        'stat .',
        // There is none, also when looked for again.
        'readdir tmp',
        'stat .',
        'readdir tmp',
      ]);
      files.start();
      await backend.put(ID, BYTES);
      expect(files.log).toEqual([
        'syncFolder ..',
        'mkdir tmp',
        'stat .',
        'syncFolder .',
        'mkdir objects',
        'stat .',
        'syncFolder .',
        'mkdir objects/ab',
        'stat .',
        'syncFolder objects',
        // The probe: an exclusive create that is refused, a link that works and one that is refused.
        'open create tmp/1',
        'close tmp/1',
        'open create tmp/1',
        'link tmp/1 tmp/2',
        'link tmp/1 tmp/2',
        'unlink tmp/1',
        'unlink tmp/2',
        ...CREATED.map((line) => line.replaceAll('tmp/1', 'tmp/3')),
      ]);
      await backend.close();
    });
  });

  test('a folder that somebody else made is synced all the same before it is relied upon', async () => {
    await inDirectory(async (root) => {
      const first = await DirectoryBackend.open(root);
      await first.put(idOf('abff'), BYTES);
      const files = new RecordingFiles(root);
      const second = await DirectoryBackend.open(root, { fileSystem: files });
      await second.put(ID, BYTES);
      for (const step of ['syncFolder .', 'syncFolder objects', 'syncFolder objects/ab']) {
        expect(files.log).toContain(step);
      }
      await Promise.all([first.close(), second.close()]);
    });
  });

  test('opening an existing directory for reading writes nothing', async () => {
    await inDirectory(async (root) => {
      const writer = await DirectoryBackend.open(root);
      await writer.put(ID, BYTES);
      await writer.close();
      const files = new RecordingFiles(root);
      const reader = await DirectoryBackend.open(root, { fileSystem: files, durability: 'append' });
      expect(await reader.get(ID)).toEqual(BYTES);
      expect(await reader.heads.claims()).toEqual([]);
      await reader.close();
      expect(files.log.filter((line) => !/^(stat|readdir|open read|fstat|read|close) /.test(line))).toEqual([]);
    });
  });
});

/** The names of claims begin with the digits of `ID`. */
function long(line: string): string {
  return line.replace('…', 'ab01…');
}
