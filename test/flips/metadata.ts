import type { Credential } from '../../packages/core/src/crypto/credential.js';
import { Entropy } from '../../packages/core/src/crypto/entropy.js';
import { credentialsOf } from '../../packages/core/src/crypto/key.js';
import { loadSuite } from '../../packages/core/src/crypto/suite.js';
import { KEY_OBJECT_HEADERS } from '../../packages/core/src/format/header-layout.js';
import { parseHead } from '../../packages/core/src/object/head-image.js';
import { scanJournal } from '../../packages/core/src/object/journal-scan.js';
import { openKeyObjects } from '../../packages/core/src/object/key-object.js';
import { systemEnvironment } from '../../packages/core/src/platform/environment.js';
import type { Scene } from './scene.js';
import { LyingStorage, type Touch } from './storage.js';

/** Where the key object and the heads are anything but padding. */
export async function headPlaces({ kind, objectSize, key, states }: Scene): Promise<Touch[]> {
  const { holding } = states.at(-1)!;
  const backend = new LyingStorage(kind, holding);
  const suite = await loadSuite();
  const [credential] = credentialsOf(key) as [Credential];
  const [found] = await openKeyObjects(backend, suite, await credential.derive(suite), {});
  if (found === undefined) throw new Error('There is no key object.');
  const context = { backend, keys: found.keys, entropy: new Entropy(suite, systemEnvironment), objectSize };
  const places: Touch[] = [{ id: found.id, start: 0, end: KEY_OBJECT_HEADERS }];
  for (const [id, bytes] of holding.objects) {
    const image = parseHead(context, id, bytes);
    if (image !== undefined) places.push({ id, start: 0, end: scanJournal(context, image, bytes).end });
  }
  return places;
}
