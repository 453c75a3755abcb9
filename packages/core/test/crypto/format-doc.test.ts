import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { CLAIM_NAME, EPOCH_HEAD_ID, HEAD_OF_EPOCH, HEAD_OF_SLOT, OWN_ID } from '../../src/format/id-layout.js';
import { LABELS } from '../../src/format/labels.js';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/format/cryptography.md'), 'utf8');

/** The cells of each row of the table that follows `marker`, without its head. */
function rowsAfter(marker: string): string[][] {
  const start = page.indexOf(marker);
  if (start < 0) throw new Error(`The page has no "${marker}".`);
  const lines = page.slice(start + marker.length).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const length = lines.slice(first).findIndex((line) => !line.startsWith('|'));
  return lines.slice(first + 2, first + length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The text between the first pair of backticks. */
const quoted = (cell: string | undefined) => /`([^`]+)`/.exec(cell ?? '')?.[1];

function layoutOf(name: string): Record<string, number[]> {
  const rows = rowsAfter(`<!-- table: ${name} -->`);
  return Object.fromEntries(rows.map(([offset, size, field]) => [quoted(field), [Number(offset), Number(size)]]));
}

describe('the layouts of the page are those of the code', () => {
  test.each([
    ['own id', OWN_ID, 32],
    ['epoch head id', EPOCH_HEAD_ID, 16],
    ['claim name', CLAIM_NAME, 32],
    ['sealed header', SEALED_HEADER, SEALED_HEADER_SIZE],
    ['chunk nonce', CHUNK_NONCE, CHUNK_NONCE_SIZE],
    ['chunk additional data', CHUNK_AAD, CHUNK_AAD_SIZE],
  ])('%s', (name, layout, size) => {
    expect(layoutOf(name)).toEqual(layout);
    let end = 0;
    for (const [offset, length] of Object.values(layout) as [number, number][]) {
      expect(offset).toBe(end);
      end += length;
    }
    expect(end).toBe(size);
  });

  test('salted box', () => {
    const [salt, ciphertext, tag] = rowsAfter('<!-- table: salted box -->');
    expect([salt?.[0], salt?.[1]]).toEqual(['0', String(SALT_SIZE)]);
    expect(ciphertext?.[0]).toBe(String(SALT_SIZE));
    expect(Number(salt?.[1]) + Number(tag?.[1])).toBe(SALTED_BOX_OVERHEAD);
  });

  test('every table with a name is compared', () => {
    expect(page.match(/<!-- table: /g)).toHaveLength(7);
    expect(SEALED_HEADER.ciphertext[1]).toBe(HEADER_PLAIN_SIZE);
  });
});

test('the labels of the page are those of the code', () => {
  const labels = rowsAfter('## Labels').map(([name, label]) => [quoted(name), quoted(label)]);
  expect(labels).toEqual(Object.entries(LABELS));
});

test('the profiles of the page are those of the code', () => {
  const rows = rowsAfter('MUST NOT change:').map(([name, ...cost]) => [quoted(name), ...cost.map(Number)]);
  expect(rows).toEqual(PROFILE_NAMES.map((name) => [name, profileCost(name).opsLimit, profileCost(name).memLimit, 1]));
  expect(page).toContain(`The default is \`${String(TRIED_PROFILES[0])}\`; there was none before.`);
  expect(TRIED_PROFILES).toHaveLength(1);
});

test('the numbers of the page are those of the code', () => {
  const kinds = rowsAfter('hold chunks.').map(([kind, number]) => [quoted(kind), Number(number)]);
  expect(Object.fromEntries(kinds)).toEqual(CHUNK_KINDS);
  expect(page).toContain(`\`suite\`: u8, ${SUITE} |`);
  expect(page).toContain(`0x${HEAD_OF_EPOCH.toString(16)} ‖ u64(e)`);
  expect(page).toContain(`0x${HEAD_OF_SLOT.toString(16)} ‖ u8(s)`);
});
