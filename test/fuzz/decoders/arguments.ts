import {
  Infinitree,
  Key,
  MemoryBackend,
  openBackend,
  registerBackend,
  registerIndex,
  requireObjectId,
  VersionedMap,
} from '@infinitree/core';
import { SimulatedDisk } from '@infinitree/testing';
import { DirectoryBackend } from '../../../packages/backend-directory/src/directory.js';
import { idsAmong, Layout } from '../../../packages/backend-directory/src/layout.js';
import { fromCanonical, toCanonical } from '../../../packages/core/src/codec/canonical-key.js';
import { decodeKey } from '../../../packages/core/src/codec/key-decode.js';
import { encodeKey } from '../../../packages/core/src/codec/key-encode.js';
import { claimName, epochOfClaim, epochOfHeadId, headIdOfEpoch } from '../../../packages/core/src/crypto/own-ids.js';
import type { Fixture } from '../../../packages/core/test/vectors/fixture.js';
import { type Decoder, decoder } from '../decoder.js';
import { mutateText } from '../mutate/text.js';
import { mutateValue } from '../mutate/values.js';
import type { Seeds } from '../seeds.js';
import { writingCalls } from './writing-calls.js';

class Box {
  map = new VersionedMap<string, unknown>();
}
registerIndex(Box, { fields: [{ property: 'map', name: 'map' }] });

type Call = readonly [name: string, ...given: unknown[]];

/** What applications, users and other programs hand over: names, places, keys, references and options. */
export async function argumentDecoders({ keys }: Fixture, seeds: Seeds): Promise<Decoder[]> {
  registerBackend('file', (url, options) =>
    DirectoryBackend.open(url, { ...options, fileSystem: new SimulatedDisk() }),
  );
  const layout = new Layout('/store');
  const names = [claimName(keys, 1), headIdOfEpoch(keys, 2 ** 52), 'ab'.repeat(32)];
  const text = (name: string, own: readonly string[], decode: (input: string) => unknown): Decoder =>
    decoder<string>({ name, seeds: [...own, ...seeds.texts(name)], mutate: mutateText, decode });
  return [
    text('backend url', URLS, async (input) => (await openBackend(input)).close()),
    text('object id', names, (input) => {
      requireObjectId(input as never);
      if (!layout.object(input as never).startsWith('/store/objects/')) throw new Error('A path leads out.');
    }),
    text('name of a claim', names, (input) =>
      idsAmong([input]).map((id) => [epochOfClaim(keys, id), epochOfHeadId(keys, id), layout.epoch(id)]),
    ),
    decoder<unknown>({ name: 'index key', seeds: KEYS, mutate: mutateValue, decode: thereAndBack }),
    await calls(),
    writingCalls(),
  ];
}

const URLS = [
  'memory:',
  'memory:name',
  'file:///var/lib/app',
  'file://host/x%2fy',
  'file:///C:/x%00',
  's3://bucket/prefix?region=eu',
  'minio://user:secret@host:9000/bucket',
  'cache:?token=x#sig=y',
  // A pattern once began anew at each of these.
  `minio${':'.repeat(20_000)}`,
];

const KEYS: unknown[] = [true, 5, 5n, 'text', new Uint8Array(3), [1, ['x', 2n], new Uint8Array(1)], [], -0];

function thereAndBack(input: unknown): void {
  const key = toCanonical(input as never);
  const encoded = encodeKey(key);
  const decoded = decodeKey(encoded, 0);
  if (decoded.key !== key || decoded.end !== encoded.length) throw new Error('A key is not what it was.');
  if (toCanonical(fromCanonical(key)) !== key) throw new Error('A key has two forms.');
}

/** Calls with options, references and pointers that are changed. */
async function calls(): Promise<Decoder> {
  const backend = new MemoryBackend();
  const key = Key.fromBytes(new Uint8Array(32));
  await using writer = await Infinitree.create(Box, { backend, key, objectSize: 65_536 });
  const ref = await writer.blobs.put(new Uint8Array(70_000));
  const storage = writer.storageWriter();
  const pointer = await storage.write(new Uint8Array(100));
  writer.index.map.set('ref', ref);
  const { id } = (await writer.commit('first'))!;
  const { head } = writer;
  const tree = await Infinitree.open(Box, { backend, key, readonly: true });
  const signal = new AbortController().signal;
  const seeds: Call[] = [
    ['open', { backend, key, readonly: true, expectHead: head, environment: {}, signal }],
    ['blob', ref, { start: 0, end: 10, signal }],
    ['chunk', pointer, { signal }],
    ['load', 'map', { where: () => true, commits: { range: ['HEAD~0', id] }, signal }],
    ['at', 'HEAD~0', { signal }],
    ['get', 'map', 'ref', { signal }],
    ['getMany', 'map', ['ref', 'none'], { signal }],
    ['entries', 'map', { gte: 'a', lt: 'z', limit: 5, reverse: true, keysOnly: false, signal }],
    ['set', 'key', { a: [1, new Date(0)] }, { freeze: true }],
  ];
  return decoder<Call>({
    name: 'call',
    seeds,
    mutate: (random, [name, ...given], [, ...other]) => {
      const changed = mutateValue(random, given, other);
      return [name, ...(Array.isArray(changed) ? changed : [changed])];
    },
    decode: ([name, ...given]) => made(tree, name, given as never[]),
  });
}

/** The call, to its end; whatever it opens is closed. */
async function made(tree: Infinitree<Box>, name: string, [first, second, third]: never[]): Promise<unknown> {
  switch (name) {
    case 'open':
      return (await Infinitree.open(Box, first!)).close();
    case 'blob':
      return gone(tree.blobs.get(first!, second));
    case 'chunk':
      return tree.storageReader().read(first!, second);
    case 'load':
      return tree.load(first!, second!);
    case 'at':
      return tree.at(first!);
    case 'get':
      return tree.get(first!, second!, third);
    case 'getMany':
      return tree.getMany(first!, second!, third);
    case 'entries':
      return gone(tree.entries(first!, second!));
    default:
      return new VersionedMap<never, never>(third).set(first!, second!);
  }
}

async function gone(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}
