import { Key, type KmsProvider, MemoryBackend, type ObjectId } from '@infinitree/core';
import { type SeededRandom, SoftwareResponder } from '@infinitree/testing';
import { toUtf8 } from '../../src/bytes/utf8.js';
import { credentialsOf } from '../../src/crypto/key.js';
import { headIdOfEpoch, headIdOfSlot } from '../../src/crypto/own-ids.js';
import { StorageKeys } from '../../src/crypto/storage-keys.js';
import type { Suite } from '../../src/crypto/suite.js';
import { TreeKeys } from '../../src/crypto/tree-keys.js';
import { KEY_ROLES } from '../../src/format/key-record.js';
import type { ObjectContext } from '../../src/object/context.js';
import { buildHead } from '../../src/object/head-image.js';
import { sealFrame, sealMark } from '../../src/object/journal.js';
import { buildKeyObject } from '../../src/object/key-object.js';
import { ObjectWriter } from '../../src/object/object-writer.js';
import { entryOf } from '../../src/tree/keys/registry.js';
import { makeFixture } from '../vectors/fixture.js';

interface Scene {
  readonly suite: Suite;
  readonly random: SeededRandom;
  readonly context: ObjectContext;
}

type Objects = AsyncGenerator<Uint8Array>;

/** What all objects hold, over and over: nothing of it is to show. */
const TEXT = toUtf8('the same text in every object, again and again; '.repeat(20));

/** How each kind of object is made, without an end. */
const MAKERS: Readonly<Record<string, (scene: Scene) => Objects>> = {
  'key object': keyObjects,
  head: heads,
  index: (scene) => chunks(scene, 'index'),
  storage: (scene) => chunks(scene, 'storage'),
};

export const OBJECT_KINDS = Object.keys(MAKERS);

/** That many objects of a kind, as storage sees them. */
export async function* objectsOf(kind: string, suite: Suite, count: number): Objects {
  const { context, random } = makeFixture(suite, 8000 + OBJECT_KINDS.indexOf(kind));
  let left = count;
  for await (const bytes of MAKERS[kind]!({ suite, random, context })) {
    if (left-- === 0) return;
    yield bytes;
  }
}

/** The same tree, split. */
function splitContext({ suite, random, context }: Scene): ObjectContext {
  const { treeId, keyEpoch } = context.keys;
  const storage = StorageKeys.ofReader(suite, random.bytes(16), random.bytes(32));
  return { ...context, keys: new TreeKeys(suite, context.keys.copyRootSecret(), treeId, keyEpoch, storage) };
}

/** Of every kind and role of key, and each ten times for the same key: under the same id, with the same question. */
async function* keyObjects(scene: Scene): Objects {
  const { suite, random, context: whole } = scene;
  const split = splitContext(scene);
  for (let made = 0; ; made++) {
    const role = [KEY_ROLES.all, KEY_ROLES.reader, KEY_ROLES.writer][made % 3]!;
    const context = role === KEY_ROLES.all ? whole : split;
    const kinds = [
      Key.fromBytes(random.bytes(32)),
      Key.fromCredentials(`user ${made}`, 'password'),
      Key.fromKms(plainKms(random), { finder: Key.fromBytes(random.bytes(32)) }),
      Key.fromChallengeResponse(new SoftwareResponder(random.bytes(20)), { finder: Key.fromBytes(random.bytes(32)) }),
    ];
    const quick = { ...suite, argon2id: (password: Uint8Array, salt: Uint8Array) => suite.sha256(password, salt) };
    for (const key of kinds) {
      const credential = await credentialsOf(key)[0]!.derive(quick);
      const posed = await credential.pose(suite, context.entropy, {});
      const entry = entryOf(credential, posed, { id: random.bytes(16), created: 0, label: '', role });
      for (let i = 0; i < 10; i++) yield buildKeyObject(context, entry.keyObjects[(i % 2) as 0 | 1], entry, entry.id);
    }
  }
}

/** A service whose answers show what they are, as those of real ones do: most of a question is always the same. */
function plainKms(random: SeededRandom): KmsProvider {
  const [beginning, kept] = [TEXT.subarray(0, 150), random.bytes(32)];
  return {
    keyId: 'of a test',
    async wrap(secret) {
      kept.set(secret);
      return Uint8Array.from([...beginning, ...random.bytes(32)]);
    },
    unwrap: async () => kept.slice(),
  };
}

/** Of both protocols, with and without a journal, small and large, and over and over under the same two ids. */
async function* heads({ random, context }: Scene): Objects {
  const [previousHash, writeNonce] = [new Uint8Array(32), new Uint8Array(16)];
  for (let made = 0; ; made++) {
    const slots = made % 2 === 0;
    const id = slots ? headIdOfSlot(context.keys, made % 4 === 0 ? 0 : 1) : headIdOfEpoch(context.keys, made);
    const checkpoint = made % 3 === 0 ? TEXT : random.bytes(1 + (made % 30) * 1000);
    const numbers = { epoch: made, headSequence: made, sweepSequence: 0 };
    const built = buildHead(context, { ...numbers, id, writeNonce, previousHash, checkpoint })!;
    let offset = built.image.header.journalStart;
    for (let frames = slots ? 0 : made % 5; frames > 0; frames--) {
      const draw = context.entropy.draw();
      const input = { head: id, offset, epoch: made, headSequence: made, writeNonce, previousHash, body: TEXT };
      const { bytes, frame } = sealFrame(context, draw, input)!;
      built.bytes.set(bytes, offset);
      const mark = sealMark(context, draw, id, made, frame);
      built.bytes.set(mark, frame.markOffset);
      offset = frame.markOffset + mark.length;
    }
    yield built.bytes;
  }
}

/** Filled a little, half and to the end, with the same again and again; every other one in a split tree. */
async function* chunks(scene: Scene, kind: 'index' | 'storage'): Objects {
  const contexts = [scene.context, splitContext(scene)] as const;
  for (let made = 0; ; made++) {
    const context = contexts[(made % 2) as 0 | 1];
    const backend = new MemoryBackend();
    const begun: ObjectId[] = [];
    const writer = new ObjectWriter({ ...context, backend }, kind, { onBegin: (id) => begun.push(id) });
    for (let i = 0; i <= (made % 3) * 30; i++) await writer.write(0, TEXT);
    await writer.flush();
    yield (await backend.get(begun[0]!))!;
  }
}
