import { PROFILE_NAMES, profileCost, TRIED_PROFILES } from '../../src/crypto/profiles.js';
import {
  CHUNK_AAD,
  CHUNK_AAD_SIZE,
  CHUNK_KINDS,
  CHUNK_NONCE,
  CHUNK_NONCE_SIZE,
  SUITE,
} from '../../src/format/chunk-aad.js';
import {
  HEADER_PLAIN_SIZE,
  SALT_SIZE,
  SALTED_BOX_OVERHEAD,
  SEALED_HEADER,
  SEALED_HEADER_SIZE,
} from '../../src/format/header-layout.js';
import {
  BATCH_ID,
  BATCH_PLACE,
  CLAIM_NAME,
  EPOCH_HEAD_ID,
  HEAD_OF_EPOCH,
  HEAD_OF_SLOT,
  OWN_ID,
} from '../../src/format/id-layout.js';
import { LABELS } from '../../src/format/labels.js';
import { OBJECT_SEAL, OBJECT_SEAL_SIZE } from '../../src/format/object-seal.js';
import { expectLayout, Page, quoted } from '../format/page.js';

const page = new Page('format/cryptography.md');

describe('the layouts of the page are those of the code', () => {
  test.each([
    ['own id', OWN_ID, 32],
    ['epoch head id', EPOCH_HEAD_ID, 16],
    ['claim name', CLAIM_NAME, 32],
    ['batch id', { ...BATCH_ID, mac: OWN_ID.mac }, 32],
    ['batch place', BATCH_PLACE, 8],
    ['sealed header', SEALED_HEADER, SEALED_HEADER_SIZE],
    ['object seal', OBJECT_SEAL, OBJECT_SEAL_SIZE],
    ['chunk nonce', CHUNK_NONCE, CHUNK_NONCE_SIZE],
    ['chunk additional data', CHUNK_AAD, CHUNK_AAD_SIZE],
  ])('%s', (name, layout, size) => {
    expectLayout(page.layoutOf(name), layout, size);
  });

  test('salted box', () => {
    const [salt, ciphertext, tag] = page.rowsAfter('<!-- table: salted box -->');
    expect([salt?.[0], salt?.[1]]).toEqual(['0', String(SALT_SIZE)]);
    expect(ciphertext?.[0]).toBe(String(SALT_SIZE));
    expect(Number(salt?.[1]) + Number(tag?.[1])).toBe(SALTED_BOX_OVERHEAD);
  });

  test('every table with a name is compared', () => {
    expect(page.marked('table')).toHaveLength(10);
    expect(SEALED_HEADER.ciphertext[1]).toBe(HEADER_PLAIN_SIZE);
  });
});

test('the labels of the page are those of the code', () => {
  const labels = page.rowsAfter('## Labels').map(([name, label]) => [quoted(name), quoted(label)]);
  expect(labels).toEqual(Object.entries(LABELS));
});

test('the profiles of the page are those of the code', () => {
  const rows = page.rowsAfter('MUST NOT change:').map(([name, ...cost]) => [quoted(name), ...cost.map(Number)]);
  expect(rows).toEqual(PROFILE_NAMES.map((name) => [name, profileCost(name).opsLimit, profileCost(name).memLimit, 1]));
  expect(page.text).toContain(`The default is \`${String(TRIED_PROFILES[0])}\`; there was none before.`);
  expect(TRIED_PROFILES).toHaveLength(1);
});

test('the numbers of the page are those of the code', () => {
  const kinds = page.rowsAfter('hold chunks.').map(([kind, number]) => [quoted(kind), Number(number)]);
  expect(Object.fromEntries(kinds)).toEqual(CHUNK_KINDS);
  expect(page.text).toContain(`\`suite\`: u8, ${SUITE} |`);
  expect(page.text).toContain(`0x${HEAD_OF_EPOCH.toString(16)} ‖ u64(e)`);
  expect(page.text).toContain(`0x${HEAD_OF_SLOT.toString(16)} ‖ u8(s)`);
});
