import { isWellFormed } from '../bytes/well-formed.js';
import { InfinitreeError } from '../errors.js';
import { type CanonicalKey, COMPOSITE, type IndexKey, isComposite, MAX_KEY_SIZE } from './index-key.js';
import { readKey } from './key-decode.js';
import { KeyWriter } from './key-encode.js';
import { fromLatin1, toLatin1 } from './latin1.js';

/** A string of at most this many UTF-16 units fits in a key whatever it holds: three bytes each, zeros take two. */
const SURELY_SHORT = Math.floor((MAX_KEY_SIZE - 3) / 3);

/**
 * The canonical form of a key. Throws `INVALID_ARGUMENT` for what cannot be one, without naming its content. Numbers
 * and short strings never come near the encoder: this runs at every lookup.
 */
export function toCanonical(key: IndexKey): CanonicalKey {
  switch (typeof key) {
    case 'number':
      if (Number.isNaN(key)) throw refused('NaN has no place in an order');
      // The sum of -0 and 0 is 0.
      return key + 0;
    case 'string':
      if (!isWellFormed(key)) throw refused('a string with a lone surrogate cannot be stored');
      if (key.length > SURELY_SHORT) new KeyWriter(refused).write(key);
      return key;
    case 'boolean':
      return key;
    case 'bigint':
      if (BigInt.asIntN(64, key) !== key) new KeyWriter(refused).write(key);
      return key;
    default: {
      const writer = new KeyWriter(refused);
      writer.write(key);
      return COMPOSITE + toLatin1(writer.taken());
    }
  }
}

/** The key that `toCanonical` was given: bytes as a fresh copy, tuples as fresh frozen arrays. */
export function fromCanonical(key: CanonicalKey): IndexKey {
  return isComposite(key) ? readKey(fromLatin1(key, 1), 0).value : key;
}

function refused(why: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', `This cannot be a key: ${why}.`);
}
