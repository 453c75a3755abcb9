import { Infinitree, isInfinitreeError, Key, MemoryBackend, VersionedMap } from '@infinitree/core';
import { FakeKms, SoftwareResponder } from '../src/index.js';

const text = (message: string) => new TextEncoder().encode(message);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

// RFC 2202, section 3.
test.each([
  [1, Buffer.alloc(20, 0x0b), text('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
  [2, text('Jefe'), text('what do ya want for nothing?'), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  [3, Buffer.alloc(20, 0xaa), Buffer.alloc(50, 0xdd), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
  [
    4,
    Uint8Array.from({ length: 25 }, (_, i) => i + 1),
    Buffer.alloc(50, 0xcd),
    '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
  ],
  [5, Buffer.alloc(20, 0x0c), text('Test With Truncation'), '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
  [
    6,
    Buffer.alloc(80, 0xaa),
    text('Test Using Larger Than Block-Size Key - Hash Key First'),
    'aa4ae5e15272d00e95705637ce8a3b55ed402112',
  ],
  [
    7,
    Buffer.alloc(80, 0xaa),
    text('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data'),
    'e8e99d0f45237d786d6bbaa7965c7808bbff1a91',
  ],
])('the software responder answers as test case %i of RFC 2202 says', async (_, secret, challenge, response) => {
  const responder = new SoftwareResponder(secret);
  expect(hex(await responder.respond(challenge))).toBe(response);
  expect(responder.challenges).toEqual([challenge]);
});

describe('the fake KMS', () => {
  const secret = Uint8Array.from({ length: 32 }, (_, i) => i);
  const call = (context: Record<string, string> = { tree: 'a' }) => ({ context, signal: new AbortController().signal });
  const codeOf = (work: Promise<unknown>) => work.then(String, (error: unknown) => (error as { code: string }).code);

  test('unwraps what it wrapped, for the same key and context alone', async () => {
    const kms = new FakeKms();
    const [one, other] = [kms.provider('one'), kms.provider('other')];
    const wrapped = await one.wrap(secret, call({ tree: 'a', more: 'b' }));
    expect(await kms.provider('one').unwrap(wrapped, call({ more: 'b', tree: 'a' }))).toEqual(secret);
    expect(await codeOf(one.unwrap(wrapped, call()))).toBe('INFINITREE_WRONG_KEY');
    expect(await codeOf(other.unwrap(wrapped, call({ tree: 'a', more: 'b' })))).toBe('INFINITREE_WRONG_KEY');
    for (let at = 0; at < wrapped.length; at++) {
      const turned = Uint8Array.from(wrapped);
      turned[at] = (turned[at] ?? 0) ^ 1;
      expect(await codeOf(one.unwrap(turned, call({ tree: 'a', more: 'b' })))).toBe('INFINITREE_WRONG_KEY');
    }
    expect(await codeOf(one.unwrap(new Uint8Array(0), call()))).toBe('INFINITREE_WRONG_KEY');
    expect(kms.log[0]).toEqual({ verb: 'wrap', keyId: 'one', context: { tree: 'a', more: 'b' } });
  });

  test('unwraps what it wrapped before its key was rotated', async () => {
    const kms = new FakeKms();
    const provider = kms.provider();
    const before = await provider.wrap(secret, call());
    kms.rotate();
    const after = await provider.wrap(secret, call());
    expect(await provider.unwrap(before, call())).toEqual(secret);
    expect(await provider.unwrap(after, call())).toEqual(secret);
  });

  test('keeps whoever may not unwrap out of a tree', async () => {
    const kms = new FakeKms();
    const backend = new MemoryBackend();
    const key = () => Key.fromKms(kms.provider(), { finder: { username: 'importer' } });
    const index = VersionedMap<string, number>;
    await (await Infinitree.create(index, { backend, key: key(), objectSize: 65_536 })).close();
    kms.allow('unwrap', false);
    const refused: unknown = await Infinitree.open(index, { backend, key: key() }).catch((error: unknown) => error);
    expect(isInfinitreeError(refused, 'BACKEND') && refused.denied).toBe(true);
    kms.allow('unwrap', true);
    await (await Infinitree.open(index, { backend, key: key() })).close();
  });
});
