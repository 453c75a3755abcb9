import { QuickSync } from '../src/quick-sync.js';

/** Syncs that take as long as they are told, and where they were made. */
function scene() {
  let now = 0;
  let duration = 0;
  const where: string[] = [];
  const sync = new QuickSync(
    () => {
      where.push('here');
      now += duration;
    },
    async () => {
      where.push('elsewhere');
      now += duration;
    },
    () => now,
  );
  return {
    /** Makes syncs that take so many milliseconds, and tells how many of them were made in place. */
    async make(count: number, ms: number): Promise<number> {
      where.length = 0;
      duration = ms;
      for (let i = 0; i < count; i++) await sync.datasync(3);
      expect(where).toHaveLength(count);
      return where.filter((place) => place === 'here').length;
    },
  };
}

test('syncs are made in place once some were quick', async () => {
  const disk = scene();
  expect(await disk.make(7, 0.2)).toBe(0);
  expect(await disk.make(100, 0.2)).toBe(100);
});

test('a slow disk never holds up the event loop', async () => {
  const disk = scene();
  expect(await disk.make(1000, 8)).toBe(0);
  expect(await disk.make(1, 0.2)).toBe(0);
  expect(await disk.make(1000, 1.1)).toBe(0);
});

test('one slow sync among many quick ones changes nothing', async () => {
  const disk = scene();
  await disk.make(20, 0.2);
  for (let i = 0; i < 10; i++) {
    expect(await disk.make(1, 5)).toBe(1);
    expect(await disk.make(99, 0.2)).toBe(99);
  }
});

test('a very slow one sends the next ones elsewhere, and so do some slow ones', async () => {
  const disk = scene();
  await disk.make(20, 0.2);
  expect(await disk.make(1, 50)).toBe(1);
  expect(await disk.make(10, 0.2)).toBe(0);
  await disk.make(20, 0.2);
  expect(await disk.make(10, 2)).toBe(4);
});

test('a failure is reported as such from either place', async () => {
  const broken = () => {
    throw new Error('EIO');
  };
  const inPlace = new QuickSync(
    broken,
    async () => undefined,
    () => 0,
  );
  for (let i = 0; i < 6; i++) await inPlace.datasync(3);
  await expect(inPlace.datasync(3)).rejects.toThrow('EIO');
  await expect(new QuickSync(broken, async () => broken()).datasync(3)).rejects.toThrow('EIO');
});
