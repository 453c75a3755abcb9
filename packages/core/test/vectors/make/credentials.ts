import { toHex } from '../../../src/bytes/hex.js';
import { type CredentialOptions, credentialsOf, Key } from '../../../src/crypto/key.js';
import { type Fixture } from '../fixture.js';
import { type JsonObject, Maker, type Vector } from '../vector.js';

const DIFFERENT = 'ﬁancé Å'; // kept by NFC
const COMPOSED = 'Ångström';

/** Keys of users: where their key objects are and what opens them. */
export async function credentialVectors({ suite, random }: Fixture): Promise<Vector[]> {
  const raw = new Maker('raw-key');
  for (const [name, bytes] of [
    ['random', random.bytes(32)],
    ['zeros', new Uint8Array(32)],
  ] as const) {
    const expected = await derived(Key.fromBytes(bytes), suite);
    raw.good(name, 'A key of 32 bytes.', { keys: { bytes: toHex(bytes) }, input: {} }, expected);
  }
  for (const size of [0, 31, 33]) {
    const parts = { keys: { bytes: toHex(random.bytes(size)) }, input: {} };
    raw.hostile(`of-${size}-bytes`, `A key of ${size} bytes.`, parts, { error: 'INVALID_ARGUMENT' });
  }
  return [...raw.vectors, ...(await passwords({ suite }))];
}

async function passwords({ suite }: Pick<Fixture, 'suite'>): Promise<Vector[]> {
  const maker = new Maker('password');
  const good = async (
    name: string,
    description: string,
    user: string,
    password: string,
    options: CredentialOptions = {},
  ) => {
    const expected = await derived(Key.fromCredentials(user, password, options), suite);
    maker.good(name, description, { input: { user, password, ...options } }, expected);
  };
  await good('default', 'The default profile, no locator.', 'username', 'password');
  await good('locator', 'A locator makes the salt its own.', 'username', 'password', { locator: 'bucket-7' });
  await good('composed', 'User name and password in normal form C.', COMPOSED, DIFFERENT);
  await good(
    'decomposed',
    'The same in another form is the same credential.',
    COMPOSED.normalize('NFD'),
    DIFFERENT.normalize('NFD'),
  );
  const bad = (name: string, description: string, input: JsonObject) => {
    maker.hostile(name, description, { input }, { error: 'INVALID_ARGUMENT' });
  };
  bad('no-user', 'An empty user name.', { user: '', password: 'p' });
  bad('no-password', 'An empty password.', { user: 'u', password: '' });
  bad('no-locator', 'A locator that is given and empty.', { user: 'u', password: 'p', locator: '' });
  bad('surrogate-user', 'A user name with a lone surrogate.', { user: 'u\ud800', password: 'p' });
  bad('surrogate-password', 'A password with a lone surrogate.', { user: 'u', password: '\udfff' });
  bad('unknown-profile', 'A profile that there is not.', { user: 'u', password: 'p', profile: 'argon2id-1m' });
  bad('inherited-profile', 'A profile named like what objects inherit.', {
    user: 'u',
    password: 'p',
    profile: 'constructor',
  });
  bad('long-user', 'A user name of 65,536 bytes.', { user: 'u'.repeat(65_536), password: 'p' });
  return maker.vectors;
}

async function derived(key: Key, suite: Fixture['suite']) {
  const [credential] = credentialsOf(key);
  if (credential === undefined) throw new Error('The key has no credential.');
  await credential.derive(suite);
  const headerKey = toHex(credential.headerKey());
  return { keyObjectIds: [credential.keyObjectId(0), credential.keyObjectId(1)], headerKey };
}
