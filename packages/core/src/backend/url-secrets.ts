import { InfinitreeError } from '../errors.js';

/** Parts of names that say "this is a secret", as their words: `secretAccessKey` and `session_token` are found too. */
const SECRET_WORDS = [
  'apikey',
  'accesskey',
  'auth',
  'authorization',
  'credential',
  'credentials',
  'passphrase',
  'passwd',
  'password',
  'privatekey',
  'pwd',
  'secret',
  'sig',
  'signature',
  'token',
];

/**
 * Refuses a URL that carries a secret. URLs end up in logs, shell histories and process lists; a secret in one has
 * leaked already, and taking it silently would make that a habit. The message repeats neither the secret nor the URL,
 * and there is no cause: this very error may be logged. `accessKeyId` alone is refused too: it comes with its secret.
 */
export function refuseSecrets(url: URL): void {
  // `minio:user:password@host`, its slashes forgotten, has no host to a URL parser: all of that is its path.
  const [front = ''] = url.pathname.split('/', 1);
  // By search and not by a pattern, which would begin anew at every colon.
  const inPath = url.host === '' && front.includes(':') && front.lastIndexOf('@') > front.indexOf(':');
  const where = url.password !== '' || inPath ? 'a password in front of its host' : secretParameter(url);
  if (where === undefined) return;
  throw new InfinitreeError(
    'INVALID_ARGUMENT',
    `A backend URL must not carry a secret, but this one has ${where}. Pass the secret to the backend's own ` +
      'constructor, or let it come from the environment, and hand over the backend in place of the URL.',
  );
}

function secretParameter(url: URL): string | undefined {
  // A fragment is looked at too: `#token=…` is no better a place.
  const inFragment = new URLSearchParams(url.hash.slice(1));
  for (const name of [...url.searchParams.keys(), ...inFragment.keys()]) {
    if (soundsSecret(name)) return 'a query parameter whose name sounds like one';
  }
  return undefined;
}

function soundsSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const joined = words.join('');
  return (
    words.some((word) => SECRET_WORDS.includes(word)) ||
    SECRET_WORDS.some((word) => word.length > 4 && joined.includes(word))
  );
}
