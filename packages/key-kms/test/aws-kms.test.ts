// Keys of AWS KMS by its protocol, over HTTP on loopback: what is asked, and what becomes of every answer.
import { Infinitree, InfinitreeError, isInfinitreeError, Key, MemoryBackend, VersionedMap } from '@infinitree/core';
import { AwsKms, type AwsKmsOptions } from '../src/index.js';
import { FakeAws } from './fake-aws.js';

const KEY = '1234abcd-12ab-34cd-56ef-1234567890ab';
const MULTI = 'mrk-1234abcd12ab34cd56ef1234567890ab';
const arn = (id: string, region = 'eu-central-1') => `arn:aws:kms:${region}:111122223333:${id}`;
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a secret that is nowhere shown' };
const secret = Uint8Array.from({ length: 32 }, (_, i) => i);
const call = (context: Record<string, string> = { tree: 'orders' }) => ({
  context,
  signal: new AbortController().signal,
});

let aws: FakeAws;
const made: AwsKms[] = [];
beforeEach(async () => {
  aws = await FakeAws.start();
});
afterEach(async () => {
  for (const kms of made.splice(0)) kms.close();
  await aws.close();
});

function kms(options: Partial<AwsKmsOptions> = {}): AwsKms {
  const { endpoint } = aws;
  const one = new AwsKms({ keyId: KEY, region: 'eu-central-1', endpoint, credentials, maxAttempts: 1, ...options });
  made.push(one);
  return one;
}

async function refusal(work: Promise<unknown>): Promise<InfinitreeError> {
  const outcome: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof InfinitreeError) return outcome;
  throw new Error('this was to be refused', { cause: outcome });
}

test('wraps and unwraps with one key and context', async () => {
  const provider = kms();
  const wrapped = await provider.wrap(secret, call());
  expect(wrapped).toBeInstanceOf(Uint8Array);
  expect(Uint8Array.from(await provider.unwrap(wrapped, call()))).toEqual(secret);
  expect(aws.asked).toEqual([
    ['Encrypt', KEY, 'eu-central-1'],
    ['Decrypt', KEY, 'eu-central-1'],
  ]);
  const context = await refusal(provider.unwrap(wrapped, call({ tree: 'customers' })));
  expect(context).toMatchObject({ code: 'INFINITREE_WRONG_KEY', denied: false });
  expect(context.message).toContain('InvalidCiphertextException');
  const other = await refusal(kms({ keyId: '99999999-12ab-34cd-56ef-1234567890ab' }).unwrap(wrapped, call()));
  expect(other).toMatchObject({ code: 'INFINITREE_WRONG_KEY' });
  expect(other.message).toContain('IncorrectKeyException');
});

test('takes ids, ARNs and aliases, and the region of an ARN', async () => {
  aws.aliases.set('alias/orders', KEY);
  const wrapped = await kms({ keyId: arn('alias/orders'), region: undefined }).wrap(secret, call());
  for (const options of [{ keyId: KEY }, { keyId: arn(`key/${KEY}`), region: undefined }, { keyId: 'alias/orders' }]) {
    expect(Uint8Array.from(await kms(options).unwrap(wrapped, call()))).toEqual(secret);
  }
  expect(new Set(aws.asked.map(([, , region]) => region))).toEqual(new Set(['eu-central-1']));
  const away = await refusal(kms({ keyId: arn(`key/${KEY}`, 'us-east-1'), region: undefined }).unwrap(wrapped, call()));
  expect(away).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: false, denied: false });
  expect(away.message).toContain('check keyId, region and endpoint');
  expect(aws.asked.at(-1)?.[2]).toBe('us-east-1');
});

test('opens in one region what was made in another, with a multi-region key', async () => {
  const index = VersionedMap<string, number>;
  const backend = new MemoryBackend();
  const at = (options: Partial<AwsKmsOptions>) => Key.fromKms(kms(options), { finder: { username: 'importer' } });
  const here = at({ keyId: MULTI });
  await (await Infinitree.create(index, { backend, key: here, objectSize: 65_536 })).close();
  const there = at({ keyId: arn(`key/${MULTI}`, 'eu-west-1'), region: undefined });
  await (await Infinitree.open(index, { backend, key: there })).close();
  await (await Infinitree.open(index, { backend, key: at({ keyId: MULTI, region: 'us-east-1' }) })).close();
  expect(aws.asked.map(([action, , region]) => `${action} ${region}`)).toEqual([
    'Encrypt eu-central-1',
    'Decrypt eu-central-1',
    'Decrypt eu-west-1',
    'Decrypt us-east-1',
  ]);
});

test.each([
  ['AccessDeniedException', 400, 'lack the permission kms:Decrypt', { denied: true, retryable: false }],
  ['AccessDenied', 403, 'lack the permission kms:Decrypt', { denied: true, retryable: false }],
  ['UnrecognizedClientException', 400, 'not valid', { denied: true, retryable: false }],
  ['ExpiredTokenException', 400, 'have expired', { denied: true, retryable: false }],
  ['InvalidSignatureException', 403, 'not valid', { denied: true, retryable: false }],
  ['NotFoundException', 400, 'no such key', { denied: false, retryable: false }],
  ['DisabledException', 400, 'enable it', { denied: false, retryable: false }],
  ['KMSInvalidStateException', 400, 'about to be deleted', { denied: false, retryable: false }],
  ['InvalidKeyUsageException', 400, 'symmetric', { denied: false, retryable: false }],
  ['ThrottlingException', 400, 'ThrottlingException', { denied: false, retryable: true }],
  ['KMSInternalException', 500, 'status 500', { denied: false, retryable: true }],
  ['KeyUnavailableException', 500, 'KeyUnavailable', { denied: false, retryable: true }],
  ['DependencyTimeoutException', 500, 'DependencyTimeout', { denied: false, retryable: true }],
  ['SomethingNewException', 400, 'SomethingNew', { denied: false, retryable: false }],
])('%s is told with what to do', async (name, status, remedy, kind) => {
  const provider = kms();
  const wrapped = await provider.wrap(secret, call());
  aws.fail(name, status);
  const error = await refusal(provider.unwrap(wrapped, call()));
  expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', ...kind });
  expect(error.message).toContain(`kms:Decrypt with the key ${KEY}`);
  expect(error.message).toContain(remedy);
  expect(error.cause).toBeDefined();
});

