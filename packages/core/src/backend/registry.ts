import { InfinitreeError, throwIfAborted } from '../errors.js';
import type { Backend, Cancel } from './backend.js';
import { MemoryBackend } from './memory.js';
import { refuseSecrets } from './url-secrets.js';

/** Opens the backend that a URL of one scheme names. */
export type BackendOpener = (url: URL, options?: Cancel) => Promise<Backend>;

/** Which package brings which scheme. Only for messages: core imports none of them. */
const PACKAGES: Readonly<Record<string, string>> = {
  file: '@infinitree/backend-directory',
  s3: '@infinitree/backend-s3',
  minio: '@infinitree/backend-minio',
  cache: '@infinitree/backend-cache',
};

/** The storages behind `memory:name`, for as long as the process lives. */
const shared = new Map<string, MemoryBackend>();

const openers = new Map<string, BackendOpener>([['memory', openMemory]]);

/**
 * Makes URLs of `scheme` (written without the colon) open with `open`. A backend package calls this when it is
 * imported. The last registration counts, so that an application can put its own in the place of a package's.
 */
export function registerBackend(scheme: string, open: BackendOpener): void {
  if (typeof scheme !== 'string' || !/^[a-z][a-z0-9+.-]*$/.test(scheme)) {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      'A scheme is a lower-case letter, then letters, digits, "+", "." or "-".',
    );
  }
  if (typeof open !== 'function') {
    throw new InfinitreeError('INVALID_ARGUMENT', `What opens "${scheme}:" URLs is a function.`);
  }
  openers.set(scheme, open);
}

/** Opens the backend a URL names. Whoever opens it closes it. */
export async function openBackend(url: string | URL, options: Cancel = {}): Promise<Backend> {
  throwIfAborted(options.signal, 'Opening a backend');
  const parsed = parse(url);
  refuseSecrets(parsed);
  const scheme = parsed.protocol.slice(0, -1);
  const open = openers.get(scheme);
  // `user:password@host` has the user name for its scheme.
  if (open === undefined) throw parsed.pathname.includes('@') ? noUrl() : unregistered(scheme);
  return open(parsed, options);
}

function parse(url: string | URL): URL {
  // `file:./data` would come out as `/data`, without a word.
  if (typeof url === 'string' && /^file:(?!\/)/i.test(url)) {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      'A file URL holds an absolute path: "file:///var/lib/app". Make one of a relative path with pathToFileURL().',
    );
  }
  try {
    return new URL(url);
  } catch {
    // The text is not repeated and the engine's error, which repeats it, is no cause: it may hold a secret.
    throw noUrl();
  }
}

function noUrl(): InfinitreeError {
  return new InfinitreeError(
    'INVALID_ARGUMENT',
    'A backend is named by an absolute URL, such as "memory:" or "file:///var/lib/app". For a path, use ' +
      "DirectoryBackend.open(path) of '@infinitree/backend-directory'.",
  );
}

function unregistered(scheme: string): InfinitreeError {
  const brings = Object.hasOwn(PACKAGES, scheme) ? PACKAGES[scheme] : undefined;
  const remedy =
    brings === undefined
      ? 'Call registerBackend() for it, or pass a backend in place of the URL.'
      : `Install ${brings} and import it once: import '${brings}'.`;
  return new InfinitreeError('UNSUPPORTED', `No backend is registered for "${scheme}:" URLs. ${remedy}`);
}

async function openMemory(url: URL): Promise<Backend> {
  const name = url.pathname;
  if (url.host !== '' || url.search !== '' || url.hash !== '') {
    throw new InfinitreeError(
      'INVALID_ARGUMENT',
      'A memory URL is "memory:" or "memory:name", with nothing else in it.',
    );
  }
  if (name === '') return new MemoryBackend();
  const known = shared.get(name) ?? new MemoryBackend();
  shared.set(name, known);
  // Each caller gets a handle of its own, to be closed without closing those of the others.
  return known.reopen();
}
