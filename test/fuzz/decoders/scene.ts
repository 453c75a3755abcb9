import { type Backend, InfinitreeError, Key } from '@infinitree/core';
import type { Credential } from '../../../packages/core/src/crypto/credential.js';
import { credentialsOf } from '../../../packages/core/src/crypto/key.js';
import type { KeyPair } from '../../../packages/core/src/crypto/key-pair.js';
import { headIdOfEpoch } from '../../../packages/core/src/crypto/own-ids.js';
import type { ObjectId } from '../../../packages/core/src/format/ids.js';
import { KEY_ROLES } from '../../../packages/core/src/format/key-record.js';
import { PAGE_SIZE, toPages } from '../../../packages/core/src/format/limits.js';
import type { ObjectContext } from '../../../packages/core/src/object/context.js';
import { buildHead, type HeadImage, parseHead } from '../../../packages/core/src/object/head-image.js';
import { sealFrame, sealMark } from '../../../packages/core/src/object/journal.js';
import { scanJournal } from '../../../packages/core/src/object/journal-scan.js';
import { buildKeyObject, openKeyObjects } from '../../../packages/core/src/object/key-object.js';
import { entryOf } from '../../../packages/core/src/tree/keys/registry.js';
import { decodeCheckpoint } from '../../../packages/core/src/tree/records/checkpoint.js';
import { decodeFrameBody } from '../../../packages/core/src/tree/records/commit.js';
import type { Fixture } from '../../../packages/core/test/vectors/fixture.js';
import type { Seeds } from '../seeds.js';

/** The beginning of a tree in storage: a key object, a head, and two frames in its journal. */
export interface Scene {
  readonly context: ObjectContext;
  readonly credential: Credential;
  readonly keyPair: KeyPair;
  readonly keyObject: Uint8Array;
  readonly head: HeadImage;
  readonly headBytes: Uint8Array;
  /** The bytes of the head from where its journal begins. */
  readonly journal: Uint8Array;
  readonly checkpoint: Uint8Array;
  readonly frameBody: Uint8Array;
}

export async function makeScene({ context, random, suite }: Fixture, seeds: Seeds): Promise<Scene> {
  const { keys } = context;
  const [credential] = credentialsOf(Key.fromBytes(random.bytes(32))) as [Credential];
  await credential.derive(suite);
  const keyPair = await credential.pose(suite, context.entropy, {});
  const entry = entryOf(credential, keyPair, { id: random.bytes(16), created: 0, label: '', role: KEY_ROLES.all });
  const keyObject = buildKeyObject(context, entry.keyObjects[0], entry, entry.id);
  const checkpoint = firstGood(seeds.vectors('checkpoint'), decodeCheckpoint);
  const frameBody = firstGood(seeds.vectors('frame-body'), decodeFrameBody);
  const numbers = { epoch: 3, headSequence: 7, sweepSequence: 0 };
  const [writeNonce, previousHash] = [random.bytes(16), random.bytes(32)];
  const id = headIdOfEpoch(keys, numbers.epoch);
  const built = buildHead(context, { ...numbers, id, writeNonce, previousHash, checkpoint });
  if (built === undefined) throw new Error('The checkpoint does not fit.');
  const journal = writeJournal(context, built.image, frameBody, writeNonce);
  built.bytes.set(journal, built.image.header.journalStart);
  return {
    context,
    credential,
    keyPair,
    keyObject,
    head: built.image,
    headBytes: built.bytes,
    journal,
    checkpoint,
    frameBody,
  };
}

function writeJournal(
  context: ObjectContext,
  { id, header, hash }: HeadImage,
  body: Uint8Array,
  writeNonce: Uint8Array,
) {
  const pages: Uint8Array[] = [];
  let [offset, previousHash] = [header.journalStart, hash];
  for (const number of [1, 2]) {
    const headSequence = header.headSequence + number;
    const input = { head: id, offset, epoch: header.epoch, headSequence, writeNonce, previousHash, body };
    const sealed = sealFrame(context, context.entropy.draw(), input);
    if (sealed === undefined) throw new Error('The body does not fit.');
    const mark = sealMark(context, context.entropy.draw(), id, header.epoch, sealed.frame);
    pages.push(sealed.bytes, mark);
    [offset, previousHash] = [sealed.frame.markOffset + mark.length, sealed.frame.hash];
  }
  return new Uint8Array(Buffer.concat(pages));
}

/** Reads a head as far as opening a tree does, but for its journal. */
export function readHead({ context }: Scene, id: ObjectId, bytes: Uint8Array): unknown {
  const image = parseHead(context, id, bytes);
  if (image === undefined) throw new InfinitreeError('CORRUPT', 'That is no head.');
  return decodeCheckpoint(image.checkpoint);
}

/** Pages behind a journal that hold nothing; each is tried, and more of them show nothing new. */
const EMPTY_PAGES = 2;

/** A head with another journal in it, as far as it is worth reading. */
export function withJournal({ head, headBytes }: Scene, journal: Uint8Array): Uint8Array {
  const { journalStart } = head.header;
  const length = toPages(journalStart + journal.length) + EMPTY_PAGES * PAGE_SIZE;
  const bytes = new Uint8Array(Math.min(length, headBytes.length));
  bytes.set(headBytes.subarray(0, journalStart));
  bytes.set(journal.subarray(0, bytes.length - journalStart), journalStart);
  return bytes;
}

export function readJournal(context: ObjectContext, image: HeadImage, bytes: Uint8Array): unknown {
  const { frames, continues } = scanJournal(context, image, bytes);
  if (continues) throw new InfinitreeError('CORRUPT', 'The journal is damaged.');
  if (frames.length === 0) throw new InfinitreeError('CORRUPT', 'The journal is empty.');
  return frames.map(({ body }) => decodeFrameBody(body));
}

/** Opens a key object that a storage gives. */
export function readKeyObject({ context, credential }: Scene, bytes: Uint8Array): unknown {
  const backend = { keyObjects: { get: async () => bytes } } as unknown as Backend;
  return openKeyObjects(backend, context.keys.suite, credential, {});
}

function firstGood(candidates: readonly Uint8Array[], decode: (bytes: Uint8Array) => unknown): Uint8Array {
  const found = candidates.find((bytes) => {
    try {
      decode(bytes);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error('None of the vectors is good.');
  return found;
}
