// Trees whose key a real key management service holds, where one is to be had: scripts/kms-server fetch.
import {
  CreateAliasCommand,
  CreateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { type Backend, Infinitree, InfinitreeError, Key, MemoryBackend, VersionedMap } from '@infinitree/core';
import { AwsKms } from '@infinitree/key-kms';
import { isKmsHere, KmsServer, REGION } from './servers/kms-server.js';
import type { Account } from './servers/server.js';

const Orders = VersionedMap<number, string>;
const ROOT = { accessKeyId: 'root', secretAccessKey: 'root' };
const finder = { username: 'importer' };

const describeKms = isKmsHere() ? describe : describe.skip;

describeKms('on moto (scripts/kms-server fetch)', () => {
  let server: KmsServer;
  const providers: AwsKms[] = [];

  beforeAll(() => {
    server = KmsServer.start();
  }, 150_000);
  afterAll(() => server.stop(), 60_000);
  afterEach(() => {
    for (const provider of providers.splice(0)) provider.close();
  });

  async function newKey(): Promise<string> {
    const { KeyMetadata } = await server.client(ROOT).send(new CreateKeyCommand({}));
    return KeyMetadata?.KeyId ?? '';
  }

  function keyOf(keyId: string, credentials: Account = ROOT, context = { tree: 'orders' }): Key {
    const provider = new AwsKms({ keyId, region: REGION, endpoint: server.endpoint, credentials });
    providers.push(provider);
    return Key.fromKms(provider, { finder, context });
  }

  async function create(backend: Backend, key: Key): Promise<void> {
    await using tree = await Infinitree.create(Orders, { backend, key, objectSize: 65_536 });
    tree.index.set(1, 'a crate of basil');
    await tree.commit();
  }

  async function read(backend: Backend, key: Key): Promise<unknown> {
    await using tree = await Infinitree.open(Orders, { backend, key, readonly: true });
    return await tree.get('root', 1);
  }

  async function refusal(work: Promise<unknown>): Promise<InfinitreeError> {
    const outcome: unknown = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (outcome instanceof InfinitreeError) return outcome;
    throw new Error('this was to be refused', { cause: outcome });
  }

  test('a tree opens with the key that it was given, by its id, ARN or alias, and with no other', async () => {
    const [keyId, other] = [await newKey(), await newKey()];
    const AliasName = 'alias/orders';
    await server.client(ROOT).send(new CreateAliasCommand({ AliasName, TargetKeyId: keyId }));
    const backend = new MemoryBackend();
    await create(backend, keyOf(keyId));
    for (const name of [keyId, `arn:aws:kms:${REGION}:123456789012:key/${keyId}`, AliasName]) {
      expect(await read(backend, keyOf(name))).toBe('a crate of basil');
    }
    // AWS says here that it is the wrong key; moto, that there is none which one may use.
    expect(await refusal(read(backend, keyOf(other)))).toMatchObject({ code: 'INFINITREE_BACKEND', denied: true });
    const context = await refusal(read(backend, keyOf(keyId, ROOT, { tree: 'customers' })));
    expect(context.code).toBe('INFINITREE_WRONG_KEY');
    const nowhere = await refusal(read(backend, keyOf('0d3b5b0a-00da-4820-ba28-178afc94d920')));
    expect(nowhere).toMatchObject({ code: 'INFINITREE_BACKEND', denied: false, retryable: false });
  });

  test('a key that is rotated opens what it was given before and after', async () => {
    const keyId = await newKey();
    const [before, after] = [new MemoryBackend(), new MemoryBackend()];
    await create(before, keyOf(keyId));
    await server.client(ROOT).send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
    await create(after, keyOf(keyId));
    for (const backend of [before, after]) expect(await read(backend, keyOf(keyId))).toBe('a crate of basil');
  });

  test('a tree goes from one key to another, after which the first may be deleted', async () => {
    const [old, next] = [await newKey(), await newKey()];
    const backend = new MemoryBackend();
    await create(backend, keyOf(old));
    const nextKey = () => {
      const provider = new AwsKms({ keyId: next, region: REGION, endpoint: server.endpoint, credentials: ROOT });
      providers.push(provider);
      return Key.fromKms(provider, { finder: { username: 'importer', locator: 'second key' } });
    };
    await (await Infinitree.open(Orders, { backend, key: Key.changing(keyOf(old), nextKey()) })).close();
    await server.client(ROOT).send(new ScheduleKeyDeletionCommand({ KeyId: old, PendingWindowInDays: 7 }));
    expect(await read(backend, nextKey())).toBe('a crate of basil');
    expect((await refusal(read(backend, keyOf(old)))).code).toBe('INFINITREE_WRONG_KEY');
  });

  // Last: from here on everybody needs a policy.
  test('who opens a tree is decided by policies', async () => {
    const keyId = await newKey();
    const writer = await server.user('writer', ['kms:Encrypt', 'kms:Decrypt']);
    const reader = await server.user('reader', ['kms:Decrypt']);
    const stranger = await server.user('stranger', ['kms:Encrypt', 'kms:DescribeKey']);
    await server.enforce();
    const backend = new MemoryBackend();
    const deniedWith = (permission: string) => ({
      code: 'INFINITREE_BACKEND',
      denied: true,
      retryable: false,
      message: expect.stringContaining(permission) as unknown,
    });
    for (const [who, permission] of [
      [reader, 'kms:Encrypt'],
      [stranger, 'kms:Decrypt'],
    ] as const) {
      expect(await refusal(create(backend, keyOf(keyId, who)))).toMatchObject(deniedWith(permission));
    }
    for await (const _ of backend.list()) throw new Error('something was written');
    await create(backend, keyOf(keyId, writer));
    for (const who of [writer, reader]) expect(await read(backend, keyOf(keyId, who))).toBe('a crate of basil');
    expect(await refusal(read(backend, keyOf(keyId, stranger)))).toMatchObject(deniedWith('kms:Decrypt'));
    const nobody = { accessKeyId: 'AKIANOBODY', secretAccessKey: 'knows' };
    expect(await refusal(read(backend, keyOf(keyId, nobody)))).toMatchObject(deniedWith('kms:Decrypt'));
  });
});
