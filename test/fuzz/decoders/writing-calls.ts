import { Infinitree, Key, MemoryBackend, registerIndex, VersionedMap } from '@infinitree/core';
import { type Decoder, decoder } from '../decoder.js';
import { mutateValue } from '../mutate/values.js';

class Shelf {
  map = new VersionedMap<string, unknown>();
}
registerIndex(Shelf, { fields: [{ property: 'map', name: 'map' }] });

type Call = readonly [name: string, ...given: unknown[]];

const KEY = Key.fromBytes(new Uint8Array(32).fill(3));
/** A tree is given up after so many calls: what they have committed adds up. */
const CALLS = 2000;

/** Calls that write and take care of a tree, with options that are changed. */
export function writingCalls(): Decoder {
  const { signal } = new AbortController();
  const onProgress = () => undefined;
  const seeds: Call[] = [
    ['create', { key: KEY, objectSize: 65_536, environment: {}, takeover: false, signal }],
    ['commit', 'message'],
    ['commit', { message: 'message', data: { a: [1, new Date(0)] }, mode: 'always', signal, onProgress }],
    ['gc', { dryRun: true, olderThan: 5, signal, onProgress }],
    ['verify', { readData: true, signal, onProgress }],
    ['repair', { dryRun: true, from: new MemoryBackend(), signal, onProgress }],
    ['refresh', { onConflict: 'drop', signal }],
    ['watch', { interval: 1000, signal }],
    ['put', new Uint8Array(100), { dedup: true, size: 100, signal, onProgress }],
    ['write', new Uint8Array(100)],
  ];
  let shelf: Promise<Infinitree<Shelf>> | undefined;
  let calls = 0;
  return decoder<Call>({
    name: 'writing call',
    seeds,
    mutate: (random, [name, ...given], [, ...other]) => {
      const changed = mutateValue(random, given, other);
      return [name, ...(Array.isArray(changed) ? changed : [changed])];
    },
    decode: async ([name, ...given]) => {
      calls += 1;
      if (calls % CALLS === 0) {
        await (await shelf)?.close();
        shelf = undefined;
      }
      shelf ??= Infinitree.create(Shelf, { backend: new MemoryBackend(), key: KEY, objectSize: 65_536 });
      return made(await shelf, name, given as never[]);
    },
  });
}

/** The call, to its end; whatever it opens is closed. */
async function made(tree: Infinitree<Shelf>, name: string, [first, second]: never[]): Promise<unknown> {
  switch (name) {
    case 'create':
      return (await Infinitree.create(Shelf, elsewhere(first!))).close();
    case 'commit':
      return tree.commit(first);
    case 'gc':
      return tree.gc(first);
    case 'verify':
      return tree.verify(first);
    case 'repair':
      return tree.repair(first);
    case 'refresh':
      return tree.refresh(first);
    case 'watch':
      return tree.watch(first).return?.();
    case 'put':
      return tree.blobs.put(first!, second);
    default: {
      await using writer = tree.storageWriter();
      return await writer.write(first!);
    }
  }
}

/** The options with a storage of their own, where there is a place for one. */
function elsewhere(options: unknown): never {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options as never;
  return { ...options, backend: new MemoryBackend() } as never;
}
