import { DirectoryBackend, type FilePort } from '@infinitree/backend-directory';
import type { ObjectId } from '@infinitree/core';
import { crashStates, SimulatedDisk } from '@infinitree/testing';
import { expect, test } from '@jest/globals';

const ID = 'ab'.repeat(32) as ObjectId;

test('a key object that was read is durable, also if whoever put it was killed before the last sync', async () => {
  const disk = new SimulatedDisk();
  const killed = new Promise<never>(() => undefined);
  let linked = (): void => undefined;
  const isLinked = new Promise<void>((resolve) => {
    linked = resolve;
  });
  const files = new Proxy<FilePort>(disk, {
    get: (_, name: keyof FilePort) => {
      if (name !== 'syncFolder' || disk.operations.at(-1)?.kind !== 'unlink') return disk[name].bind(disk);
      return (path: string) => (path.includes('objects') ? (linked(), killed) : disk.syncFolder(path));
    },
  });
  const first = await DirectoryBackend.open('/tree', { fileSystem: files });
  void first.keyObjects.put(ID, new Uint8Array(100));
  await isLinked;
  const second = await DirectoryBackend.open('/tree', { fileSystem: disk });
  expect(await second.keyObjects.get(ID)).toHaveLength(100);
  const states = [...crashStates(disk.initial, disk.operations)].filter(
    ({ boundary }) => boundary === disk.operations.length,
  );
  for (const state of states) {
    const after = new SimulatedDisk({ image: state.image() });
    const backend = await DirectoryBackend.open('/tree', { fileSystem: after });
    expect([state.survived, (await backend.keyObjects.get(ID))?.length]).toEqual([state.survived, 100]);
    await backend.close();
  }
  expect(states.length).toBeGreaterThan(0);
  await second.close();
});
