import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSuite, type Suite } from '../../src/crypto/suite.js';
import { isInfinitreeError } from '../../src/errors.js';
import { loadLz4 } from '../../src/platform/lz4.js';
import { BATCH_CHECKS } from './check/batches.js';
import { ENCODING_CHECKS } from './check/encodings.js';
import { LAYOUT_CHECKS } from './check/layouts.js';
import { RECORD_CHECKS } from './check/records.js';
import { SEALED_CHECKS } from './check/sealed.js';
import { storeChecks } from './check/stores.js';
import type { Check, Vector } from './vector.js';

const folder = join(import.meta.dirname, '../../../../vectors');

function read(path: string): Vector {
  return JSON.parse(readFileSync(join(folder, path), 'utf8')) as Vector;
}

const paths = (readdirSync(folder, { recursive: true }) as string[]).filter((path) => path.endsWith('.json')).sort();
const vectors = paths.map((path) => ({ path, vector: read(path) }));

const CHECKS: Readonly<Record<string, Check>> = {
  ...SEALED_CHECKS,
  ...LAYOUT_CHECKS,
  ...ENCODING_CHECKS,
  ...RECORD_CHECKS,
  ...BATCH_CHECKS,
  ...storeChecks((kind, name) => read(join(kind, `${name}.json`))),
};

let suite: Suite;
beforeAll(async () => {
  [suite] = await Promise.all([loadSuite(), loadLz4()]);
});

/** What this implementation makes of a vector; refusing without a code is refusing as damage. */
async function outcomeOf(vector: Vector): Promise<unknown> {
  const check = CHECKS[vector.kind];
  if (check === undefined) throw new Error(`There is no check for vectors of kind ${vector.kind}.`);
  try {
    return (await check(vector, suite)) ?? { error: 'CORRUPT' };
  } catch (error) {
    if (!isInfinitreeError(error)) throw error;
    return { error: error.code.replace('INFINITREE_', '') };
  }
}

test.each(vectors)('$path', async ({ path, vector }) => {
  expect(path).toBe(join(vector.kind, `${vector.name}.json`));
  expect(await outcomeOf(vector)).toEqual(vector.expected);
});

test('there are at least 150, three of five of them hostile, and every kind has some', () => {
  const hostile = vectors.filter(({ vector }) => vector.hostile);
  expect(vectors.length).toBeGreaterThanOrEqual(150);
  expect(hostile.length / vectors.length).toBeGreaterThanOrEqual(0.6);
  expect([...new Set(vectors.map(({ vector }) => vector.kind))].sort()).toEqual(Object.keys(CHECKS).sort());
});
