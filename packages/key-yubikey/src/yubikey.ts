import { execFile } from 'node:child_process';
import { InfinitreeError, type Responder, throwIfAborted } from '@infinitree/core';
import { asTrouble, type Failed } from './trouble.js';

/** `ykchalresp` of yubikey-personalization, or `ykman` of yubikey-manager. */
export type YubiKeyCommand = 'ykchalresp' | 'ykman';

export interface YubiKeyOptions {
  /** The slot that is set up for challenge-response by HMAC-SHA1. Default: 2, which is empty in a new device. */
  readonly slot?: 1 | 2 | undefined;
  /** The command that talks to the device. Default: the first of `ykchalresp` and `ykman` that is installed. */
  readonly command?: YubiKeyCommand | undefined;
  /** Called when the device is asked: the moment to say that it may want to be touched. */
  readonly onAsk?: (() => void) | undefined;
}

/** How each command is asked for the response to a challenge in hex. Both fill it up to 64 bytes with zeros. */
const ARGUMENTS: Readonly<Record<YubiKeyCommand, (slot: 1 | 2, challenge: string) => string[]>> = {
  ykchalresp: (slot, challenge) => [`-${slot}`, '-H', '-x', challenge],
  ykman: (slot, challenge) => ['otp', 'calculate', String(slot), challenge],
};

/** More than either says; a response has 41 characters. */
const MAX_OUTPUT = 16_384;
const RESPONSE = /^[0-9a-f]{40}$/i;

/**
 * A YubiKey with a slot for HMAC-SHA1, by the command line tools of its maker. A challenge is no secret, and other processes of
 * this machine may see it while it is asked.
 *
 * @example
 * import { YubiKey } from '@infinitree/key-yubikey';
 * const device = new YubiKey({ onAsk: () => print('Touch the YubiKey if it blinks.') });
 * const key = Key.fromChallengeResponse(device, { finder: Key.fromCredentials('ada', 'a password of her own') });
 */
export class YubiKey implements Responder {
  readonly #slot: 1 | 2;
  readonly #commands: readonly YubiKeyCommand[];
  readonly #onAsk: (() => void) | undefined;

  /** Throws `INVALID_ARGUMENT` for a slot or a command that there is not. */
  constructor({ slot = 2, command, onAsk }: YubiKeyOptions = {}) {
    if (![1, 2].includes(slot)) throw invalid('A YubiKey has the slots 1 and 2.');
    if (command !== undefined && !Object.hasOwn(ARGUMENTS, command)) {
      throw invalid('The command is "ykchalresp" or "ykman".');
    }
    this.#slot = slot;
    this.#commands = command === undefined ? ['ykchalresp', 'ykman'] : [command];
    this.#onAsk = onAsk;
  }

  /**
   * Rejects with `UNSUPPORTED` where no command is installed; with `BACKEND` where the device does not answer, and `retryable`
   * where it is not inserted or was not touched; with `ABORTED`.
   */
  async respond(challenge: Uint8Array, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Uint8Array> {
    throwIfAborted(signal, 'Asking the YubiKey');
    this.#onAsk?.();
    for (const command of this.#commands) {
      const given = await run(command, ARGUMENTS[command](this.#slot, hexOf(challenge)), signal);
      throwIfAborted(signal, 'Asking the YubiKey');
      if (given.code === 'ENOENT') continue;
      const response = given.stdout.trim();
      if (given.code === undefined && RESPONSE.test(response)) return Uint8Array.from(Buffer.from(response, 'hex'));
      throw asTrouble(command, this.#slot, given);
    }
    throw new InfinitreeError(
      'UNSUPPORTED',
      `There is no ${this.#commands.join(' and no ')} on the PATH: install ykchalresp (yubikey-personalization) or ykman ` +
        '(yubikey-manager).',
    );
  }
}

/** Runs a command to its end, or to the signal's. */
function run(command: string, args: readonly string[], signal: AbortSignal | undefined): Promise<Failed> {
  return new Promise((resolve) => {
    // The environment is said, since a test's is not that of its process.
    const options = { signal, env: process.env, maxBuffer: MAX_OUTPUT, windowsHide: true };
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? undefined : (error.code ?? 'killed'), stdout, stderr });
    });
  });
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', what);
}
