import type { Cancel } from '../../backend/backend.js';
import { toUtf8 } from '../../bytes/utf8.js';
import { isWellFormed } from '../../bytes/well-formed.js';
import { encodeValue } from '../../codec/value-codec.js';
import { InfinitreeError } from '../../errors.js';
import { admit } from '../../fields/values.js';
import { MAX_COMMIT_DATA, MAX_MESSAGE } from '../../format/limits.js';
import { checkOptions } from '../check-options.js';
import type { Progress } from '../types.js';

/** How a commit is made. `done` of the progress counts bytes as stored; a small commit is over before there are any. */
export interface CommitOptions extends Cancel, Progress {
  readonly message?: string | undefined;
  /** Anything a field may hold, kept with the commit. */
  readonly data?: unknown;
  /** `'on-change'` (the default) makes no commit when nothing is staged; `'always'` makes one all the same. */
  readonly mode?: 'always' | 'on-change' | undefined;
}

export interface CheckedCommit {
  readonly message: string;
  readonly data: Uint8Array | undefined;
  readonly always: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: Progress['onProgress'];
}

/** Checks what the user gave, before anything is taken from the fields. */
export function checkCommit(options: CommitOptions): CheckedCommit {
  checkOptions(options);
  const { message = '', data, mode = 'on-change', signal, onProgress } = options;
  const size = toUtf8(message).length;
  if (size > MAX_MESSAGE) throw invalid(`The message of a commit has at most ${MAX_MESSAGE} bytes, not ${size}`);
  if (!isWellFormed(message)) throw invalid('The message of a commit holds a lone surrogate');
  if (!['always', 'on-change'].includes(mode)) throw invalid('The mode of a commit is "always" or "on-change"');
  const encoded = data === undefined ? undefined : encodeValue(admit(data, { freeze: false }));
  if (encoded !== undefined && encoded.length > MAX_COMMIT_DATA) {
    throw invalid(`The data of a commit takes at most ${MAX_COMMIT_DATA} bytes, not ${encoded.length}`);
  }
  return { message, data: encoded, always: mode === 'always', signal, onProgress };
}

function invalid(what: string): InfinitreeError {
  return new InfinitreeError('INVALID_ARGUMENT', `${what}.`);
}
