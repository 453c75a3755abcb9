import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBackend } from '@infinitree/backend-directory';
import { type Backend, type ChunkPointer, Infinitree, Key } from '@infinitree/core';
import { concat } from '../../packages/core/src/bytes/concat.js';
import { objectKey, openChunk } from '../../packages/core/src/crypto/chunk.js';
import { encodedLabel } from '../../packages/core/src/crypto/derive.js';
import type { TreeKeys } from '../../packages/core/src/crypto/tree-keys.js';
import { idBytes } from '../../packages/core/src/format/id-bytes.js';
import { toObjectId } from '../../packages/core/src/format/ids.js';
import { LABELS, type Label } from '../../packages/core/src/format/labels.js';
import { Walk } from '../../packages/core/src/tree/care/walk.js';
import { partsOf } from '../../packages/core/src/tree/tree-parts.js';
import { findInMemory } from './memory.js';
import { OBJECT_SIZE, Shelf } from './shelf.js';

/**
 * Has another process write to a split tree, and looks for what opens what it wrote: in its memory after it has closed the
 * tree, and by trying all that follows from its key. Prints how often it found what.
 */
export async function main(writer: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'captured-'));
  const [readers, workers] = [Key.splitReader(Key.random()), Key.random()];
  const backend = await DirectoryBackend.open(folder);
  const owner = await Infinitree.create(Shelf, { backend, key: readers, objectSize: OBJECT_SIZE });
  await owner.keys.add(Key.splitWriter(workers));
  await owner.close();
  const child = spawn(process.execPath, ['--expose-gc', writer, folder, workers.toText()], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    const tree = await Infinitree.open(Shelf, { backend, key: readers, readonly: true });
    const { keys } = partsOf(tree).session.context;
    const pointers = await pointersOf(tree);
    const print = (name: string, figure: number) => process.stdout.write(`${name} ${figure}\n`);
    print('chunks', pointers.length);
    print('opened by the reader', await opened(backend, keys, pointers, (one) => [keyOf(keys, one)]));
    const worker = await Infinitree.open(Shelf, { backend, key: Key.splitWriter(workers), readonly: true });
    const captured = partsOf(worker).session.context.keys;
    print('opened by what was captured', await opened(backend, captured, pointers, (one) => guesses(captured, one)));
    report(print, child.pid ?? 0, keys, pointers);
    await worker.close();
    await tree.close();
  } finally {
    child.kill();
    await rm(folder, { recursive: true });
  }
  return 0;
}

function report(
  print: (name: string, figure: number) => void,
  pid: number,
  keys: TreeKeys,
  pointers: readonly ChunkPointer[],
): void {
  const objectKeys = pointers.map((pointer, i) => [`key ${i}`, keyOf(keys, pointer)] as const);
  const storage = keys.storage!;
  const wanted = new Map([...objectKeys, ['secret', storage.copySecretKey()!], ['public', storage.publicKey]]);
  let found: ReadonlyMap<string, number>;
  try {
    found = findInMemory(pid, wanted);
  } catch (error) {
    process.stdout.write(`the memory of another process cannot be read here: ${(error as Error).message}\n`);
    return;
  }
  const times = (name: string) => found.get(name) ?? 0;
  print('public halves in memory', times('public'));
  print('secret halves in memory', times('secret'));
  print(
    'object keys in memory',
    objectKeys.reduce((sum, [name]) => sum + times(name), 0),
  );
}

/** Every chunk in a storage object. */
async function pointersOf(tree: Infinitree<Shelf>): Promise<ChunkPointer[]> {
  const { session } = partsOf(tree);
  const pointers = new Map<string, ChunkPointer>();
  const visitor = {
    object: () => undefined,
    entries: () => undefined,
    fault: (error: Error) => {
      throw error;
    },
    piece: ({ object, offset, pointer }: { object: string; offset: number; pointer: ChunkPointer | undefined }) => {
      if (pointer !== undefined) pointers.set(`${object} ${offset}`, pointer);
    },
  };
  await new Walk(session.context.keys, session.reader, visitor, { values: true }).state(session.snapshot);
  return [...pointers.values()];
}

function keyOf(keys: TreeKeys, { object, seal }: ChunkPointer): Uint8Array {
  return objectKey(keys, 'storage', toObjectId(object), seal)!;
}

/** How many chunks open with one of the keys that are tried for them. */
async function opened(
  backend: Backend,
  keys: TreeKeys,
  pointers: readonly ChunkPointer[],
  tried: (pointer: ChunkPointer) => readonly Uint8Array[],
): Promise<number> {
  let count = 0;
  for (const pointer of pointers) {
    const objectId = toObjectId(pointer.object);
    const { offset, size, tag, codec } = pointer;
    const bytes = (await backend.get(objectId, { range: [offset, offset + size] }))!;
    const place = { kind: 'storage', objectId, offset, codec } as const;
    if (tried(pointer).some((key) => openChunk(keys, place, concat(bytes, tag), key) !== undefined)) count += 1;
  }
  return count;
}

/** Everything that somebody might take for an object's key who has all that the writer had. */
function guesses(keys: TreeKeys, { object, seal }: ChunkPointer): Uint8Array[] {
  const { suite, storage } = keys;
  const [ephemeralKey, writer] = [seal!.slice(0, 32), seal!.slice(32)];
  const subkeys = (Object.keys(LABELS) as Label[]).map((label) => keys.subkey(label));
  const known = [keys.copyRootSecret(), ...subkeys, storage!.publicKey, ephemeralKey];
  const info = concat(encodedLabel('sealedObject'), keys.treeId, new Uint8Array(4), object, writer);
  const salt = concat(ephemeralKey, storage!.publicKey);
  const shared = known.flatMap((secret) => [
    secret,
    suite.x25519(secret, ephemeralKey),
    suite.x25519(secret, storage!.publicKey),
  ]);
  const agreed = shared.flatMap((secret) => (secret === undefined ? [] : [suite.hkdf(secret, salt, info, 32)]));
  const derived = subkeys.map((subkey, i) =>
    suite.hmac(subkey, encodedLabel(Object.keys(LABELS)[i] as Label), idBytes(toObjectId(object))),
  );
  return [...known, ...agreed, ...derived];
}