test.each([
  ['a page of somebody else', 403, '<html>forbidden</html>', { denied: true, retryable: false }],
  ['a page where all is well', 200, '<html>welcome</html>', { denied: false, retryable: false }],
  ['nothing', 200, '', { denied: false, retryable: false }],
  ['no plaintext', 200, '{}', { denied: false, retryable: false }],
  ['a gateway that fails', 502, 'Bad Gateway', { denied: false, retryable: true }],
])('an answer that is none of the service, %s, is trouble', async (_, status, body, kind) => {
  aws.instead.push({ status, body });
  expect(await refusal(kms().unwrap(secret, call()))).toMatchObject({ code: 'INFINITREE_BACKEND', ...kind });
});

test('nobody who answers is trouble that may pass', async () => {
  const other = await FakeAws.start();
  await other.close();
  const error = await refusal(kms({ endpoint: other.endpoint }).unwrap(secret, call()));
  expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: true });
  expect(error.message).toContain('check the endpoint');
});

test('a request is sent again where it may help, as often as is said', async () => {
  const wrapped = await kms().wrap(secret, call());
  aws.fail('ThrottlingException');
  expect(Uint8Array.from(await kms({ maxAttempts: 2 }).unwrap(wrapped, call()))).toEqual(secret);
  expect(aws.asked).toHaveLength(3);
});

test('an answer that does not come is waited for as long as the key says, or until the signal', async () => {
  const key = (timeoutMs: number) => Key.fromKms(kms(), { finder: { username: 'importer' }, timeoutMs });
  const index = VersionedMap<string, number>;
  const backend = new MemoryBackend();
  await (await Infinitree.create(index, { backend, key: key(30_000), objectSize: 65_536 })).close();
  aws.instead.push(undefined, undefined);
  const late = await refusal(Infinitree.open(index, { backend, key: key(1) }));
  expect(late).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: true });
  const controller = new AbortController();
  const opening = Infinitree.open(index, { backend, key: key(30_000), signal: controller.signal });
  const before = aws.asked.length;
  while (aws.asked.length === before) await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  expect(isInfinitreeError(await refusal(opening), 'ABORTED')).toBe(true);
});

test('whoever may not unwrap opens nothing, and is given no tree', async () => {
  const index = VersionedMap<string, number>;
  const backend = new MemoryBackend();
  const key = Key.fromKms(kms(), { finder: { username: 'importer' } });
  const options = { backend, key, objectSize: 65_536 };
  aws.instead.push({ status: 200, body: JSON.stringify({ CiphertextBlob: 'AAAA', KeyId: KEY }) });
  aws.fail('AccessDeniedException');
  const refused = await refusal(Infinitree.create(index, options));
  expect(refused).toMatchObject({ code: 'INFINITREE_BACKEND', denied: true });
  for await (const _ of backend.list()) throw new Error('something was written');
  await (await Infinitree.create(index, options)).close();
  aws.fail('AccessDeniedException');
  const error = await refusal(Infinitree.open(index, options));
  expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', denied: true });
  expect(error.message).toContain('kms:Decrypt');
  expect(`${error.message}${String(error.stack)}`).not.toContain(credentials.secretAccessKey);
});

test('a region that nobody says is asked for', async () => {
  const before = { ...process.env };
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, {
    AWS_CONFIG_FILE: '/nowhere/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
  });
  const error = await refusal(kms({ region: undefined }).wrap(secret, call()));
  process.env = before;
  expect(error).toMatchObject({ code: 'INFINITREE_BACKEND', retryable: false });
  expect(error.message).toContain('give `region`');
});

test('options that cannot be meant are refused, and show nothing', () => {
  const wrong: unknown[] = [
    undefined,
    {},
    { keyId: '' },
    { keyId: 5 },
    { keyId: KEY, region: '' },
    { keyId: KEY, region: 5 },
    { keyId: KEY, maxAttempts: 0 },
    { keyId: KEY, maxAttempts: 1.5 },
    { keyId: KEY, endpoint: 'no url with hunter2' },
    { keyId: KEY, endpoint: 'https://user:hunter2@host' },
    { keyId: KEY, endpoint: 'ftp://host/hunter2' },
  ];
  for (const options of wrong) {
    let thrown: unknown;
    try {
      new AwsKms(options as AwsKmsOptions).close();
    } catch (error) {
      thrown = error;
    }
    expect([options, isInfinitreeError(thrown, 'INVALID_ARGUMENT')]).toEqual([options, true]);
    expect(String((thrown as Error).stack)).not.toContain('hunter2');
  }
  expect(kms({ endpoint: new URL('https://kms.example.org') }).keyId).toBe(KEY);
});
