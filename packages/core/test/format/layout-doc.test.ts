import { MemoryBackend, type ObjectId } from '@infinitree/core';
import { Layout } from '../../../backend-directory/src/layout.js';
import { lockName } from '../../src/crypto/own-ids.js';
import { openSalted } from '../../src/crypto/salted-box.js';
import { loadSuite } from '../../src/crypto/suite.js';
import { BATCH_HEADER, RECORD_BATCH } from '../../src/format/batch-header.js';
import { DROPBOX_KEY, DROPBOX_KEY_SIZE } from '../../src/format/dropbox-key.js';
import { SPLIT_FEATURE } from '../../src/format/features.js';
import {
  FRAME_HEADER,
  FRAME_HEADER_SIZE,
  JOURNAL_FRAME,
  JOURNAL_MARK,
  MARK,
  MARK_SIZE,
} from '../../src/format/frame-layout.js';
import { HEAD_HEADER, RECORD_HEAD, RECORD_KEY_OBJECT } from '../../src/format/head-header.js';
import {
  HEADER_PLAIN_SIZE,
  KEY_OBJECT_HEADERS,
  SALTED_BOX_OVERHEAD,
  SEALED_HEADER_SIZE,
} from '../../src/format/header-layout.js';
import { idBytes } from '../../src/format/id-bytes.js';
import { CREDENTIAL_KINDS, KEY_HEADER } from '../../src/format/key-header.js';
import { KEY_RECORD, KEY_ROLES } from '../../src/format/key-record.js';
import { FORMAT_VERSION, MAX_FRAME_BODY, PAGE_SIZE, toPages } from '../../src/format/limits.js';
import { checkpointRoom } from '../../src/object/head-image.js';
import { WriterLock } from '../../src/tree/lock.js';
import { makeFixture } from '../vectors/fixture.js';
import { expectLayout, Page, quoted } from './page.js';

const page = new Page('format/layout.md');
const sizes = (name: string) => page.rowsAfter(`<!-- table: ${name} -->`).map(([offset, size]) => [offset, size]);

describe('the layouts of the page are those of the code', () => {
  test.each([
    ['key header', KEY_HEADER, HEADER_PLAIN_SIZE],
    ['key record', KEY_RECORD, HEADER_PLAIN_SIZE],
    ['head header', HEAD_HEADER, HEADER_PLAIN_SIZE],
    ['batch header', BATCH_HEADER, HEADER_PLAIN_SIZE],
    ['dropbox key', DROPBOX_KEY, DROPBOX_KEY_SIZE],
    ['frame header', FRAME_HEADER, FRAME_HEADER_SIZE],
    ['mark', MARK, MARK_SIZE],
    ['mark page', { mark: [0, 112], padding: [112, 3984] }, PAGE_SIZE],
  ])('%s', (name, layout, size) => {
    expectLayout(page.layoutOf(name), layout, size);
  });

  test('layouts of no fixed size', () => {
    const header = String(SEALED_HEADER_SIZE);
    const frame = String(FRAME_HEADER_SIZE + SALTED_BOX_OVERHEAD);
    expect(sizes('object')).toEqual([
      ['0', 'n'],
      ['n', 'S − n'],
    ]);
    expect(sizes('key object')).toEqual([
      ['0', header],
      [header, header],
      [String(KEY_OBJECT_HEADERS), `S − ${KEY_OBJECT_HEADERS}`],
    ]);
    expect(sizes('head')).toEqual([
      ['0', header],
      [header, 'n'],
      [`${header} + n`, `S − ${header} − n`],
    ]);
    expect(sizes('batch')).toEqual([
      ['0', header],
      [header, 'n'],
      [`${header} + n`, `S − ${header} − n`],
    ]);
    expect(sizes('frame')).toEqual([
      ['0', frame],
      [frame, 'n'],
      [`${frame} + n`, 'p'],
    ]);
    expect(sizes('mark page')[0]).toEqual(['0', String(MARK_SIZE + SALTED_BOX_OVERHEAD)]);
  });

  test('every table with a name is compared', () => {
    const names = [
      'object',
      'key object',
      'key header',
      'key record',
      'head',
      'head header',
      'batch',
      'batch header',
      'dropbox key',
      'frame',
      'frame header',
      'mark page',
      'mark',
      'lock note',
    ];
    expect(page.marked('table')).toEqual(names);
  });
});

