import type { Credential } from '../../crypto/credential.js';
import { emitWarning } from '../../platform/process.js';

/** Tells the operator of a password that is given to a tree and can be guessed. Opening with it is too late to tell. */
export function warnOfWeakPassword({ weak }: Credential): void {
  if (!weak) return;
  emitWarning(
    'A tree was given a password of fewer than 15 bytes: whoever stores it has all the time there is to guess it. ' +
      'Key.generatePassword() makes one that nobody guesses.',
    'INFINITREE_SHORT_PASSWORD',
  );
}
