/** Disks write sectors as a whole; a file system may still cut a write off at any byte. */
const SECTOR = 512;

/** Random bytes that match others by chance are never that many, in a row. */
export const CERTAIN = 16;

/** The first place from `start` on where two byte strings of one length differ. */
export function firstDifference(found: Uint8Array, expected: Uint8Array, start = 0): number | undefined {
  for (let i = start; i < expected.length; i++) if (found[i] !== expected[i]) return i;
  return undefined;
}

/**
 * The first place that shows another hand than that of a writer who was cut off: what a power cut leaves of a write are
 * sectors of what was there before, sectors of random bytes, and one that changes from these to those. It may be nobody's
 * fault, so it is none. Random bytes that are too few to tell from a changed one count as changed.
 *
 * @param before what was there before the write, as long as `found`
 */
export function strangeToWrite(found: Uint8Array, before: Uint8Array): number | undefined {
  for (let sector = 0; sector < found.length; sector += SECTOR) {
    const strange = strangeToSector(found.subarray(sector, sector + SECTOR), before.subarray(sector, sector + SECTOR));
    if (strange !== undefined) return sector + strange;
  }
  return undefined;
}

function strangeToSector(found: Uint8Array, before: Uint8Array): number | undefined {
  const first = firstDifference(found, before);
  if (first === undefined) return undefined;
  let [length, differing] = [0, 0];
  for (let i = first; i < found.length; i++) {
    if (found[i] === before[i]) continue;
    length = i + 1;
    differing += 1;
  }
  return length < CERTAIN || differing < length / 2 ? first : undefined;
}

/**
 * The same where it is known what was written: up to some place it is there, and behind that what was there before. That need
 * not be the padding of the head: a writer and its successor may have written the same mark.
 */
export function strangeToWritten(found: Uint8Array, written: Uint8Array): number | undefined {
  const first = firstDifference(found, written);
  if (first === undefined) return undefined;
  let differing = 0;
  for (let i = first; i < found.length; i++) if (found[i] !== written[i]) differing += 1;
  const length = found.length - first;
  return length >= CERTAIN && differing >= length / 2 ? undefined : first;
}

/** The same for a page of which it is known that it was not written as a whole: something must be as before. */
export function strangeToPart(found: Uint8Array, before: Uint8Array): number | undefined {
  const strange = strangeToWrite(found, before);
  if (strange !== undefined) return strange;
  for (let end = Math.min(SECTOR, found.length); end <= found.length; end += SECTOR) {
    if (firstDifference(found.subarray(end - CERTAIN, end), before.subarray(end - CERTAIN, end)) === undefined)
      return undefined;
  }
  return firstDifference(found, before);
}
