import { Infinitree, isObjectId, Key, MemoryBackend } from '@infinitree/core';
import { FailingBackend, SeededRandom, TestClock } from '@infinitree/testing';
import { toHex } from '../../src/bytes/hex.js';
import { toUtf8 } from '../../src/bytes/utf8.js';
import { Garden } from '../vectors/garden.js';

const SIZE = 65_536;
const SECRET = 'a sentence that storage must not see';

/** A tree with something of everything; the same content twice. Made from a seed, so that it never fails by chance. */
async function storage(heads: 'cas' | 'epoch', split: boolean) {
  const random = new SeededRandom(5);
  const memory = new MemoryBackend({ heads });
  const backend = new FailingBackend(memory);
  const environment = { clock: new TestClock(), random };
  const plain = Key.fromBytes(random.bytes(32));
  const key = split ? Key.splitReader(plain) : plain;
  await using tree = await Infinitree.create(Garden, { backend, key, objectSize: SIZE, environment });
  const text = toHex(random.bytes(20_000));
  for (const id of [1, 2]) {
    tree.index.plants.set(id, { text });
    tree.index.notes.set(`${SECRET} ${id}`, `${text} ${SECRET}`);
    await tree.commit({ message: SECRET, data: SECRET });
  }
  const zeros = new Uint8Array(150_000);
  await tree.blobs.put(zeros);
  await tree.blobs.put(zeros);
  for (let i = 0; i < 12; i++) {
    tree.index.plants.set(i, toHex(random.bytes(1500)));
    await tree.commit(`${i}`);
  }
  const objects = new Map<string, Uint8Array>();
  for await (const id of memory.list()) objects.set(id, (await memory.get(id)) ?? new Uint8Array(0));
  return { backend, objects };
}

describe.each([
  ['cas', 'whole'],
  ['epoch', 'whole'],
  ['cas', 'split'],
  ['epoch', 'split'],
] as const)('storage with %s heads of a %s tree', (heads, kind) => {
  let seen: Awaited<ReturnType<typeof storage>>;
  beforeAll(async () => {
    seen = await storage(heads, kind === 'split');
  });

  test('sees objects of one size under names of one form', () => {
    for (const [id, bytes] of seen.objects) {
      expect(isObjectId(id)).toBe(true);
      expect(bytes).toHaveLength(SIZE);
    }
  });

  test('sees bytes that are spread evenly, in every object alike', () => {
    for (const bytes of seen.objects.values()) {
      const counts = new Float64Array(256);
      for (const byte of bytes) counts[byte]! += 1;
      const mean = SIZE / 256;
      const chiSquare = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
      // 255 degrees of freedom; one object in a million is further off.
      expect(chiSquare).toBeGreaterThan(160);
      expect(chiSquare).toBeLessThan(373);
    }
  });

  test('sees no name, key, value or message', () => {
    for (const word of [SECRET, 'plants', 'last_time', 'versioned-map']) {
      const wanted = Buffer.from(toUtf8(word));
      for (const bytes of seen.objects.values()) expect(Buffer.from(bytes).indexOf(wanted)).toBe(-1);
    }
  });

  test('does not see that content is the same', () => {
    const runs = new Set<string>();
    let count = 0;
    for (const bytes of seen.objects.values()) {
      const text = Buffer.from(bytes).toString('latin1');
      for (let at = 0; at + 8 <= text.length; at++) runs.add(text.slice(at, at + 8));
      count += text.length - 7;
    }
    // No eight bytes stand anywhere twice.
    expect(runs.size).toBe(count);
  });

  test('sees which objects are heads, since nothing else is written twice', () => {
    const written = (verbs: readonly string[]) =>
      seen.backend.log.filter(({ verb }) => verbs.includes(verb)).map(({ id }) => id);
    const once = written(['put', 'keyObjects.put', 'heads.create']);
    expect(new Set(once).size).toBe(once.length);
    const again = new Set(written(['heads.cas', 'heads.append']));
    expect(again.size).toBeGreaterThan(0);
    if (heads === 'cas') expect(again.size).toBe(2);
  });
});
