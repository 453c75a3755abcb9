import type { CanonicalKey } from '../../codec/index-key.js';
import type { BoundField } from '../bind.js';
import type { Snapshot } from '../snapshot.js';
import type { FieldReader } from './field-reader.js';

/** The values at some places of a list, as readers see them, by place; those there are not are left out. */
export async function readPlaces(
  reader: FieldReader,
  bound: BoundField,
  snapshot: Snapshot,
  places: readonly CanonicalKey[],
  options: { readonly signal?: AbortSignal | undefined; readonly keysOnly?: boolean },
): Promise<Map<CanonicalKey, unknown>> {
  const found = new Map<CanonicalKey, unknown>();
  const wanted = new Set<unknown>(places.filter((place) => Number.isInteger(place)));
  const last = places.reduce<number>((most, place) => (typeof place === 'number' ? Math.max(most, place) : most), -1);
  const where = (place: unknown): boolean => wanted.has(place);
  for await (const [place, value] of reader.entries(bound, snapshot, { lt: last + 1, where, ...options })) {
    found.set(place as number, value);
  }
  return found;
}
