import { InfinitreeError } from '../errors.js';
import { SUITE } from '../format/chunk-aad.js';
import type { ObjectId } from '../format/ids.js';
import { FORMAT_VERSION } from '../format/limits.js';

interface Versioned {
  readonly formatVersion: number;
  readonly suite: number;
  readonly incompatibleFeatures: number;
}

/** Refuses what was written by another version of the format, by name; nothing behind the header is looked at. */
export function checkVersion(what: string, id: ObjectId, header: Versioned): void {
  const { formatVersion, suite, incompatibleFeatures } = header;
  if (formatVersion === FORMAT_VERSION && suite === SUITE && incompatibleFeatures === 0) return;
  const found = `format version ${formatVersion}, suite ${suite}, features ${incompatibleFeatures}`;
  throw new InfinitreeError(
    'UNSUPPORTED',
    `The ${what} ${id} has ${found}; this version of Infinitree reads format version ${FORMAT_VERSION}, suite ` +
      `${SUITE}, features 0. Open the tree with the version of Infinitree that wrote it.`,
  );
}
