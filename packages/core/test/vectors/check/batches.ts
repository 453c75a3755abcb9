import { toHex } from '../../../src/bytes/hex.js';
import { BatchKeys } from '../../../src/crypto/batch-keys.js';
import { dropboxOf, Key } from '../../../src/crypto/key.js';
import { keyPairOf } from '../../../src/crypto/key-pair.js';
import { decodeBatchHeader } from '../../../src/format/batch-header.js';
import { toObjectId } from '../../../src/format/ids.js';
import { isSigned, openBatch, openBatchContent } from '../../../src/object/batch-object.js';
import { checkVersion } from '../../../src/object/version.js';
import { decodeBatch } from '../../../src/tree/records/batch.js';
import { bytesOf, type Check, inHex, numberOf, textOf } from '../vector.js';
import { idOf } from './sealed.js';

const ANY_ID = toObjectId(new Uint8Array(32));

export const BATCH_CHECKS: Readonly<Record<string, Check>> = {
  'dropbox-key': ({ input }) => inHex(dropboxOf(Key.dropbox(textOf(input, 'text')))),
  'batch-id': ({ keys, input }, suite) => new BatchKeys(suite, bytesOf(keys, 'shared')).placeOf(idOf(input, 'id')),
  'batch-header': ({ input }) => {
    const header = decodeBatchHeader(bytesOf(input, 'plain'));
    if (header === undefined) return undefined;
    checkVersion('batch', ANY_ID, header);
    return inHex(header);
  },
  batch: ({ keys, input }, suite) => {
    const batch = new BatchKeys(suite, bytesOf(keys, 'shared'));
    const bytes = new Uint8Array(numberOf(input, 'size'));
    bytes.set(bytesOf(input, 'bytes'));
    const opened = openBatch(batch, idOf(input, 'id'), bytes);
    if (opened === undefined || !isSigned(suite, bytesOf(keys, 'verificationKey'), opened)) return undefined;
    const content = openBatchContent(batch, keyPairOf(suite, bytesOf(keys, 'secret')), opened);
    if (content === undefined) return undefined;
    const { chain, counter } = opened.header;
    return { chain, counter, content: toHex(content), manifestHash: toHex(opened.hash) };
  },
  'batch-record': ({ input }) => inHex(decodeBatch(bytesOf(input, 'bytes'))),
};
