import { Infinitree } from '@infinitree/core';
import type { Bucket } from './bucket.js';
import type { Ledger } from './ledger.js';
import { KEY, Notes } from './notes.js';

/** Throws where what is stored in the end is not what was acknowledged, or is damaged. */
export async function checkInTheEnd(bucket: Bucket, ledger: Ledger): Promise<void> {
  bucket.heal();
  ledger.check(await bucket.messages());
  const backend = await bucket.open('in the end');
  try {
    const tree = await Infinitree.open(Notes, { backend, key: KEY });
    await tree.load();
    for (const [key, value] of ledger.contents) {
      if (tree.index.notes.get(key) !== value) throw new Error(`${key} does not say what was committed`);
    }
    const { faults } = await tree.verify({ readData: true });
    if (faults.length > 0) throw new Error(`damaged: ${faults.map(({ message }) => message).join('; ')}`);
    await tree.close();
  } finally {
    await backend.close();
  }
}
