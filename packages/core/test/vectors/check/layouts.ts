import { InfinitreeError } from '../../../src/errors.js';
import { decodeFrameHeader, decodeMark } from '../../../src/format/frame-layout.js';
import { decodeHeadHeader } from '../../../src/format/head-header.js';
import { toObjectId } from '../../../src/format/ids.js';
import { decodeKeyHeader } from '../../../src/format/key-header.js';
import { decodeKeyRecord } from '../../../src/format/key-record.js';
import type { HeadImage } from '../../../src/object/head-image.js';
import { scanJournal } from '../../../src/object/journal-scan.js';
import { checkVersion } from '../../../src/object/version.js';
import { makeFixture } from '../fixture.js';
import { bytesOf, type Check, inHex, type JsonObject, listOf, numberOf, treeKeysOf } from '../vector.js';
import { idOf } from './sealed.js';

const ANY_ID = toObjectId(new Uint8Array(32));

/** Headers are only looked at once their version is known. */
function versioned(record: Parameters<typeof checkVersion>[2] | undefined): unknown {
  if (record === undefined) return undefined;
  checkVersion('header', ANY_ID, record);
  return inHex(record);
}

const shown = (value: unknown) => (value === undefined ? undefined : inHex(value));

export const LAYOUT_CHECKS: Readonly<Record<string, Check>> = {
  'key-header': ({ input }) => versioned(decodeKeyHeader(bytesOf(input, 'plain'))),
  'key-record': ({ input }) => shown(decodeKeyRecord(bytesOf(input, 'plain'))),
  'head-header': ({ input }) => versioned(decodeHeadHeader(bytesOf(input, 'plain'))),
  'frame-header': ({ input }) => shown(decodeFrameHeader(bytesOf(input, 'plain'))),
  mark: ({ input }) => shown(decodeMark(bytesOf(input, 'plain'))),
  journal: ({ keys, input }, suite) => {
    const context = { ...makeFixture(suite, 0).context, keys: treeKeysOf(suite, keys) };
    const bytes = new Uint8Array(numberOf(input, 'size'));
    for (const piece of listOf(input, 'pieces') as readonly JsonObject[]) {
      bytes.set(bytesOf(piece, 'bytes'), numberOf(piece, 'offset'));
    }
    const [epoch, headSequence] = [numberOf(input, 'epoch'), numberOf(input, 'headSequence')];
    const header = { epoch, headSequence, journalStart: numberOf(input, 'journalStart') };
    const head = { id: idOf(input, 'head'), hash: bytesOf(input, 'hash'), header } as HeadImage;
    const { continues, ...journal } = scanJournal(context, head, bytes);
    // Beside a busy writer only reading again tells; these bytes stay as they are.
    if (continues) throw new InfinitreeError('CORRUPT', 'A frame in the middle does not open.');
    return inHex(journal);
  },
};
