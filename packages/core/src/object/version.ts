import { InfinitreeError } from '../errors.js';
import { SUITE } from '../format/chunk-aad.js';
import { KNOWN_FEATURES } from '../format/features.js';
import type { ObjectId } from '../format/ids.js';
import { FORMAT_VERSION } from '../format/limits.js';

interface Versioned {
  readonly formatVersion: number;
  readonly suite: number;
  readonly incompatibleFeatures: number;
  /** Those that do not keep anybody from reading, but from writing. */
  readonly readonlyFeatures: number;
}

/**
 * Refuses what was written by another version of the format, by name; nothing behind the header is looked at.
 *
 * @param writes Whether the tree is to be written as well.
 */
export function checkVersion(what: string, id: ObjectId, header: Versioned, writes = false): void {
  const { formatVersion, suite, incompatibleFeatures, readonlyFeatures } = header;
  if (formatVersion === FORMAT_VERSION && suite === SUITE && (incompatibleFeatures & ~KNOWN_FEATURES) === 0) {
    if (readonlyFeatures === 0 || !writes) return;
    throw new InfinitreeError(
      'UNSUPPORTED',
      `The ${what} ${id} has read-only features ${readonlyFeatures}, which this version of Infinitree does not know. Open ` +
        'the tree with { readonly: true }, or with the version that wrote it.',
    );
  }
  const found = `format version ${formatVersion}, suite ${suite}, features ${incompatibleFeatures}`;
  throw new InfinitreeError(
    'UNSUPPORTED',
    `The ${what} ${id} has ${found}; this version of Infinitree reads format version ${FORMAT_VERSION}, suite ` +
      `${SUITE}, features ${KNOWN_FEATURES} and fewer. Open the tree with the version of Infinitree that wrote it.`,
  );
}
