// A split tree is given new keys by who reads it. Its storage key pair stays: what was sealed to it is not of the root secret.
import { code, codeOf, DAY, found, KINDS, SplitWorld, work } from './scene.js';

describe.each(KINDS)('%s heads', (heads) => {
  test('both roles go on, and read and write what they did before', async () => {
    const world = await SplitWorld.make(heads);
    let writer = await world.write();
    const { blobs } = await work(writer);
    await writer.close();
    const reader = await world.read();
    expect(await found(reader)).toEqual({ blobs });
    const epochs: number[] = [];
    for (let round = 0; round < 2; round++) {
      epochs.push((await reader.rotate()).keyEpoch);
      expect((await reader.verify({ readData: true })).faults).toEqual([]);
    }
    expect(epochs).toEqual([1, 2]);
    expect(await found(reader)).toEqual({ blobs });
    await reader.close();

    writer = await world.write();
    expect(await codeOf(() => writer.get('apart', 1))).toBe(code('UNSUPPORTED'));
    writer.index.apart.set(5000, { i: 5000, text: 'under new keys' });
    const ref = await writer.blobs.put(new Uint8Array(70_000).fill(7));
    writer.index.files.set('new', ref);
    await writer.commit('under new keys');
    await writer.close();

    await world.asReader(async (tree) => {
      expect(await tree.get('apart', 5000)).toEqual({ i: 5000, text: 'under new keys' });
      expect(await tree.get('apart', 1)).toEqual({ i: 1, text: 'again 1' });
      const chunks: number[] = [];
      for await (const chunk of tree.blobs.get((await tree.get('files', 'new')) as typeof ref))
        chunks.push(chunk.length);
      expect(chunks.reduce((a, b) => a + b, 0)).toBe(70_000);
      world.clock.advance(2 * DAY);
      await tree.gc();
      expect((await tree.verify({ readData: true })).faults).toEqual([]);
    });
  });

  test('who only writes gives no new keys, finishes what was begun, and is shut out when it was removed', async () => {
    const world = await SplitWorld.make(heads);
    const writer = await world.write();
    expect(await codeOf(() => writer.rotate())).toBe(code('UNSUPPORTED'));
    await writer.close();
    const reader = await world.read();
    const worker = reader.keys.list().find(({ role }) => role === 'writer');
    await reader.keys.remove(worker!.id);
    await reader.rotate();
    await reader.close();
    expect(await codeOf(() => world.write())).toBe(code('WRONG_KEY'));
    await world.asReader(async (tree) => {
      await tree.keys.add(world.writer);
    });
    await (await world.write()).close();
  });
});
