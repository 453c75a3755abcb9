import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSuite } from '../../src/crypto/suite.js';
import { loadLz4 } from '../../src/platform/lz4.js';
import { makeFixture } from './fixture.js';
import { batchVectors } from './make/batches.js';
import { blockVectors } from './make/blocks.js';
import { boxVectors } from './make/boxes.js';
import { cborVectors } from './make/cbor.js';
import { chunkVectors } from './make/chunks.js';
import { credentialVectors, keyObjectVectors, twoStageVectors } from './make/credentials.js';
import { damagedStoreVectors } from './make/damaged-stores.js';
import { headerVectors } from './make/headers.js';
import { idVectors } from './make/ids.js';
import { journalVectors } from './make/journal.js';
import { keyVectors } from './make/keys.js';
import { packedVectors } from './make/packed.js';
import { recordVectors } from './make/records.js';
import { rotatedStores, rotationVectors } from './make/rotations.js';
import { roleVectors, sealedChunkVectors, splitStoreVectors } from './make/split.js';
import { makeStores } from './make/stores.js';
import type { Vector } from './vector.js';

/**
 * All vectors, made from fixed seeds. Each kind has a seed of its own, so that a case more of one kind leaves the
 * bytes of all others as they are.
 */
export async function allVectors(): Promise<Vector[]> {
  const suite = await loadSuite();
  await loadLz4();
  const stores = await makeStores(suite, 900);
  return [
    ...idVectors(makeFixture(suite, 100)),
    ...boxVectors(makeFixture(suite, 200)),
    ...chunkVectors(makeFixture(suite, 300)),
    ...headerVectors(makeFixture(suite, 400)),
    ...journalVectors(makeFixture(suite, 500)),
    ...packedVectors(makeFixture(suite, 600)),
    ...(await credentialVectors(makeFixture(suite, 700))),
    ...(await keyObjectVectors(makeFixture(suite, 750))),
    ...(await twoStageVectors(makeFixture(suite, 770))),
    ...batchVectors(makeFixture(suite, 780)),
    ...recordVectors(makeFixture(suite, 800)),
    ...sealedChunkVectors(makeFixture(suite, 850)),
    ...(await roleVectors(makeFixture(suite, 860))),
    ...rotationVectors(makeFixture(suite, 870)),
    ...cborVectors(),
    ...keyVectors(),
    ...blockVectors(),
    ...stores.map(({ vector }) => vector),
    ...(await rotatedStores(950)),
    ...damagedStoreVectors(stores),
    ...(await splitStoreVectors(950)),
  ];
}

/** Writes one file for each vector into a folder for each kind, in place of what was there. */
export async function writeVectors(folder: string): Promise<number> {
  const vectors = await allVectors();
  for (const kind of new Set(vectors.map((vector) => vector.kind))) {
    rmSync(join(folder, kind), { recursive: true, force: true });
    mkdirSync(join(folder, kind), { recursive: true });
  }
  for (const vector of vectors) {
    writeFileSync(join(folder, vector.kind, `${vector.name}.json`), `${JSON.stringify(vector, undefined, 2)}\n`);
  }
  return vectors.length;
}
