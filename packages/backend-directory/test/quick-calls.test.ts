import { QuickCalls } from '../src/quick-calls.js';

/** Calls that take as long as they are told, and where they were made. */
function scene(expected = 2) {
  let now = 0;
  let duration = 0;
  const where: string[] = [];
  const calls = new QuickCalls(expected, () => now);
  const call = (place: string) => {
    where.push(place);
    now += duration;
    return place;
  };
  return {
    /** Makes calls that take so many milliseconds, each in a turn of its own, and tells how many of them were made in place. */
    async make(count: number, ms: number, turns = true): Promise<number> {
      where.length = 0;
      duration = ms;
      for (let i = 0; i < count; i++) {
        const made = await calls.make(
          () => call('here'),
          async () => call('elsewhere'),
        );
        expect(made).toBe(where.at(-1));
        if (turns) await new Promise(setImmediate);
      }
      expect(where).toHaveLength(count);
      return where.filter((place) => place === 'here').length;
    },
  };
}

test('calls are made in place once some were quick', async () => {
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

test('of a disk that is expected to be quick, one slow call is waited for', async () => {
  const disk = scene(0.5);
  expect(await disk.make(20, 10)).toBe(1);
  expect(await scene(0.5).make(20, 0.1)).toBe(20);
});

test('one slow call among many quick ones changes nothing', async () => {
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

test('calls without a turn between them leave one to others every 8 ms', async () => {
  const disk = scene(0.5);
  // The first one begins at 0, and the forty-first is due when 8 ms are over.
  expect(await disk.make(41, 0.2, false)).toBe(40);
});

test('a failure is reported as such from either place', async () => {
  const broken = () => {
    throw new Error('EIO');
  };
  await expect(new QuickCalls(0.5).make(broken, async () => undefined)).rejects.toThrow('EIO');
  await expect(
    new QuickCalls(2).make(
      () => undefined,
      async () => broken(),
    ),
  ).rejects.toThrow('EIO');
});
