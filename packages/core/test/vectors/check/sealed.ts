import type { Backend } from '@infinitree/core';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { openChunk, padding } from '../../../src/crypto/chunk.js';
import { derive } from '../../../src/crypto/derive.js';
import { credentialsOf, Key } from '../../../src/crypto/key.js';
import { keyPairOf } from '../../../src/crypto/key-pair.js';
import { type NextEpoch, openNextSecret, type SealedSecret } from '../../../src/crypto/next-secret.js';
import { epochOfClaim, epochOfHeadId, headIdOfSlot, isOwnId } from '../../../src/crypto/own-ids.js';
import { type BoxLabel, openSalted } from '../../../src/crypto/salted-box.js';
import { type HeaderLabel, openHeader } from '../../../src/crypto/sealed-header.js';
import { StorageKeys } from '../../../src/crypto/storage-keys.js';
import { openStorageSecret } from '../../../src/crypto/storage-secret.js';
import type { Suite } from '../../../src/crypto/suite.js';
import { TreeKeys } from '../../../src/crypto/tree-keys.js';
import { InfinitreeError } from '../../../src/errors.js';
import type { ChunkKind } from '../../../src/format/chunk-aad.js';
import { idBytes } from '../../../src/format/id-bytes.js';
import { isObjectId, type ObjectId } from '../../../src/format/ids.js';
import { LABELS, type Label } from '../../../src/format/labels.js';
import { openKeyObjects } from '../../../src/object/key-object.js';
import { keyOfMembers } from '../two-stages.js';
import { bytesOf, type Check, inHex, type JsonObject, listOf, numberOf, textOf, treeKeysOf } from '../vector.js';

export function idOf(members: JsonObject, name: string): ObjectId {
  const text = textOf(members, name);
  if (!isObjectId(text)) throw new InfinitreeError('INVALID_ARGUMENT', 'That is not an object id.');
  return text;
}

function labelOf(input: JsonObject): Label {
  const wanted = textOf(input, 'label');
  const found = Object.entries(LABELS).find(([, text]) => text === wanted)?.[0];
  if (found === undefined) throw new Error(`There is no label ${wanted}.`);
  return found as Label;
}

async function derived(key: Key, suite: Suite, input: JsonObject = {}) {
  const [credential] = credentialsOf(key);
  if (credential === undefined) throw new Error('The key has no credential.');
  await credential.derive(suite);
  const headerKey = toHex(credential.headerKey());
  const pair = inHex(
    await credential.answer(suite, fromHex((input['question'] as string | undefined) ?? '')!, {}),
  ) as JsonObject;
  return { keyObjectIds: [credential.keyObjectId(0), credential.keyObjectId(1)], headerKey, ...pair };
}

const nextEpochOf = (input: JsonObject): NextEpoch => ({
  treeId: bytesOf(input, 'treeId'),
  keyEpoch: numberOf(input, 'keyEpoch'),
});

const sealedSecretOf = (input: JsonObject): SealedSecret => ({
  ephemeralKey: bytesOf(input, 'ephemeralKey'),
  sealed: bytesOf(input, 'sealed'),
});

const plain = (bytes: Uint8Array | undefined) => bytes && { plain: toHex(bytes) };

