import { Infinitree, Key, VersionedMap } from '@infinitree/core';
import { fieldSuite } from '@infinitree/testing';
import { describe, expect, test } from '@jest/globals';
import { CountingBackend } from '../src/counting-backend.js';
import { Gallery } from '../src/gallery.js';
import { apartAbove } from '../src/large-apart.js';

const MEBIBYTE = 1024 * 1024;

type State = [string, Uint8Array][];

fieldSuite({ describe, test, expect }, 'A map with large values apart', {
  make: () => new VersionedMap<string, Uint8Array>(),
  strategy: apartAbove(1000),
  values: () => [new Uint8Array(1000).fill(1), new Uint8Array(1001).fill(2)],
  initial: [] as State,
  read: (map) => [...map],
  operations: [
    {
      name: 'set a small one and a large one',
      blind: true,
      apply: (map, [small, large]) => void map.set('large', large).set('small', small),
      model: (_, [small, large]): State => [
        ['large', large],
        ['small', small],
      ],
    },
    {
      name: 'make them small and large',
      blind: true,
      apply: (map, [small, large]) => void map.set('large', small).set('small', large),
      model: (_, [small, large]): State => [
        ['large', small],
        ['small', large],
      ],
    },
    {
      name: 'delete',
      blind: true,
      apply: (map) => map.delete('large'),
      model: (state) => state.filter(([key]) => key !== 'large'),
    },
  ],
});

test.each([
  [MEBIBYTE, 'among', (read: number) => read > MEBIBYTE],
  [MEBIBYTE + 1, 'apart from', (read: number) => read < 10_000],
])('a value of %d bytes is kept %s the keys', async (size, _, expected) => {
  await using backend = new CountingBackend();
  const key = Key.random();
  await using writer = await Infinitree.create(Gallery, { backend, key });
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  writer.index.pictures.set('one', bytes);
  await writer.commit();
  await using tree = await Infinitree.open(Gallery, { backend, key, readonly: true });
  const before = backend.bytesRead;
  for await (const [name] of tree.entries('pictures', { keysOnly: true })) expect(name).toBe('one');
  expect(expected(backend.bytesRead - before)).toBe(true);
});
