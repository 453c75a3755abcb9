import { concat } from '../../../packages/core/src/bytes/concat.js';
import { encodeBlock } from '../../../packages/core/src/codec/block.js';
import { BatchKeys } from '../../../packages/core/src/crypto/batch-keys.js';
import { Key, keyOfDropbox } from '../../../packages/core/src/crypto/key.js';
import { keyPairOf } from '../../../packages/core/src/crypto/key-pair.js';
import { openHeader, sealHeader } from '../../../packages/core/src/crypto/sealed-header.js';
import { BATCH_HEADER, manifestOf } from '../../../packages/core/src/format/batch-header.js';
import { SEALED_HEADER, SEALED_HEADER_SIZE } from '../../../packages/core/src/format/header-layout.js';
import { isSigned, openBatch, openBatchContent, sealBatch } from '../../../packages/core/src/object/batch-object.js';
import { stageBatch } from '../../../packages/core/src/tree/dropbox/stage-batch.js';
import { decodeBatch, encodeBatch } from '../../../packages/core/src/tree/records/batch.js';
import { type Fixture, OBJECT_SIZE } from '../../../packages/core/test/vectors/fixture.js';
import { type Decoder, decoder } from '../decoder.js';
import { mutateBytes, mutateFields } from '../mutate/bytes.js';
import { mutateCbor } from '../mutate/cbor.js';
import { mutateText } from '../mutate/text.js';
import type { Seeds } from '../seeds.js';

const SALT = new Uint8Array(32).fill(7);
/** How much of a batch is changed: its header, its content and some of the padding. */
const CHANGED = 2048;

/** What workers hand in, changed by storage, by who knows its outer keys, and by the worker itself. */
export function batchDecoders({ suite, random, context }: Fixture, seeds: Seeds): Decoder[] {
  const keys = new BatchKeys(suite, random.bytes(32));
  const owners = keyPairOf(suite, random.bytes(32));
  const signing = random.bytes(32);
  const verificationKey = suite.verificationKey(signing);
  const block = encodeBlock({ keys: [1, 2], values: [{ a: 1 }, { a: 2 }] });
  const field = { name: 'f', type: 'versioned-map', strategy: 'local' };
  const record = encodeBatch({ message: 'm', changes: [{ field, cleared: true, blocks: [block] }] });
  const origin = { keys, entropy: context.entropy, treeId: SALT.slice(16), dropboxId: SALT.slice(16), signing };
  const part = {
    chain: 1,
    counter: 1,
    first: true,
    last: true,
    contentCodec: 0,
    time: 1,
    previousHash: SALT,
    content: record,
  };
  const key = keyOfDropbox({ ...origin, objectSizeLog2: 16, recipient: owners.publicKey, seed: signing });
  const { id, bytes } = sealBatch({ ...origin, recipient: owners.publicKey, objectSize: OBJECT_SIZE }, part);
  const headerKey = keys.headerKey();
  const plain = openHeader(suite, headerKey, 'batchHeader', id, bytes.subarray(0, SEALED_HEADER_SIZE)) as Uint8Array;
  const read = (input: Uint8Array) => {
    const opened = openBatch(keys, id, input);
    if (opened === undefined) return 'none';
    return [isSigned(suite, verificationKey, opened), openBatchContent(keys, owners, opened), manifestOf(plain).length];
  };
  const mutateFront = mutateFields(SEALED_HEADER);
  return [
    decoder<Uint8Array>({
      name: 'sealed batch',
      seeds: [bytes.subarray(0, CHANGED)],
      mutate: (source, input, other) => (source.int(2) === 0 ? mutateFront : mutateBytes)(source, input, other),
      decode: (input) => read(concat(input, bytes.subarray(CHANGED))),
    }),
    decoder<Uint8Array>({
      name: 'batch header',
      seeds: [plain],
      mutate: mutateFields(BATCH_HEADER),
      decode: (input) =>
        read(concat(sealHeader(suite, headerKey, 'batchHeader', id, SALT, input), bytes.subarray(SEALED_HEADER_SIZE))),
    }),
    decoder<Uint8Array>({
      name: 'batch record',
      seeds: [
        record,
        encodeBatch({ message: '', changes: [] }),
        ...seeds.vectors('batch-record'),
        ...seeds.bytes('batch record'),
      ],
      mutate: mutateCbor,
      decode: (input) => stageBatch({ fields: new Map() }, [], decodeBatch(input)).length,
    }),
    decoder<string>({
      name: 'key of a dropbox',
      seeds: [key.toText(), key.toText().toLowerCase(), ...seeds.texts('key of a dropbox')],
      mutate: mutateText,
      decode: (input) => Key.dropbox(input).toText(),
    }),
  ];
}