export const SEALED_CHECKS: Readonly<Record<string, Check>> = {
  'tree-keys': ({ keys, expected }, suite) => {
    const tree = treeKeysOf(suite, keys);
    return Object.fromEntries(
      Object.keys(expected as object).map((label) => [label, toHex(tree.subkey(label as Label))]),
    );
  },
  derive: ({ keys, input }, suite) => {
    const context = listOf(input, 'context').map((part) => fromHex(part as string) ?? new Uint8Array(0));
    return { key: toHex(derive(suite, bytesOf(keys, 'parent'), labelOf(input), ...context)) };
  },
  'raw-key': ({ keys }, suite) => derived(Key.fromBytes(bytesOf(keys, 'bytes')), suite),
  password: ({ input }, suite) => {
    const { user, password, ...options } = input;
    return derived(Key.fromCredentials(user as string, password as string, options), suite);
  },
  'kms-key': ({ keys, input }, suite) => derived(keyOfMembers(keys, input), suite, input),
  'challenge-response-key': ({ keys, input }, suite) => derived(keyOfMembers(keys, input), suite, input),
  'key-object': async ({ keys, input }, suite) => {
    const [credential] = credentialsOf(keyOfMembers(keys));
    await credential!.derive(suite);
    const bytes = new Uint8Array(65_536);
    bytes.set(bytesOf(input, 'bytes'));
    const id = credential!.keyObjectId(numberOf(input, 'slot') === 0 ? 0 : 1);
    const get = (wanted: ObjectId) => Promise.resolve(wanted === id ? bytes : undefined);
    const backend = { keyObjects: { get } } as unknown as Backend;
    const [opened] = await openKeyObjects(backend, suite, credential!, {});
    if (opened === undefined) return undefined;
    const { record, keys: tree } = opened;
    const { storage } = tree;
    const storageKey = storage?.copySecretKey() ?? storage?.publicKey ?? record.storageKey;
    return inHex({ ...record, rootSecret: tree.copyRootSecret(), storageKey });
  },
  'next-secret': ({ keys, input }, suite) => {
    const to = { headerKey: bytesOf(keys, 'headerKey'), credentialId: bytesOf(input, 'credentialId') };
    const pair = keyPairOf(suite, bytesOf(keys, 'secretKey'));
    const secrets = openNextSecret(suite, nextEpochOf(input), to, pair, sealedSecretOf(input));
    return secrets && inHex({ rootSecret: secrets.subarray(0, 32), storageKey: secrets.subarray(32) });
  },
  'storage-secret': ({ keys, input }, suite) => {
    const pair = keyPairOf(suite, bytesOf(keys, 'secretKey'));
    const storageSecret = openStorageSecret(suite, nextEpochOf(input), pair, sealedSecretOf(input));
    return storageSecret && inHex({ storageSecret });
  },
  'own-id': ({ keys, input }, suite) => ({ own: isOwnId(treeKeysOf(suite, keys), idOf(input, 'id')) }),
  'head-of-epoch': ({ keys, input }, suite) => {
    return { epoch: epochOfHeadId(treeKeysOf(suite, keys), idOf(input, 'id')) ?? null };
  },
  'head-of-slot': ({ keys, input }, suite) => {
    return { id: headIdOfSlot(treeKeysOf(suite, keys), numberOf(input, 'slot') === 0 ? 0 : 1) };
  },
  claim: ({ keys, input }, suite) => ({ epoch: epochOfClaim(treeKeysOf(suite, keys), idOf(input, 'name')) ?? null }),
  'sealed-header': ({ keys, input }, suite) => {
    const label = labelOf(input) as HeaderLabel;
    return plain(openHeader(suite, bytesOf(keys, 'parent'), label, idOf(input, 'id'), bytesOf(input, 'bytes')));
  },
  'salted-box': ({ keys, input }, suite) => {
    const [context, aad] = [bytesOf(input, 'context'), bytesOf(input, 'aad')];
    const label = labelOf(input) as BoxLabel;
    return plain(openSalted(suite, bytesOf(keys, 'parent'), label, context, aad, bytesOf(input, 'box')));
  },
  padding: ({ keys, input }, suite) => {
    const tree = treeKeysOf(suite, keys);
    return {
      bytes: toHex(padding(tree, idBytes(idOf(input, 'id')), bytesOf(input, 'salt'), numberOf(input, 'length'))),
    };
  },
  chunk: ({ keys, input }, suite) => {
    const tree = treeKeysOf(suite, keys);
    const kind = textOf(input, 'objectKind') as ChunkKind;
    const objectId = idOf(input, 'object');
    const place = { kind, objectId, offset: numberOf(input, 'offset'), codec: numberOf(input, 'codec') };
    return plain(openChunk(tree, place, bytesOf(input, 'bytes')));
  },
  'sealed-chunk': ({ keys, input }, suite) => {
    const storage = StorageKeys.ofReader(suite, new Uint8Array(16), bytesOf(keys, 'storageSecret'));
    const tree = new TreeKeys(suite, bytesOf(keys, 'root'), bytesOf(keys, 'treeId'), 0, storage);
    const [offset, codec] = [numberOf(input, 'offset'), numberOf(input, 'codec')];
    const place = {
      kind: 'storage',
      objectId: idOf(input, 'object'),
      offset,
      codec,
      seal: bytesOf(input, 'seal'),
    } as const;
    return plain(openChunk(tree, place, bytesOf(input, 'bytes')));
  },
};
