import { type Fault, Infinitree, type ObjectId, type VerifyReport } from '@infinitree/core';
import { FailingBackend } from '@infinitree/testing';
import fc from 'fast-check';
import { code, codeOf, KINDS, OBJECT_SIZE } from '../scene.js';
import { Archive, fill, noise, World } from './scene.js';

/** A tree with a fold behind it, commits in its head or journal, and a reader that was opened before any damage. */
async function scene(heads: (typeof KINDS)[number]) {
  const world = new World(heads);
  const tree = await world.create();
  const expected = await fill(tree);
  for (let i = 0; i < 9; i++) {
    tree.index.notes.set('in the tail', noise(6000));
    await tree.commit(`tail ${i}`);
  }
  await tree.close();
  const reader = await world.open({ readonly: true });
  return { world, reader, expected };
}

/** Runs `body` while an object has other bytes, or is gone. */
async function whileIts<T>(
  { store }: World,
  id: string,
  change: (bytes: Uint8Array) => Uint8Array | undefined,
  body: () => Promise<T>,
): Promise<T> {
  const entry = store.entries.get(id as ObjectId)!;
  const bytes = change(entry.bytes.slice());
  if (bytes === undefined) store.entries.delete(id as ObjectId);
  else store.entries.set(id as ObjectId, { ...entry, bytes });
  try {
    return await body();
  } finally {
    store.entries.set(id as ObjectId, entry);
  }
}

const spoil = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x55);

const all = ({ faults, olderFaults }: VerifyReport): Fault[] => [...faults, ...olderFaults];