test('the numbers of the page are those of the code', () => {
  const value = (name: string, field: string) => {
    const row = page.rowsAfter(`<!-- table: ${name} -->`).find((cells) => cells[2]?.startsWith(`\`${field}\``));
    return Number(/: (\d+)/.exec(row?.[2] ?? '')?.[1]);
  };
  for (const name of ['key header', 'head header', 'batch header'])
    expect(value(name, 'formatVersion')).toBe(FORMAT_VERSION);
  expect(value('key header', 'record')).toBe(RECORD_KEY_OBJECT);
  expect(value('head header', 'record')).toBe(RECORD_HEAD);
  expect(value('batch header', 'record')).toBe(RECORD_BATCH);
  expect(value('frame header', 'kind')).toBe(JOURNAL_FRAME);
  expect(value('mark', 'kind')).toBe(JOURNAL_MARK);
  const kinds = page.rowsAfter('what they are called:').map(([kind, name]) => [quoted(name), Number(kind)]);
  expect(kinds).toEqual(Object.entries(CREDENTIAL_KINDS));
  expect(page.prose).toContain(
    `\`role\`: ${KEY_ROLES.all} all; in a split tree ${KEY_ROLES.reader} reader, ${KEY_ROLES.writer} writer`,
  );
  for (const name of ['key header', 'head header']) expect(value(name, 'incompatibleFeatures')).toBe(SPLIT_FEATURE);
  expect(page.prose).toContain(`rounded up to whole pages of ${PAGE_SIZE} bytes`);
  expect(page.prose).toContain(`packed it has at most ${MAX_FRAME_BODY.toLocaleString('en')} bytes`);
  // The pages that the largest frame, its mark and the header behind it take.
  const largest = toPages(MAX_FRAME_BODY + FRAME_HEADER_SIZE + 2 * SALTED_BOX_OVERHEAD) / PAGE_SIZE;
  expect(page.prose).toContain(`(${largest + 2})`);
  expect(SEALED_HEADER_SIZE + SALTED_BOX_OVERHEAD + checkpointRoom(65_536)).toBe(32_768);
});

test('a lock note has the layout of the page', async () => {
  const suite = await loadSuite();
  const { context } = makeFixture(suite, 1);
  const backend = new MemoryBackend({ locks: true });
  await WriterLock.acquire({ ...context, backend }, {});
  const name = lockName(context.keys);
  const box = (await backend.locks?.read(name)) ?? new Uint8Array(0);
  const plain = openSalted(suite, context.keys.subkey('lock'), 'lock', idBytes(name), new Uint8Array(0), box)!;
  const holder = backend.locks!.holder();
  const rows = sizes('lock note');
  expect([box.length, plain.length]).toEqual([1072, 1024]);
  expect(page.prose).toContain('a salted box of 1072 bytes with these 1024 inside');
  expect(rows).toEqual([
    ['0', '2'],
    ['2', '32'],
    ['34', 'n'],
    ['34 + n', '990 − n'],
  ]);
  expect(new DataView(plain.buffer, plain.byteOffset).getUint16(0)).toBe(32 + holder.length);
  expect(plain.slice(34, 34 + holder.length)).toEqual(holder);
  expect(plain.slice(34 + holder.length)).toEqual(new Uint8Array(990 - holder.length));
});

test('a directory is laid out as the page says', () => {
  const layout = new Layout('/root');
  const id = `ab${'0'.repeat(62)}` as ObjectId;
  const paths = page.rowsAfter('## Directory').map(([path = '']) => path.replaceAll('`', ''));
  const named = paths.map((path) => path.replace('<first two digits of the id>', 'ab').replace(/<(id|name)>/, id));
  expect([layout.object(id), layout.epoch(id), layout.lock(id)]).toEqual(
    named.slice(0, 3).map((path) => `/root/${path}`),
  );
  expect(layout.temporary).toBe('/root/tmp');
});
