import { InfinitreeError } from '@infinitree/core';

/** How a command ended. */
export interface Failed {
  /** Its exit status, or the system's code; `undefined` where it succeeded. */
  readonly code: string | number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

interface Remedy {
  readonly said: RegExp;
  readonly what: string;
  /** Whether somebody at the machine can put it right, without anything being set up. */
  readonly retryable: boolean;
}

/** What the commands say, in the words of any of their versions. */
const REMEDIES: readonly Remedy[] = [
  {
    said: /no yubikey present|no yubikey detected|failed connecting/i,
    what: 'No YubiKey is inserted, or another program holds it. Insert it, then call again.',
    retryable: true,
  },
  {
    said: /several present|multiple yubikeys/i,
    what: 'More than one YubiKey is inserted. Leave the right one, then call again.',
    retryable: true,
  },
  {
    said: /time(d )?out|would block/i,
    what: 'The YubiKey was not touched in time. Call again, and touch it when it blinks.',
    retryable: true,
  },
  {
    said: /empty slot|no data returned|not supported/i,
    what: 'That slot is not set up for challenge-response by HMAC-SHA1: do so with "ykman otp chalresp".',
    retryable: false,
  },
];

/** What a command said, as an error of ours. Its output is in no message: where it is no error, it may be a response. */
export function asTrouble(command: string, slot: number, { code, stderr }: Failed): InfinitreeError {
  const remedy = REMEDIES.find(({ said }) => said.test(stderr));
  const end = code === undefined ? 'gave no response of 20 bytes' : `ended with ${String(code)}`;
  const what = remedy?.what ?? 'The cause is what it said. Check that the slot is set up for HMAC-SHA1.';
  const cause = new Error(stderr.trim() || 'It said nothing.');
  return new InfinitreeError('BACKEND', `${command}, asked for slot ${slot}, ${end}. ${what}`, {
    cause,
    retryable: remedy?.retryable ?? false,
  });
}