describe.each(KINDS)('verify, %s heads', (heads) => {
  test('finds nothing wrong with a tree, with a reader, or with a view, and counts what it has seen', async () => {
    const { world, reader } = await scene(heads);
    const quick = await reader.verify();
    expect(all(quick)).toEqual([]);
    expect(quick.ok).toBe(true);
    const report = await reader.verify({ readData: true });
    expect(all(report)).toEqual([]);
    expect(report.checked.objects).toBe(world.ids.length);
    expect(report.checked.bytes).toBe(world.ids.length * OBJECT_SIZE);
    expect(report.checked.entries).toBe(quick.checked.entries);
    expect(report.checked.entries).toBeGreaterThan(700);
    expect(quick.checked.bytes).toBeLessThan(report.checked.bytes);
    const view = await reader.at('HEAD~10');
    expect((await view.verify({ readData: true })).checked.entries).toBe(report.checked.entries);
    await view.close();
    expect(Object.isFrozen(report) && Object.isFrozen(report.faults) && Object.isFrozen(report.checked)).toBe(true);
    const writer = await world.open();
    writer.index.notes.set('staged', 1);
    expect((await writer.verify({ readData: true })).ok).toBe(true);
    await writer.commit('verified');
    expect((await writer.verify({ readData: true })).ok).toBe(true);
    await writer.close();
    expect((await reader.verify({ readData: true })).ok).toBe(true);
    await reader.close();
    expect(await codeOf(() => reader.verify())).toBe(code('CLOSED'));
  }, 120_000);

  test('finds any flipped bit of any object, and names the object', async () => {
    const { world, reader } = await scene(heads);
    const ids = world.ids;
    const place = fc.record({
      object: fc.nat(ids.length - 1),
      offset: fc.oneof(
        fc.nat(OBJECT_SIZE - 1),
        fc.nat(1100),
        fc.nat(40).map((n) => OBJECT_SIZE - 1 - n),
      ),
      bit: fc.nat(7),
    });
    await fc.assert(
      fc.asyncProperty(place, async ({ object, offset, bit }) => {
        const id = ids[object]!;
        const flip = (bytes: Uint8Array): Uint8Array => {
          bytes[offset]! ^= 1 << bit;
          return bytes;
        };
        const report = await whileIts(world, id, flip, () => reader.verify({ readData: true }));
        const found = all(report);
        expect(found.length).toBeGreaterThan(0);
        expect(found.some((fault) => fault.object === id)).toBe(true);
        for (const { lost, kept, message } of found) expect(lost !== '' && kept !== '' && message !== '').toBe(true);
      }),
      { numRuns: 60 },
    );
    expect((await reader.verify({ readData: true })).ok).toBe(true);
    await reader.close();
  }, 180_000);

  test('finds every object that is missing, cut or exchanged', async () => {
    const { world, reader } = await scene(heads);
    const ids = world.ids;
    for (const [i, id] of ids.entries()) {
      const other = world.store.entries.get(ids[(i + 1) % ids.length] as ObjectId)!.bytes;
      const changes = [() => undefined, (bytes: Uint8Array) => bytes.slice(0, -1), () => other.slice()];
      for (const [n, change] of changes.entries()) {
        const report = await whileIts(world, id, change, () => reader.verify({ readData: true }));
        const found = all(report).filter((fault) => fault.object === id);
        // An older head may be gone, and then nothing needs what only it refers to.
        if (n > 0 || report.checked.objects === ids.length) expect(found.length).toBeGreaterThan(0);
        if (n === 0) expect(found.every((fault) => fault.kind === 'missing')).toBe(true);
      }
    }
    await reader.close();
  }, 120_000);

  test('lists all that is damaged, and does not end at the first', async () => {
    const { world, reader } = await scene(heads);
    const one: string[] = [];
    for (const id of world.ids) {
      const report = await whileIts(world, id, spoil, () => reader.verify());
      if (report.faults.some(({ part }) => part === 'run' || part === 'block')) one.push(id);
    }
    expect(one.length).toBeGreaterThan(1);
    const nested = one.reduce(
      (body, id) => () => whileIts(world, id, spoil, body),
      () => reader.verify(),
    );
    const found = await nested();
    expect(new Set(found.faults.map(({ object }) => object))).toEqual(new Set(one));
    await reader.close();
  }, 120_000);

  test('tells which field and commits a fault concerns, what is lost and what is not', async () => {
    const { world, reader } = await scene(heads);
    const found: Fault[] = [];
    for (const id of world.ids) {
      found.push(...all(await whileIts(world, id, spoil, () => reader.verify({ readData: true }))));
    }
    const parts = new Set(found.map(({ part }) => part));
    for (const part of ['key object', 'head', 'log', 'run', 'values', 'chunk', 'padding']) {
      expect([...parts]).toContain(part);
    }
    const values = found.filter(({ part }) => part === 'values');
    expect(values.every(({ field }) => field?.property === 'apart' && field.name === 'stored_apart')).toBe(true);
    expect(Math.max(...values.map(({ entries }) => entries))).toBeGreaterThan(50);
    expect(values.every(({ commits }) => commits !== undefined && commits.first >= 1)).toBe(true);
    const chunks = found.filter(({ part }) => part === 'chunk');
    expect(new Set(chunks.map(({ field }) => field?.property))).toEqual(new Set(['files', 'apart', 'notes']));
    expect(chunks.some(({ commits }) => commits?.first === 1)).toBe(true);
    for (const fault of found) expect(JSON.stringify(fault)).not.toContain('in the tail');
    await reader.close();
  }, 120_000);

  test('without readData it reads no values, and still misses no object that is gone', async () => {
    const { world, reader } = await scene(heads);
    const full = await reader.verify({ readData: true });
    for (const id of world.ids) {
      const whole = await whileIts(
        world,
        id,
        () => undefined,
        () => reader.verify({ readData: true }),
      );
      const quick = await whileIts(
        world,
        id,
        () => undefined,
        () => reader.verify(),
      );
      // What only a value that stands apart refers to is not known without reading it.
      if (!whole.ok && whole.faults.some(({ part, field }) => part !== 'chunk' || field?.property !== 'apart')) {
        expect(quick.ok).toBe(false);
      }
    }
    const world2 = new FailingBackend(world.backend);
    const counting = await Infinitree.open(Archive, { backend: world2, key: world.key, readonly: true });
    world2.clearLog();
    await counting.verify();
    const read = new Set(world2.log.filter(({ verb }) => verb === 'get').map(({ id }) => id));
    expect(read.size).toBeLessThan(full.checked.objects / 2);
    await counting.close();
    await reader.close();
  }, 120_000);

  test('goes on beside a writer that replaces what it reads', async () => {
    const { world, reader } = await scene(heads);
    const writer = await world.open();
    const write = async (round: number): Promise<void> => {
      for (let i = 0; i < 12; i++) {
        writer.index.notes.set(`beside ${i % 5}`, noise(4000));
        await writer.commit(`beside ${round} ${i}`);
        world.clock.advance(60 * 60 * 1000);
      }
    };
    for (let round = 0; round < 4; round++) {
      const [report] = await Promise.all([reader.verify({ readData: round % 2 === 0 }), write(round)]);
      expect(report.faults).toEqual([]);
    }
    expect((await reader.verify({ readData: true })).ok).toBe(true);
    await writer.close();
    await reader.close();
  }, 60_000);

  test('leaves out what nothing refers to, and tells trouble from damage', async () => {
    const { world, reader } = await scene(heads);
    const writer = await world.open();
    const chunks = writer.storageWriter();
    for (let i = 0; i < 3; i++) await chunks.write(noise(15_000));
    writer.index.notes.set('one of four', await chunks.write(noise(5_000)));
    for (let i = 0; i < 3; i++) await chunks.write(noise(1000 * i));
    await writer.commit('the rest is garbage');
    expect(all(await writer.verify({ readData: true }))).toEqual([]);
    await writer.close();
    const failing = new FailingBackend(world.backend);
    const tree = await Infinitree.open(Archive, { backend: failing, key: world.key, readonly: true });
    for (const verb of ['get', 'keyObjects.get', 'heads.read'] as const) {
      failing.fail({ verb, nth: 1 });
      expect(await codeOf(() => tree.verify({ readData: true }))).toBe(code('BACKEND'));
    }
    expect(await codeOf(() => tree.verify({ signal: AbortSignal.abort() }))).toBe(code('ABORTED'));
    const seen: number[] = [];
    await tree.verify({ onProgress: ({ done }) => seen.push(done) });
    expect(seen).toEqual(Array.from(seen, (_, i) => i + 1));
    expect(seen.length).toBeGreaterThan(10);
    await tree.close();
    await reader.close();
  }, 120_000);
});
