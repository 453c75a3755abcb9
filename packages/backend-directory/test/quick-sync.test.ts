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

test('syncs are made in place once eight in a row were quick', async () => {
  const disk = scene();
  expect(await disk.make(8, 0.2)).toBe(0);
  expect(await disk.make(100, 0.2)).toBe(100);
});

test('a slow disk never holds up the event loop', async () => {
  const disk = scene();
  expect(await disk.make(1000, 8)).toBe(0);
  expect(await disk.make(7, 0.2)).toBe(0);
  expect(await disk.make(1, 8)).toBe(0);
  expect(await disk.make(7, 0.2)).toBe(0);
});

test('after a slow one, twice as many have to be quick, up to a limit', async () => {
  const disk = scene();
  await disk.make(8, 0.2);
  for (const needed of [16, 32, 64, 128, 256, 512, 1024, 1024]) {
    expect(await disk.make(1, 8)).toBe(1);
    expect(await disk.make(needed, 0.2)).toBe(0);
  }
  expect(await disk.make(10, 0.2)).toBe(10);
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
  for (let i = 0; i < 8; i++) await inPlace.datasync(3);
  await expect(inPlace.datasync(3)).rejects.toThrow('EIO');
  await expect(new QuickSync(broken, async () => broken()).datasync(3)).rejects.toThrow('EIO');
});
